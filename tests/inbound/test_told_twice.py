"""What comes a second time is known by its Message-ID and its body together; what went out goes out no second time."""

import asyncio
from email.message import EmailMessage

import pytest

from server.gateways.email.gateway import EmailGateway
from tests.inbound.shop import Shop, until

MAIL = "From: Luca <{luca}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <same.{luca}>\r\n\r\n{text}\r\n"


async def deliver(shop: Shop, luca: str, subject: str, text: str) -> None:
    raw = MAIL.format(luca=luca, to=shop.address, subject=subject, text=text).encode()
    await asyncio.to_thread(shop.mail.relay.deliver, raw, sender=luca, to=shop.address)


async def all_fetched(shop: Shop, number: int) -> None:
    """Until this many mails were fetched and understood; what is not here then never comes."""
    async with asyncio.timeout(60):
        while len(await shop.kept_raw()) < number:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)
    await shop.is_at_rest()


async def test_the_same_mail_twice_is_one_message(shop: Shop, luca: str) -> None:
    for _ in range(2):
        await deliver(shop, luca, "Twice", "The bell fell off.")
    await all_fetched(shop, 2)
    (talk,) = await shop.conversations()
    assert (talk.subject, talk.message_count) == ("Twice", 1)
    assert len(await shop.messages(talk.id)) == 1


async def test_another_body_under_the_same_message_id_is_a_message_of_its_own(shop: Shop, luca: str) -> None:
    texts = ["The bell fell off.", "The wheel fell off."]
    for text in texts:
        await deliver(shop, luca, "One id", text)
    await all_fetched(shop, 2)
    said = [message.text for talk in await shop.conversations() for message in await shop.messages(talk.id)]
    assert sorted(said) == texts


async def test_a_server_that_died_after_sending_keeps_the_copy_and_sends_nothing_again(
    closed: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hang(_self: EmailGateway, _raw: bytes) -> str:
        begun.set()
        await asyncio.sleep(3600)
        raise AssertionError("the server should have ended")

    with monkeypatch.context() as patched:
        patched.setattr(EmailGateway, "keep_sent", hang)
        async with closed.open() as shop:
            await deliver(shop, luca, "Question", "Where is it?")
            talk = await shop.comes("Question")
            message_id = await shop.reply(talk.id, "Here.")
            async with asyncio.timeout(60):
                await begun.wait()
            await shop.becomes(message_id, talk.id, "sent")
    assert await asyncio.to_thread(closed.mail.sent, closed.address) == []
    await closed.end_leases()
    async with closed.open() as shop:

        async def kept() -> list[EmailMessage]:
            return await asyncio.to_thread(shop.mail.sent, shop.address)

        (copy,) = await until(kept, 60.0)
        await asyncio.sleep(0.3)
        (mail,) = await asyncio.to_thread(shop.mail.read, luca)
        assert copy["Message-ID"] == mail["Message-ID"]
        assert len(await kept()) == 1
        assert [each.state for each in await shop.messages(talk.id)] == ["received", "sent"]


async def test_a_form_that_writes_as_the_inbox_itself_under_one_id_loses_nothing(shop: Shop) -> None:
    for text in ("Call me.", "Call me too."):
        await deliver(shop, shop.address, "By the form", text)
    await all_fetched(shop, 2)
    said = [message.text for talk in await shop.conversations() for message in await shop.messages(talk.id)]
    assert sorted(said) == ["Call me too.", "Call me."]
