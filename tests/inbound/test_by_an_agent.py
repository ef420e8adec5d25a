"""An agent, who is no administrator, answers: under their name, by every step that a state has, and the thread stays together."""

import asyncio
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.messages.commands import Reply
from app.domain.messages.queries import last_keys
from app.kernel.ids import new_id
from app.kernel.log import Audit
from server.gateways.email import smtp
from tests.inbound.shop import Shop, until


async def asked(shop: Shop, luca: str) -> UUID:
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "Question", "Where is it?")
    return (await shop.comes("Question")).id


async def ben_answers(shop: Shop, talk: UUID, *to: str) -> UUID:
    message_id = new_id()
    await shop.store.issue(Reply(conversation_id=talk, message_id=message_id, text="Here.", to=to), shop.people.ben, "ben's")
    return message_id


async def reached(shop: Shop, user: str) -> EmailMessage:
    async def found() -> list[EmailMessage]:
        return await asyncio.to_thread(shop.mail.read, user)

    (mail,) = await until(found, 60.0)
    return mail


async def states(shop: Shop, message_id: UUID) -> list[str]:
    """All that the message ever was."""
    rows = select(Audit.fields).where(Audit.record_id == message_id).order_by(Audit.version)
    found = await shop.store.look(lambda each: list(each.execute(rows).scalars()))
    return [str(fields["state"][1]) for fields in found if "state" in fields]


async def test_an_agents_answer_goes_by_every_state_and_keeps_its_message_id(shop: Shop, luca: str) -> None:
    talk = await asked(shop, luca)
    message_id = await ben_answers(shop, talk)
    message = await shop.becomes(message_id, talk, "sent")
    assert (message.author_id, message.author_name, message.state_reason) == (shop.people.ben, "Ben", None)
    assert await states(shop, message_id) == ["queued", "sending", "sent"]
    mail = await reached(shop, luca)
    sender = mail["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Ben · Acme", shop.address)
    keys = await shop.store.read(lambda reader: last_keys(reader, talk), shop.people.ben)
    assert keys[-1] == mail["Message-ID"]


@pytest.mark.parametrize("field", ["References", "In-Reply-To", "Reply-To alone"])
async def test_one_trace_is_enough_to_find_the_conversation_whatever_the_subject(shop: Shop, luca: str, field: str) -> None:
    talk = await asked(shop, luca)
    await ben_answers(shop, talk)
    answer = await reached(shop, luca)
    has_header = field in {"References", "In-Reply-To"}
    headers = {field: answer["Message-ID"]} if has_header else {}
    to = shop.address if has_header else answer["Reply-To"].addresses[0].addr_spec
    await asyncio.to_thread(shop.mail.write, luca, to, "By the way", "And the bell?", headers=headers)
    last = (await shop.has(talk, 3))[-1]
    assert (last.subject, last.text, last.direction) == ("By the way", "And the bell?", "in")
    (only,) = await shop.conversations()
    assert (only.id, only.subject) == (talk, "Question")


async def test_while_an_address_is_busy_the_answer_waits_and_says_why(
    shop: Shop, luca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "BUSY_S", 0.3)
    talk = await asked(shop, luca)
    message_id = await ben_answers(shop, talk, "busy@shop.example")

    async def was_tried_twice() -> list[str]:
        known = await states(shop, message_id)
        return known if known.count("queued") >= 3 else []

    assert (await until(was_tried_twice, 60.0))[:5] == ["queued", "sending", "queued", "sending", "queued"]
    message = (await shop.messages(talk))[-1]
    assert message.state in {"queued", "sending"}
    if message.state == "queued":
        assert "The mailbox is busy" in (message.state_reason or "")
    assert await asyncio.to_thread(shop.mail.sent, shop.address) == []
