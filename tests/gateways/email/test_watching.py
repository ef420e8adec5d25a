"""A mailbox at a real Dovecot is followed without missing or doubling a mail."""

import asyncio
from datetime import date

import msgspec
import pytest

from server.gateways.api import ChannelRefused, ChannelUnavailable, UnsafeChannel
from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.imap import ImapBox, imap_box
from server.gateways.email.parse import parse
from server.gateways.email.watcher import Cursor
from tests.gateways.email.conftest import ANNA, Inbox, mail, trust, until, watched
from tests.peers.dovecot import Dovecot, dovecot
from tests.peers.postfix import Postfix
from tests.peers.process import free_port


async def test_a_mail_sent_by_smtp_is_here_without_a_look_for_it(account: MailAccount, post: Postfix) -> None:
    inbox = Inbox()
    async with watched(account, inbox) as gateway:
        await asyncio.sleep(0.2)  # now it idles
        await asyncio.to_thread(post.deliver, mail("first"), sender=ANNA, to=account.address)
        (came,) = await inbox.wait_for(1)
        assert came.account == "support"
        assert came.folder == "INBOX"
        assert came.is_whole
        await until(lambda: gateway.cursor == Cursor(uidvalidity=came.uidvalidity, uid=came.uid))
        assert parse(came.raw).subject == "first"
        await until(lambda: gateway.health.received == 1)
        assert gateway.health.last_contact_us is not None


async def test_what_was_there_before_comes_in_order_and_stays_unread(account: MailAccount, store: Dovecot) -> None:
    for number in range(5):
        store.put(account.address, mail(f"old-{number}"))
    inbox = Inbox()
    async with watched(account, inbox):
        await inbox.wait_for(5)
    assert inbox.subjects == [f"old-{number}" for number in range(5)]
    assert "\\Seen" not in store.flags(account.address)


async def test_mail_that_arrives_just_before_idle_is_not_missed(
    account: MailAccount, store: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, rounds, left = Inbox(), 10, list(range(10))
    wait = ImapBox.wait

    def wait_after_a_mail_came(self: ImapBox, *arguments: object) -> None:
        if left:
            store.put(account.address, mail(f"race-{left.pop(0)}"))
        wait(self, *arguments)  # type: ignore[arg-type]  # what the watcher passed

    monkeypatch.setattr(ImapBox, "wait", wait_after_a_mail_came)
    async with watched(account, inbox):
        await inbox.wait_for(rounds)  # none has to wait for the next look, which comes after nine minutes
    assert inbox.subjects == [f"race-{number}" for number in range(rounds)]


async def test_a_restart_goes_on_where_it_was_and_doubles_nothing(account: MailAccount, store: Dovecot) -> None:
    inbox = Inbox()
    store.put(account.address, mail("one"))
    async with watched(account, inbox) as gateway:
        await inbox.wait_for(1)
    store.put(account.address, mail("two"))
    async with watched(account, inbox, cursor=gateway.cursor):
        await inbox.wait_for(2)
        await asyncio.sleep(0.3)
    assert inbox.subjects == ["one", "two"]


async def test_a_mail_that_could_not_be_stored_comes_again(account: MailAccount, store: Dovecot) -> None:
    inbox = Inbox()
    inbox.refuse = 2
    for subject in ("one", "two"):
        store.put(account.address, mail(subject))
    async with watched(account, inbox):
        await inbox.wait_for(2)
    assert inbox.subjects == ["one", "two"]


async def test_new_uids_bring_all_mails_again_for_the_caller_to_recognise(account: MailAccount) -> None:
    with dovecot({account.address: "pw"}) as store:
        own = msgspec.structs.replace(account, imap=msgspec.structs.replace(account.imap, port=store.imap_port, password="pw"))
        inbox = Inbox()
        store.put(account.address, mail("one"))
        async with watched(own, inbox) as gateway:
            await inbox.wait_for(1)
            store.stop()
            store.rename_uids(account.address)
            await asyncio.sleep(1.1)  # UIDVALIDITY is a time in seconds
            store.start()
            first, again = await inbox.wait_for(2)
            assert first.uidvalidity != again.uidvalidity
            assert (parse(first.raw).message_key, parse(first.raw).body_sha256) == (
                parse(again.raw).message_key, parse(again.raw).body_sha256,
            )  # fmt: skip
            await until(lambda: gateway.cursor == Cursor(uidvalidity=again.uidvalidity, uid=again.uid))


async def test_a_server_that_is_killed_and_comes_back_is_followed_again(account: MailAccount) -> None:
    with dovecot({account.address: "pw"}) as store:
        own = msgspec.structs.replace(account, imap=msgspec.structs.replace(account.imap, port=store.imap_port, password="pw"))
        inbox = Inbox()
        async with watched(own, inbox) as gateway:
            store.put(account.address, mail("before"))
            await inbox.wait_for(1)
            store.kill()
            await until(lambda: gateway.health.state == "down")
            assert gateway.health.problem
            store.start()
            store.put(account.address, mail("after"))
            await inbox.wait_for(2)
            await until(lambda: gateway.health.state == "live")
            assert gateway.health.problem == ""
    assert inbox.subjects == ["before", "after"]


async def test_only_the_beginning_of_a_mail_that_is_too_large_is_fetched_and_this_is_told(
    account: MailAccount, store: Dovecot
) -> None:
    inbox = Inbox()
    store.put(account.address, mail("huge", "x" * 60 + "\r\n" + "0123456789\r\n" * 500_000))
    store.put(account.address, mail("next"))
    async with watched(account, inbox, largest_bytes=3_000_000):
        huge, after = await inbox.wait_for(2)
    assert not huge.is_whole
    assert huge.size_bytes > 6_000_000
    assert len(huge.raw) < 1_100_000
    read = parse(huge.raw)
    assert read.subject == "huge"
    assert any("too large" in problem for problem in read.problems)
    assert after.is_whole


async def test_a_large_mail_is_fetched_in_pieces_and_is_the_same(account: MailAccount, store: Dovecot) -> None:
    inbox = Inbox()
    sent = mail("large", "".join(f"line {number}\r\n" for number in range(700_000)))
    assert len(sent) > 2 * 4 * 2**20
    store.put(account.address, sent)
    async with watched(account, inbox):
        (came,) = await inbox.wait_for(1)
    assert came.raw == sent


async def test_without_a_cursor_mails_before_a_day_are_left_alone(account: MailAccount, store: Dovecot) -> None:
    store.put(account.address, mail("old"))  # the peer dates what it lays down at 2026-09-21
    inbox = Inbox()
    async with watched(account, inbox, since=date(2026, 9, 25)):
        await asyncio.sleep(0.3)
        assert inbox.mails == []
    async with watched(account, inbox, since=date(2026, 9, 15)):
        await inbox.wait_for(1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_encrypted_connections_idle_too(security: str, account: MailAccount, store: Dovecot) -> None:
    port = store.imaps_port if security == "tls" else store.imap_port
    imap = msgspec.structs.replace(account.imap, port=port, security=security, tls=trust(store))
    inbox = Inbox()
    async with watched(msgspec.structs.replace(account, imap=imap), inbox):
        for number in range(4):
            await asyncio.sleep(0.1 * number)
            await asyncio.to_thread(store.put, account.address, mail(f"safe-{number}"))
        await inbox.wait_for(4)
    assert inbox.subjects == [f"safe-{number}" for number in range(4)]


async def test_a_certificate_that_nobody_vouches_for_is_not_taken(account: MailAccount, store: Dovecot) -> None:
    imap = msgspec.structs.replace(account.imap, port=store.imaps_port, security="tls", tls=None)
    with pytest.raises(ChannelUnavailable, match="certificate"), imap_box(imap):
        pass


async def test_no_password_leaves_this_machine_in_the_clear(account: MailAccount) -> None:
    far = MailServer(host="mail.shop.example", port=143, security="none", user="x", password="y")
    gateway = EmailGateway(msgspec.structs.replace(account, imap=far), Inbox().take)
    with pytest.raises(UnsafeChannel):
        await gateway.start()
    smtp_far = EmailGateway(msgspec.structs.replace(account, smtp=far), Inbox().take)
    with pytest.raises(UnsafeChannel):
        await smtp_far.check()


async def test_a_check_says_what_is_wrong(account: MailAccount) -> None:
    await EmailGateway(account, Inbox().take).check()
    wrong = msgspec.structs.replace(account.imap, password="wrong")
    with pytest.raises(ChannelRefused):
        await EmailGateway(msgspec.structs.replace(account, imap=wrong), Inbox().take).check()
    with pytest.raises(ChannelRefused):
        await EmailGateway(
            msgspec.structs.replace(account, smtp=msgspec.structs.replace(account.smtp, password="wrong")), Inbox().take
        ).check()
    away = msgspec.structs.replace(account.imap, port=free_port())
    with pytest.raises(ChannelUnavailable):
        await EmailGateway(msgspec.structs.replace(account, imap=away), Inbox().take).check()


async def test_a_wrong_password_shows_in_the_health_and_is_tried_again(account: MailAccount) -> None:
    wrong = msgspec.structs.replace(account, imap=msgspec.structs.replace(account.imap, password="wrong"))
    async with watched(wrong, Inbox()) as gateway:
        await until(lambda: gateway.health.state == "down")
        assert "does not accept" in gateway.health.problem


def test_no_password_stands_in_what_a_log_would_show(account: MailAccount) -> None:
    assert account.imap.password
    assert account.imap.password not in repr(account)
