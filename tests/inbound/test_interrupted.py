"""Between storing a mail and the end of its way anything may stop; then it goes on, and nothing is there twice."""

import asyncio
import threading
from typing import Any

import pytest

from app.kernel.command import Issued
from app.kernel.errors import Refused
from server.database.away import DatabaseAway
from server.database.place import Place
from server.inbound import inbox, service
from server.inbound.desk import Desk
from tests.inbound.shop import Shop, until
from tests.peers.mail import Enclosed, MailServer, mail_server
from tests.server.world import Database

FILES = [Enclosed("one.txt", b"1"), Enclosed("two.txt", b"2")]


async def is_whole_and_single(shop: Shop, subject: str) -> None:
    talk = await shop.comes(subject)
    await shop.is_at_rest()
    assert [each.subject for each in await shop.conversations()] == [subject]
    assert (talk.message_count, len(await shop.messages(talk.id))) == (1, 1)
    assert sorted(each.name for each in await shop.files(talk.id)) == ["one.txt", "two.txt"]


@pytest.mark.parametrize("step", ["message.receive", "attachment.add"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_way_of_a_mail_is_taken_up_where_it_was_cut(
    closed: Shop, luca: str, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    carry_out, cut = Desk.all_once, asyncio.Event()

    async def carry_out_and_die(self: Desk, commands: list[Issued]) -> list[Refused]:
        if commands[0].name == step:
            if when == "after":
                assert await carry_out(self, commands) == []
            cut.set()
            await asyncio.sleep(3600)  # until the server is stopped, as dead as it gets
        return await carry_out(self, commands)

    async with closed.open() as shop:
        with monkeypatch.context() as patched:
            patched.setattr(Desk, "all_once", carry_out_and_die)
            await asyncio.to_thread(shop.mail.write, luca, shop.address, "cut", "Hello", files=FILES)
            async with asyncio.timeout(60):
                await cut.wait()
    async with closed.open() as shop:
        await is_whole_and_single(shop, "cut")


@pytest.mark.expects_errors
@pytest.mark.parametrize("step", ["message.receive", "attachment.add"])
async def test_a_disk_that_is_full_for_a_while_loses_and_doubles_nothing(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(inbox, "LOOK_AGAIN_S", 0.1)
    carry_out, failures = Desk.all_once, [OSError("disk full")]

    async def carry_out_and_fail(self: Desk, commands: list[Issued]) -> list[Refused]:
        answer = await carry_out(self, commands)
        if failures and commands[0].name == step:
            raise failures.pop()
        return answer

    monkeypatch.setattr(Desk, "all_once", carry_out_and_fail)
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "hard", "Hello", files=FILES)

    async def is_over() -> bool:
        return not failures

    await until(is_over, 60.0)
    await is_whole_and_single(shop, "hard")


@pytest.fixture
def own_mail() -> Any:
    """A mail server that a test may stop."""
    with mail_server({"support@shop.example": "pw", "luca@client.example": "pw"}) as running:
        yield running


@pytest.fixture
def own_shop(own_mail: MailServer, database: Database, tmp_path: Any) -> Shop:
    """A shop at that mail server."""
    place: Place = database.copy(tmp_path / "place")
    return Shop(mail=own_mail, place=place, people=database.people, address="support@shop.example")


async def write_two(shop: Shop) -> None:
    for subject in ("one", "two"):
        await asyncio.to_thread(shop.mail.write, "luca@client.example", shop.address, subject, "Hello")
        await shop.comes(subject)


async def test_a_mailbox_that_was_stopped_and_is_numbered_anew_loses_and_doubles_nothing(own_shop: Shop) -> None:
    await own_shop.set_up()
    store = own_shop.mail.store
    async with own_shop.open() as shop:
        await write_two(shop)
        await asyncio.to_thread(store.stop)
        store.rename_uids(shop.address)
        await asyncio.sleep(1.1)  # UIDVALIDITY is a time in seconds
        await asyncio.to_thread(store.start)
        await asyncio.to_thread(shop.mail.write, "luca@client.example", shop.address, "three", "Hello")
        await shop.comes("three", 60.0)

        async def have_come_again() -> bool:
            return len(await shop.kept_raw()) == 5

        await until(have_come_again, 60.0)  # the first two, under new numbers
        await shop.is_at_rest()
        talks = await shop.conversations()
        assert (sorted(each.subject for each in talks), {each.message_count for each in talks}) == (["one", "three", "two"], {1})


async def nobody_watches() -> bool:
    """Whether no thread reads a mailbox."""
    return not any(each.name == "imap-support" for each in threading.enumerate())


async def test_an_inbox_is_taken_up_changed_and_left_while_the_server_runs(
    mail: MailServer, closed: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_S", 0.1)
    wrong = closed.settings(key="a first that can't be opened", imap_secret=b"sealed with another key")
    await closed.set_up(wrong, closed.settings(imap_port=1))
    async with closed.open() as shop:
        await asyncio.to_thread(mail.write, luca, shop.address, "one", "Hello")
        await asyncio.sleep(0.5)
        assert await shop.conversations() == []
        await shop.set_up()
        await shop.comes("one")
        await shop.set_up(shop.settings(is_active=False))
        await until(nobody_watches, 60.0)
        await asyncio.to_thread(mail.write, luca, shop.address, "two", "Hello")
        await asyncio.sleep(0.8)
        assert len(await shop.conversations()) == 1
        await shop.set_up()
        await shop.comes("two")


async def test_an_inbox_that_could_not_be_begun_while_the_database_was_away_is_begun_at_the_next_look(
    closed: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_S", 0.1)
    start, failures = inbox.WatchedInbox.start, [DatabaseAway()]

    async def away_at_first(self: inbox.WatchedInbox) -> None:
        if failures:
            raise failures.pop()
        await start(self)

    monkeypatch.setattr(inbox.WatchedInbox, "start", away_at_first)
    await closed.set_up()
    async with closed.open() as shop:
        await asyncio.to_thread(shop.mail.write, luca, shop.address, "late", "Hello")
        await shop.comes("late")
    assert failures == []
