"""An answer that was taken back before the server could send it reaches nobody; one that has left cannot be taken back."""

import asyncio

import pytest
from sqlalchemy import select

from app.domain.messages.commands import AlreadyLeft, Reply
from app.kernel.command import Command, Issued, body_of
from app.kernel.ids import new_id
from app.kernel.log import Effect
from app.kernel.undo import Undo
from tests.inbound.shop import Shop, until
from tests.inbound.test_answering import read, write


def issued(shop: Shop, command: Command) -> Issued:
    """As a console would push it."""
    return Issued(
        id=new_id(), name=command.verb, body=body_of(command), actor_id=shop.people.ben, device="desk",
        acted_us=shop.store.now_us(),
    )  # fmt: skip


async def test_an_answer_that_was_undone_offline_is_never_sent(shop: Shop, luca: str) -> None:
    await write(shop, luca, "Question")
    talk = await shop.comes("Question")
    answer = issued(shop, Reply(conversation_id=talk.id, message_id=new_id(), text="Too early"))
    pushed = [answer, issued(shop, Undo(command_id=answer.id))]
    outcomes = await shop.store.write(lambda: shop.store.authority.carry_out(pushed))
    assert [outcome.status for outcome in outcomes] == ["applied", "applied"]

    async def carried_out() -> bool:
        states = await shop.store.look(lambda each: each.execute(select(Effect.state)).scalars().all())
        return states == ["done"]

    await until(carried_out, 60.0)
    await asyncio.sleep(0.5)  # as long as a mail takes
    assert await asyncio.to_thread(shop.mail.read, luca) == []
    assert [each.text for each in await shop.messages(talk.id)] == ["Hello"]
    await shop.store.issue(Undo(command_id=pushed[1].id), shop.people.ben, "desk")
    message_id = answer.command.message_id  # type: ignore[attr-defined]  # it is a reply
    await shop.becomes(message_id, talk.id, "sent")
    await shop.is_at_rest()
    assert [each.get_content().strip() for each in await read(shop, luca)] == ["Too early"], "taking that back sends it, once"


async def test_an_answer_that_has_left_cannot_be_taken_back(shop: Shop, luca: str) -> None:
    await write(shop, luca, "Question")
    talk = await shop.comes("Question")
    answer = issued(shop, Reply(conversation_id=talk.id, message_id=new_id(), text="Here you are."))
    await shop.store.write(lambda: shop.store.authority.carry_out([answer]))
    message_id = answer.command.message_id  # type: ignore[attr-defined]  # it is a reply
    await shop.becomes(message_id, talk.id, "sent")
    with pytest.raises(AlreadyLeft, match="has left already"):
        await shop.store.issue(Undo(command_id=answer.id), shop.people.ben, "desk")


async def test_an_answer_that_is_taken_back_and_brought_back_at_once_is_sent_once(shop: Shop, luca: str) -> None:
    await write(shop, luca, "Question")
    talk = await shop.comes("Question")
    acts = [issued(shop, Reply(conversation_id=talk.id, message_id=new_id(), text="After all"))]
    for _ in range(4):
        acts.append(issued(shop, Undo(command_id=acts[-1].id)))
    outcomes = await shop.store.write(lambda: shop.store.authority.carry_out(acts))
    assert {outcome.status for outcome in outcomes} == {"applied"}
    await shop.becomes(acts[0].command.message_id, talk.id, "sent")  # type: ignore[attr-defined]  # it is a reply
    await shop.is_at_rest()
    assert len(await read(shop, luca)) == 1
    assert len(await asyncio.to_thread(shop.mail.sent, shop.address)) == 1
