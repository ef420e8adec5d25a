"""The console's core against the real server over real sockets."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from websockets.exceptions import ConnectionClosedOK

from app.desk.desk import Connection, Desk
from app.domain.contacts.commands import AssignContact, CreateContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.teams.commands import AddTeamMember, CreateTeam, RemoveTeamMember
from app.kernel.clock import ServerClock, system_now_us
from app.kernel.errors import AlreadyExists, NeedsServer
from app.kernel.ids import new_id
from app.kernel.record import KINDS
from app.kernel.tasks import TaskRunner
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Page
from app.protocol.live import Presence
from app.replica.changed import Changed
from app.replica.thread import ReplicaThread
from app.sync import exchange, line
from app.sync import syncer as syncing
from app.sync.errors import ServerAway
from app.sync.server import ServerLink
from server.sync.pull import Pull
from tests.faults.wire import Wire
from tests.sync.disks import KEY
from tests.sync.service import console, same_as_server, service, until
from tests.sync.world import HOUR_US, TEAMS, TENANT, rows_of, user_id


async def test_what_one_does_the_other_sees_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann, console(1, tmp_path, served.url) as bob:
        await ann.is_live()
        await bob.is_live()
        contact = new_id()
        await ann.replica.run(CreateContact(contact_id=contact, name="Ada", phones=("+4930123456",)))
        await until(lambda: contact in bob.rows("contact"))
        await bob.replica.run(EditContact(contact_id=contact, patch={"job_title": "Countess"}))
        await until(lambda: ann.rows("contact")[contact]["job_title"] == "Countess")
        await ann.is_live()
        await bob.is_live()
        await until(lambda: same_as_server(served, ann) and same_as_server(served, bob))


async def test_after_an_outage_the_console_equals_the_server_within_two_seconds(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann, console(1, tmp_path, served.url) as bob:
        await ann.is_live()
        await bob.is_live()
        await served.stop()
        await until(lambda: ann.syncer.state.kind == "offline")
        assert ann.syncer.state.error == "server_away"
        assert ann.syncer.state.as_of_us
        made = [new_id() for _ in range(20)]
        for contact in made:
            await ann.replica.run(CreateContact(contact_id=contact, name="offline"))
        assert ann.syncer.state.waiting == 20
        await asyncio.sleep(1.5)
        await served.start()
        took_s = await until(lambda: all(contact in bob.rows("contact") for contact in made))
        await until(lambda: same_as_server(served, ann) and same_as_server(served, bob))
        assert took_s < 20, "not when the wire gives up by itself"


async def test_a_stale_token_is_renewed_and_nothing_is_lost(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann:
        await ann.is_live()
        ann.let_token_expire()
        contact = new_id()
        await ann.replica.run(CreateContact(contact_id=contact, name="Ada"))
        await ann.is_live()
        assert ann.refreshed == 1
        await until(lambda: same_as_server(served, ann))


async def test_what_needs_the_server_is_refused_without_it_and_answered_by_it(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann:
        await ann.is_live()
        team = new_id()
        with pytest.raises(NeedsServer):
            await ann.replica.run(CreateTeam(team_id=team, name="Night"))
        await ann.syncer.ask(CreateTeam(team_id=team, name="Night"))
        await until(lambda: team in ann.rows("team"))
        with pytest.raises(AlreadyExists):
            await ann.syncer.ask(CreateTeam(team_id=team, name="Night"))
        await served.stop()
        with pytest.raises(NeedsServer):
            await ann.syncer.ask(CreateTeam(team_id=new_id(), name="Day"))


async def test_what_the_server_did_for_somebody_is_taken_back_there(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann:
        await ann.is_live()
        tasks = TaskRunner()
        desk = Desk(ann.replica, user_id=user_id(0), tenant_id=TENANT, clock=ServerClock(), tasks=tasks, ask=ann.syncer.ask)
        team = new_id()
        with pytest.raises(NeedsServer):
            await desk.ask(CreateTeam(team_id=team, name="Night"))
        desk.connection.set(Connection(state="live"))
        await desk.ask(CreateTeam(team_id=team, name="Night"))
        await until(lambda: team in ann.rows("team"))
        await desk.undo()
        await until(lambda: ann.rows("team")[team]["deleted_at"] is not None)
        assert desk.last_acts.value == ()
        desk.close()
        await tasks.close()


async def test_who_joins_or_leaves_a_team_gets_or_loses_its_records_at_once(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann, console(1, tmp_path, served.url) as bob:
        await ann.is_live()
        await bob.is_live()
        contact = new_id()
        await ann.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=TEAMS[1]))
        await ann.is_live()
        assert contact not in bob.rows("contact")
        served.order(AddTeamMember(team_id=TEAMS[1], user_id=user_id(1)))
        await until(lambda: contact in bob.rows("contact"))
        served.order(RemoveTeamMember(team_id=TEAMS[1], user_id=user_id(1)))
        await until(lambda: contact not in bob.rows("contact"))
        await ann.replica.run(AssignContact(contact_id=contact, owner_id=user_id(1), team_id=TEAMS[1]))
        await until(lambda: contact in bob.rows("contact"))
        await until(lambda: same_as_server(served, ann) and same_as_server(served, bob))


async def test_a_change_out_of_sight_costs_no_pull(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann, console(1, tmp_path, served.url) as bob:
        await ann.is_live()
        await bob.is_live()
        await until(lambda: same_as_server(served, bob))
        before = await bob.replica.cursor()
        hidden, shown = new_id(), new_id()
        await ann.replica.run(CreateContact(contact_id=hidden, name="hidden", team_id=TEAMS[1]))
        await ann.is_live()
        await asyncio.sleep(0.1)
        assert await bob.replica.cursor() == before
        await ann.replica.run(CreateContact(contact_id=shown, name="shown", team_id=TEAMS[0]))
        await until(lambda: shown in bob.rows("contact"))
        assert hidden not in bob.rows("contact")


async def test_presence_is_told_with_its_age_and_ends_with_the_connection(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(1, tmp_path, served.url) as bob:
        heard: list[Presence] = []
        bob.syncer.on_presence(heard.append)
        await bob.is_live()
        subject = new_id()
        async with console(0, tmp_path, served.url) as ann:
            await ann.is_live()
            served.order(CreateContact(contact_id=subject, name="Ada", team_id=TEAMS[0]))
            await ann.syncer.present("typing", subject)
            await until(lambda: bool(heard))
            assert (heard[0].doing, heard[0].about, heard[0].user_id) == ("typing", subject, user_id(0))
        await until(lambda: heard[-1].doing == "")


async def test_subscribers_hear_what_changed_on_their_own_loop(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann:
        await ann.is_live()
        heard: list[Changed] = []
        stop = ann.replica.subscribe(heard.append)
        contact = new_id()
        await ann.replica.run(CreateContact(contact_id=contact, name="Ada"))
        await until(lambda: any(told.ids is not None and contact in told.ids and "contact" in told.kinds for told in heard))
        await ann.is_live()
        await asyncio.sleep(0.1)
        stop()
        heard.clear()
        await ann.replica.run(EditContact(contact_id=contact, patch={"name": "Ada L."}))
        await asyncio.sleep(0.05)
        assert not heard


async def test_a_first_download_is_told_row_by_row_and_a_reader_does_not_wait_for_it(tmp_path: Path) -> None:
    async with service(tmp_path) as served:
        for number in range(300):
            served.order(CreateContact(contact_id=new_id(), name=f"Contact {number}"))
        async with console(0, tmp_path, served.url) as ann:
            await ann.is_live()
            assert any(state.kind == "catching_up" and state.total >= 300 for state in ann.states)
            assert len(ann.rows("contact")) == 300
            assert await ann.replica.read(lambda reader: len(reader.all(reader.select(Contact, Contact.id)))) == 300


async def test_a_first_download_cut_in_the_middle_goes_on_at_the_next_start(tmp_path: Path) -> None:
    small_pages: Any = Pull.__init__.__kwdefaults__
    async with service(tmp_path) as served:
        for number in range(120):
            served.order(CreateContact(contact_id=new_id(), name=f"Contact {number}"))
        with patch.dict(small_pages, rows=20), patch.object(exchange, "MOST_TOGETHER", 1):
            async with console(0, tmp_path, served.url) as ann:
                apply, pages = ann.replica.apply, 0

                async def cut(page: Page) -> bool:
                    nonlocal pages
                    pages += 1
                    if pages > 3:
                        await asyncio.Event().wait()
                    return await apply(page)

                with patch.object(ann.replica, "apply", cut):
                    await until(lambda: pages > 3)
                    await ann.syncer.stop()
                assert (await ann.replica.cursor()).place is not None
            async with console(0, tmp_path, served.url) as ann:
                await ann.is_live()
                assert same_as_server(served, ann)
                first = next(state for state in ann.states if state.kind == "catching_up")
                assert first.done >= 80, "three pages of twenty had come, and do not come again"


async def test_what_is_done_during_a_download_goes_out_before_it_has_ended(tmp_path: Path) -> None:
    small_pages: Any = Pull.__init__.__kwdefaults__
    async with service(tmp_path) as served:
        for number in range(60):
            served.order(CreateContact(contact_id=new_id(), name=f"Contact {number}"))
        with patch.dict(small_pages, rows=20), patch.object(exchange, "MOST_TOGETHER", 1):
            async with console(0, tmp_path, served.url) as ann:
                pages, go_on = ann.syncer._server.pages, asyncio.Event()

                async def slow(cursor: Cursor) -> AsyncGenerator[Page, None]:
                    count = 0
                    async for page in pages(cursor):
                        count += 1
                        yield page
                        if count == 2:
                            await go_on.wait()

                with patch.object(ann.syncer._server, "pages", slow):
                    await until(lambda: ann.syncer.state.kind == "catching_up" and ann.syncer.state.done > 0)
                    contact = new_id()
                    await ann.replica.run(CreateContact(contact_id=contact, name="Meanwhile"))
                    await until(lambda: contact in rows_of(served.engine, Contact))
                    await until(lambda: ann.syncer.state.waiting == 0)
                    assert ann.syncer.state.kind == "catching_up"
                    go_on.set()
                    await ann.is_live()
                await until(lambda: same_as_server(served, ann))


async def test_progress_goes_on_where_it_was_after_a_cut_and_after_a_restart(tmp_path: Path) -> None:
    small_pages: Any = Pull.__init__.__kwdefaults__
    async with service(tmp_path) as served:
        for number in range(100):
            served.order(CreateContact(contact_id=new_id(), name=f"Contact {number}"))
        total = sum(len(rows_of(served.engine, kind)) for kind in KINDS.values())
        told: list[tuple[int, int]] = []
        with patch.dict(small_pages, rows=10), patch.object(exchange, "MOST_TOGETHER", 1):
            for run in range(2):
                replica = await ReplicaThread.open(
                    tmp_path / "one.db", KEY, tenant_id=TENANT, actor_id=user_id(0), device="desk0"
                )
                link = ServerLink(served.url, fresh, fresh)
                pages = link.pages

                async def cut(cursor: Cursor, of: Any = pages) -> AsyncGenerator[Page, None]:
                    count = 0
                    async for page in of(cursor):
                        yield page
                        count += 1
                        if count == 2:
                            raise ServerAway(hint="cut")

                exchanging = exchange.Exchange(replica, link, system_now_us)
                with patch.object(link, "pages", cut):
                    for _ in range(2):
                        with pytest.raises(ServerAway):
                            await exchanging.pull(lambda *at: told.append(at))
                if run:
                    await exchanging.pull(lambda *at: told.append(at))
                await link.close()
                await replica.close()
        assert {whole for _, whole in told} == {total}
        assert [done for done, _ in told] == sorted({done for done, _ in told}), "it never goes back, and never stands"
        assert (told[-1][0], len(told) > 6) == (total, True)


async def fresh() -> str:
    return "0:fresh"


async def test_a_line_that_says_nothing_any_more_is_not_live_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody closed it: the network went away."""
    assert 2 * line.PING_S <= 10
    monkeypatch.setattr(line, "PING_S", 0.2)
    async with service(tmp_path) as served, Wire(served.port) as wire, console(0, tmp_path, wire.url) as ann:
        await ann.is_live()
        wire.is_silent = True
        await until(lambda: ann.syncer.state.kind == "offline", 60)
        contact = new_id()
        await ann.replica.run(CreateContact(contact_id=contact, name="Ada"))
        monkeypatch.undo()
        wire.cut()
        wire.is_silent = False
        await until(lambda: contact in rows_of(served.engine, Contact), 60)


class Pinged:
    """A socket that answers so many pings."""

    def __init__(self, answers: int, *, is_open: bool = True) -> None:
        self.transport, self.pings = self, 0
        self.is_aborted = False
        self._answers, self._is_open = answers, is_open

    async def ping(self) -> "asyncio.Future[float]":
        if not self._is_open:
            raise ConnectionClosedOK(None, None)
        self.pings += 1
        pong: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if self.pings <= self._answers:
            pong.set_result(0.0)
        return pong

    def abort(self) -> None:
        self.is_aborted = True


async def test_a_line_is_dead_when_a_ping_is_not_answered_unless_a_pull_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PING_S", 0.01)
    quiet, busy, ended = Pinged(3), Pinged(0), Pinged(0, is_open=False)
    asked: list[bool] = []
    await line.LineWatch(cast("Any", quiet), lambda: False).watch()
    await line.LineWatch(cast("Any", busy), lambda: not asked.append(True)).watch()  # type: ignore[func-returns-value]
    await line.LineWatch(cast("Any", ended), lambda: False).watch()
    assert [(each.pings, each.is_aborted) for each in (quiet, busy, ended)] == [(4, True), (1, True), (0, False)]
    assert len(asked) == line.MOST_WAITS, "a console on a thin line is given longer, and not for ever"


@pytest.mark.parametrize("leap", [timedelta(weeks=3), -timedelta(hours=3)], ids=["slept", "set back"])
async def test_who_slept_is_never_shown_what_was_as_live(
    tmp_path: Path, leap: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line seems whole and the server does not answer: what is on the screen is as old as it is."""
    monkeypatch.setattr(syncing, "LOOK_S", 0.05)
    leapt_us = [0]
    async with (
        service(tmp_path) as served,
        console(0, tmp_path, served.url, lambda: system_now_us() + leapt_us[0]) as ann,
    ):  # fmt: skip
        await ann.is_live()
        fell_asleep_us = system_now_us()
        with patch.object(ann.syncer._server, "live", side_effect=ServerAway(hint="none")):
            told = len(ann.states)
            leapt_us[0] = int(leap.total_seconds() * 1_000_000)
            await until(lambda: ann.syncer.state.kind == "offline")
            kinds = [state.kind for state in ann.states[told:]]
            assert "live" not in kinds[kinds.index("connecting") :], "before it was noticed it was live"
            as_of_us = ann.syncer.state.as_of_us
            assert as_of_us is not None
            assert as_of_us <= fell_asleep_us + HOUR_US, "the machine may have stood still before it slept, but not for hours"
        ann.syncer.wake()
        await ann.is_live()
        learned: list[int] = []
        ann.syncer.on_skew = learned.append
        ann.syncer._leapt(system_now_us())
        await until(lambda: bool(learned))
        assert abs(learned[-1] + leapt_us[0]) < HOUR_US, "the server's time is known by the clock as it is now"
        await ann.is_live()


async def test_a_line_that_died_unnoticed_is_found_out_on_waking(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann:
        await ann.is_live()
        dead = ann.syncer._socket
        assert dead is not None
        with patch.object(dead, "ping", side_effect=TimeoutError):
            ann.syncer.wake()
            await until(lambda: ann.syncer._socket not in {dead, None})
        await ann.is_live()
        contact = new_id()
        served.order(CreateContact(contact_id=contact, name="after"))
        await until(lambda: contact in ann.rows("contact"))
