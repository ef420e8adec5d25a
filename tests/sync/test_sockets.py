"""The console's core against the real server over real sockets."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from app.desk.desk import Connection, Desk
from app.domain.contacts.commands import AssignContact, CreateContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.teams.commands import AddTeamMember, CreateTeam, RemoveTeamMember
from app.kernel.clock import ServerClock, system_now_us
from app.kernel.errors import AlreadyExists, NeedsServer
from app.kernel.ids import new_id
from app.kernel.tasks import TaskRunner
from app.protocol.envelopes import Page
from app.protocol.live import Presence
from app.replica.changed import Changed
from app.sync import exchange
from app.sync import syncer as syncing
from app.sync.errors import ServerAway
from server.sync.pull import Pull
from tests.sync.service import console, same_as_server, service, until
from tests.sync.world import HOUR_US, TEAMS, TENANT, user_id


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
                assert max(state.done for state in ann.states) < 120, "what had come did not come again"


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
