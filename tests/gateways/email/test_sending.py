"""A mail leaves through a real Postfix, lands in the other's mailbox, and every failure says what may be tried again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import msgspec
import pytest

from server.gateways.api import (
    Accepted,
    ChannelUnavailable,
    Gateway,
    OutboundFile,
    OutboundMessage,
    Outcome,
    Rejected,
    Retry,
    Unknown,
)
from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.parse import parse
from server.gateways.email.smtp import SmtpSender
from server.gateways.email.threading import make_message_key, make_token, thread_of
from tests.gateways.email.conftest import ANNA, CLIENT, Inbox, trust, until, watched
from tests.peers.dovecot import Dovecot
from tests.peers.postfix import Postfix
from tests.peers.process import free_port

KEY = b"k" * 32
CONVERSATION = UUID(int=7)
TOKEN = make_token(KEY, CONVERSATION)
SENT_US = 1_795_000_000_000_000


def answer_from(account: MailAccount, number: int, **changes: Any) -> OutboundMessage:
    """An answer to Anna."""
    message = OutboundMessage(
        message_key=make_message_key(UUID(int=number), account.address),
        from_address=account.address,
        from_name="Grüße & Söhne, Support",
        to=(ANNA,),
        subject=f"Re: Rechnung {number}",
        text="Guten Tag,\n.\n..und noch eine Zeile\nviele Grüße",
        sent_us=SENT_US,
        in_reply_to="<question@client.example>",
        references=("<root@client.example>", "<question@client.example>"),
        reply_token=TOKEN,
    )
    return msgspec.structs.replace(message, **changes)


def gateway_of(account: MailAccount) -> EmailGateway:
    """One that does not watch."""
    return EmailGateway(account, Inbox().take)


async def landed(store: Dovecot, user: str, message_key: str) -> EmailMessage:
    """The mail of this Message-ID in a mailbox, as soon as it is there."""
    found: list[bytes] = []

    def look() -> bool:
        found[:] = [raw for raw in store.mails(user) if message_key.encode() in raw]
        return bool(found)

    await until(look)
    assert len(found) == 1
    mail = message_from_bytes(found[0], policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


async def test_an_answer_lands_in_the_others_mailbox_with_right_headers(account: MailAccount, store: Dovecot) -> None:
    message = answer_from(account, 1)
    outcome = await gateway_of(account).send(message)
    assert isinstance(outcome, Accepted), outcome
    assert outcome.refused == ()
    mail = await landed(store, ANNA, message.message_key)
    user, _, domain = account.address.partition("@")
    assert mail["Message-ID"] == message.message_key
    assert mail["In-Reply-To"] == "<question@client.example>"
    assert mail["References"].split() == ["<root@client.example>", "<question@client.example>"]
    assert mail["From"].addresses[0].display_name == "Grüße & Söhne, Support"
    assert mail["From"].addresses[0].addr_spec == account.address
    assert mail["Reply-To"].addresses[0].addr_spec == f"{user}+{TOKEN}@{domain}"
    assert mail["Subject"] == "Re: Rechnung 1"
    assert mail["Date"].datetime.timestamp() == SENT_US / 1_000_000
    assert mail["Auto-Submitted"] is None
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == message.text


async def test_what_was_sent_is_kept_once_however_often_it_is_asked(account: MailAccount, store: Dovecot) -> None:
    gateway = gateway_of(account)
    outcome = await gateway.send(answer_from(account, 2))
    assert isinstance(outcome, Accepted)
    assert await gateway.keep_sent(outcome.sent) == store.sent_folder
    assert await gateway.keep_sent(outcome.sent) == store.sent_folder
    assert store.mails(account.address, store.sent_folder) == [outcome.sent]
    assert "\\Seen" in store.flags(account.address, store.sent_folder)


async def test_a_mailbox_that_is_away_keeps_nothing_and_says_so(account: MailAccount) -> None:
    away = msgspec.structs.replace(account, imap=msgspec.structs.replace(account.imap, port=free_port()))
    with pytest.raises(ChannelUnavailable):
        await gateway_of(away).keep_sent(b"Message-ID: <a@b.example>\r\n\r\nx")


async def test_the_answer_to_an_answer_finds_its_conversation(account: MailAccount, post: Postfix, store: Dovecot) -> None:
    message = answer_from(account, 3)
    assert isinstance(await gateway_of(account).send(message), Accepted)
    mail = await landed(store, ANNA, message.message_key)
    back = EmailMessage()
    back["From"], back["To"], back["Subject"] = ANNA, str(mail["Reply-To"]), "something else"
    back.set_content("thanks")
    inbox = Inbox()
    async with watched(account, inbox):
        post.deliver(back, sender=ANNA, to=mail["Reply-To"].addresses[0].addr_spec)
        (came,) = await inbox.wait_for(1)
    assert thread_of(parse(came.raw), KEY).conversation_ids == (CONVERSATION,)


async def test_a_bounce_names_the_mail_and_the_address(account: MailAccount) -> None:
    message = answer_from(account, 4, to=("nobody@elsewhere.example",))
    inbox = Inbox()
    async with watched(account, inbox):
        assert isinstance(await gateway_of(account).send(message), Accepted)
        (came,) = await inbox.wait_for(1)
    bounce = parse(came.raw)
    assert bounce.is_bounce
    assert bounce.is_auto
    assert bounce.bounce_of == message.message_key
    assert [(each.address, each.action, each.status) for each in bounce.bounced] == [
        ("nobody@elsewhere.example", "failed", "5.7.1")
    ]
    assert "Relay access denied" in bounce.bounced[0].reason
    assert thread_of(bounce, KEY).conversation_ids == (CONVERSATION,)


async def test_a_refused_recipient_is_rejected_with_the_servers_words(account: MailAccount) -> None:
    outcome = await gateway_of(account).send(answer_from(account, 5, to=(f"blocked@{CLIENT}",)))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "550"
    assert "This address is refused" in outcome.reason


async def test_one_refused_among_several_is_told_and_the_others_get_it(account: MailAccount, store: Dovecot) -> None:
    message = answer_from(account, 6, cc=(f"blocked@{CLIENT}",))
    outcome = await gateway_of(account).send(message)
    assert isinstance(outcome, Accepted)
    assert [each.address for each in outcome.refused] == [f"blocked@{CLIENT}"]
    await landed(store, ANNA, message.message_key)


async def test_a_busy_recipient_means_later_and_nobody_got_it_yet(account: MailAccount, store: Dovecot) -> None:
    message = answer_from(account, 7, cc=(f"busy@{CLIENT}",))
    outcome = await gateway_of(account).send(message)
    assert isinstance(outcome, Retry)
    assert outcome.after_s >= 60
    assert "450" in outcome.reason
    await asyncio.sleep(0.3)
    assert not [raw for raw in store.mails(ANNA) if message.message_key.encode() in raw]


async def test_a_wrong_password_is_rejected_and_an_absent_server_means_later(account: MailAccount) -> None:
    wrong = msgspec.structs.replace(account, smtp=msgspec.structs.replace(account.smtp, password="wrong"))
    outcome = await gateway_of(wrong).send(answer_from(account, 8))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "535"
    away = msgspec.structs.replace(account, smtp=msgspec.structs.replace(account.smtp, port=free_port()))
    assert isinstance(await gateway_of(away).send(answer_from(account, 8)), Retry)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_encrypted_submission(security: str, account: MailAccount, post: Postfix, store: Dovecot) -> None:
    port = post.smtps_port if security == "tls" else post.submission_port
    smtp = msgspec.structs.replace(account.smtp, port=port, security=security, tls=trust(store))
    message = answer_from(account, 9 if security == "tls" else 10)
    assert isinstance(await gateway_of(msgspec.structs.replace(account, smtp=smtp)).send(message), Accepted)
    untrusted = msgspec.structs.replace(smtp, tls=None)
    outcome = await gateway_of(msgspec.structs.replace(account, smtp=untrusted)).send(message)
    assert isinstance(outcome, Retry)
    assert "certificate" in outcome.reason


async def test_a_mail_that_cannot_be_made_is_rejected_before_a_server_hears_of_it(account: MailAccount) -> None:
    nowhere = msgspec.structs.replace(account, smtp=msgspec.structs.replace(account.smtp, port=free_port()))
    assert isinstance(await gateway_of(nowhere).send(answer_from(account, 11, to=("no address",))), Rejected)
    large = (OutboundFile(name="a.bin", media_type="application/zip", data=bytes(20 * 2**20)),)
    outcome = await gateway_of(nowhere).send(answer_from(account, 12, files=large))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "too_large"


@contextlib.asynccontextmanager
async def unreliable(*, at_data: bytes = b"354 go on", at_end: bytes = b"") -> AsyncIterator[MailServer]:
    """A server that answers DATA so, and the end of the mail so; an empty answer breaks the connection."""

    has_ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await converse(reader, writer)
            writer.close()
            with contextlib.suppress(ConnectionError):  # it was quicker
                await writer.wait_closed()
        finally:
            has_ended.set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            answer = b"250 fine"
            if line.upper().startswith(b"DATA"):
                answer = at_data
            writer.write(answer + b"\r\n" if answer else b"")
            if answer.startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(at_end + b"\r\n" if at_end else b"")
                answer = at_end
            if not answer:
                break

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield MailServer(host="127.0.0.1", port=server.sockets[0].getsockname()[1], security="none")
        await has_ended.wait()


async def outcome_at(**answers: bytes) -> Outcome:
    """What a sender makes of such a server."""
    async with unreliable(**answers) as server:
        return await SmtpSender(server, timeout_s=60).send(b"Subject: x\r\n\r\nx\r\n", "a@shop.example", ["b@client.example"])


async def test_a_connection_that_breaks_after_the_content_is_unknown_and_no_retry() -> None:
    assert isinstance(await outcome_at(at_end=b""), Unknown)


async def test_answers_to_the_content_decide_too() -> None:
    assert isinstance(await outcome_at(at_end=b"250 queued as 1"), Accepted)
    assert isinstance(await outcome_at(at_end=b"451 try later"), Retry)
    assert isinstance(await outcome_at(at_end=b"554 spam"), Rejected)
    assert isinstance(await outcome_at(at_data=b"452 no space"), Retry)


def test_an_email_account_is_a_gateway(account: MailAccount) -> None:
    gateway: Gateway = gateway_of(account)  # held to the protocol by the type checker
    assert gateway.capabilities.channel == "email"
    assert gateway.health.state == "stopped"
