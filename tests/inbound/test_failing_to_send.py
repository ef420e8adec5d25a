"""An answer that does not go out says so, is tried again where that is safe, and never goes out twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from app.domain.contacts.commands import CreateContact
from app.domain.identities.rules import EMAIL, identity_id
from app.domain.messages.commands import RetrySend
from app.kernel.ids import new_id
from server.features.messages import effects
from server.gateways.api import ChannelUnavailable, OutboundMessage, Outcome
from server.gateways.email import smtp
from server.gateways.email.gateway import EmailGateway
from tests.inbound.shop import Shop, until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "AWAY_S", 0.2)
    monkeypatch.setattr(smtp, "BUSY_S", 0.2)


async def asked(shop: Shop, luca: str) -> UUID:
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "Question", "Where is it?")
    return (await shop.comes("Question")).id


async def reached(shop: Shop, luca: str) -> list[str]:
    """The Message-IDs of all that reached Luca."""
    return [mail["Message-ID"] for mail in await asyncio.to_thread(shop.mail.read, luca)]


async def arrives(shop: Shop, luca: str) -> str:
    async def found() -> list[str] | None:
        return await reached(shop, luca) or None

    (key,) = await until(found, 60.0)
    return key


async def test_while_the_mail_server_is_away_the_answer_waits_and_then_goes_out_once(shop: Shop, luca: str) -> None:
    talk = await asked(shop, luca)
    shop.mail.relay.stop()
    try:
        message_id = await shop.reply(talk, "Here.")

        async def waits() -> bool:
            (_, message) = await shop.messages(talk)
            return message.state == "queued" and "can't be reached" in (message.state_reason or "")

        await until(waits, 60.0)
    finally:
        shop.mail.relay.start()
    assert (await shop.becomes(message_id, talk, "sent", 60.0)).state_reason is None
    await arrives(shop, luca)
    await asyncio.sleep(0.5)
    assert len(await reached(shop, luca)) == 1
    assert len(await asyncio.to_thread(shop.mail.sent, shop.address)) == 1


async def test_a_busy_address_is_tried_again_and_given_up_with_the_servers_words(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "MOST_TRIES", 3)
    talk = await asked(shop, luca)
    message = await shop.becomes(await shop.reply(talk, "Here.", to=("busy@shop.example",)), talk, "failed", 60.0)
    assert "Given up after 3 tries" in (message.state_reason or "")
    assert "mailbox is busy" in (message.state_reason or "")


async def test_a_refused_address_fails_with_the_reason_and_can_be_tried_again_by_hand(shop: Shop, luca: str) -> None:
    talk = await asked(shop, luca)
    message_id = await shop.reply(talk, "Here.", to=("blocked@shop.example",))
    message = await shop.becomes(message_id, talk, "failed")
    assert "550" in (message.state_reason or "")
    assert "This address is refused" in (message.state_reason or "")
    assert await asyncio.to_thread(shop.mail.sent, shop.address) == []
    await shop.do(RetrySend(message_id=message_id))
    await asyncio.sleep(0.3)
    await shop.becomes(message_id, talk, "failed")


@pytest.mark.parametrize("address", ["nobody", "two words@client.example"])
async def test_an_address_that_is_none_fails_and_is_named(shop: Shop, luca: str, address: str) -> None:
    talk = await asked(shop, luca)
    message = await shop.becomes(await shop.reply(talk, "Here.", to=(luca, address)), talk, "failed")
    assert address in (message.state_reason or "")
    assert await reached(shop, luca) == []


@contextlib.asynccontextmanager
async def cutting_relay(port: int) -> AsyncIterator[int]:
    """Between us and Postfix: once the mail is handed over the server's answer is lost. Its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        has_data = False

        async def back() -> None:
            while line := await far_reader.readline():
                if has_data and line.startswith(b"250"):
                    writer.close()  # the mail is queued, and nobody hears of it
                    return
                writer.write(line)

        async with asyncio.TaskGroup() as group:
            _ = group.create_task(back())
            while line := await reader.readline():
                has_data = has_data or line == b".\r\n"
                far_writer.write(line)
            far_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_an_answer_whose_receipt_was_lost_is_not_sent_again(closed: Shop, luca: str) -> None:
    async with cutting_relay(closed.mail.smtp_port) as port:
        closed.options["smtp_port"] = port
        await closed.set_up()
        async with closed.open() as shop:
            talk = await asked(shop, luca)
            message = await shop.becomes(await shop.reply(talk, "Here."), talk, "failed")
            assert "may have been sent" in (message.state_reason or "")
            await arrives(shop, luca)
            await asyncio.sleep(1.0)
            assert len(await reached(shop, luca)) == 1


async def test_what_was_being_sent_when_the_server_died_is_not_sent_again(
    closed: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hang(_self: EmailGateway, _mail: OutboundMessage) -> Outcome:
        begun.set()
        await asyncio.sleep(3600)
        raise AssertionError("the server should have ended")

    with monkeypatch.context() as patched:
        patched.setattr(EmailGateway, "send", hang)
        async with closed.open() as shop:
            talk = await asked(shop, luca)
            message_id = await shop.reply(talk, "Here.")
            async with asyncio.timeout(60):
                await begun.wait()
    await closed.end_leases()
    async with closed.open() as shop:
        message = await shop.becomes(message_id, talk, "failed", 60.0)
        assert "may have been sent" in (message.state_reason or "")
        await asyncio.sleep(0.5)
        assert await reached(shop, luca) == []
        assert await asyncio.to_thread(shop.mail.sent, shop.address) == [], "nobody knows that it went out"


async def test_the_copy_in_sent_is_made_later_when_the_mailbox_is_away(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, tried = EmailGateway.keep_sent, list[bytes]()

    async def away_at_first(self: EmailGateway, raw: bytes) -> str:
        tried.append(raw)
        if len(tried) == 1:
            raise ChannelUnavailable(where="the mailbox", why="it restarts")
        return await keep(self, raw)

    monkeypatch.setattr(EmailGateway, "keep_sent", away_at_first)
    talk = await asked(shop, luca)
    await shop.becomes(await shop.reply(talk, "Here."), talk, "sent")
    key = await arrives(shop, luca)

    async def kept() -> bool:
        return len(await asyncio.to_thread(shop.mail.sent, shop.address)) == 1

    await until(kept, 60.0)
    (copy,) = await asyncio.to_thread(shop.mail.sent, shop.address)
    assert (copy["Message-ID"], copy.get_content().strip()) == (key, "Here.")
    assert len(tried) == 2
    assert len(await reached(shop, luca)) == 1


async def test_a_bounce_marks_the_address_and_the_message(shop: Shop, luca: str) -> None:
    gone = "gone@elsewhere.example"
    await shop.do(CreateContact(contact_id=new_id(), name="Gone", emails=(gone,)))
    talk = await asked(shop, luca)
    message = await shop.becomes(await shop.reply(talk, "Here.", to=(gone,)), talk, "failed", 60.0)
    assert gone in (message.state_reason or "")
    own_id = identity_id(shop.store.tenant_id, EMAIL, gone)
    assert await shop.bounced(own_id)
    assert len(await shop.conversations()) == 1, "the report is no conversation of its own"
