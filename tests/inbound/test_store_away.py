"""While the mail store is dead nothing can be fetched or sent; when it is back everything comes and goes out, once."""

import asyncio
from email.message import EmailMessage

import pytest

from server.features.messages import effects
from server.gateways.email import smtp
from server.jobs import runner
from tests.inbound.shop import Shop, until


async def test_a_store_that_died_and_is_back_gives_all_mail_and_takes_the_answer_once(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "AWAY_S", 0.2)
    monkeypatch.setattr(smtp, "BUSY_S", 0.2)
    monkeypatch.setattr(effects, "LONGEST_WAIT_S", 0.5)
    monkeypatch.setattr(effects, "MOST_TRIES", 10_000)  # however long the store takes to come back
    monkeypatch.setattr(runner, "MOST_ATTEMPTS", 20_000)
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "Before", "Hello")
    talk = await shop.comes("Before")
    await asyncio.to_thread(shop.mail.store.kill)
    try:
        await asyncio.to_thread(shop.mail.write, luca, shop.address, "Meanwhile", "Hello")  # Postfix keeps it
        message_id = await shop.reply(talk.id, "Here.")

        async def waits() -> bool:
            message = (await shop.messages(talk.id))[-1]
            return message.state == "queued" and bool(message.state_reason)

        await until(waits, 60.0)
    finally:
        await asyncio.to_thread(shop.mail.store.start)
    await shop.becomes(message_id, talk.id, "sent", 60.0)
    await shop.comes("Meanwhile", 60.0)
    await shop.is_at_rest()

    async def arrived() -> list[EmailMessage]:
        return await asyncio.to_thread(shop.mail.read, luca)

    async def kept() -> list[EmailMessage]:
        return await asyncio.to_thread(shop.mail.sent, shop.address)

    await until(arrived, 60.0)
    await until(kept, 60.0)
    await asyncio.sleep(0.5)
    assert (len(await arrived()), len(await kept())) == (1, 1)
    found = {each.subject: each.message_count for each in await shop.conversations()}
    assert found == {"Before": 2, "Meanwhile": 1}
