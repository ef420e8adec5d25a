"""An answer goes out once with the right headers, is kept in Sent, and what comes back to it finds its conversation."""

import asyncio
from email.message import EmailMessage
from uuid import UUID

from app.domain.contacts.commands import CreateContact
from app.domain.conversations.commands import SetConversationStatus
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from tests.inbound.shop import Shop, until


async def write(shop: Shop, luca: str, subject: str, text: str = "Hello", **headers: str) -> str:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return await asyncio.to_thread(shop.mail.write, luca, shop.address, subject, text, name="Luca", headers=fields)


async def read(shop: Shop, user: str, number: int = 1) -> list[EmailMessage]:
    async def found() -> list[EmailMessage] | None:
        mails = await asyncio.to_thread(shop.mail.read, user)
        return mails if len(mails) >= number else None

    return await until(found, 60.0)


async def answered(shop: Shop, luca: str, subject: str = "Question") -> tuple[UUID, str, EmailMessage]:
    """Luca asked and has an answer: the conversation, the question's Message-ID, and the answer as it reached Luca."""
    key = await write(shop, luca, subject)
    talk = await shop.comes(subject)
    message_id = await shop.reply(talk.id, "Here you are.")
    await shop.becomes(message_id, talk.id, "sent")
    (answer,) = await read(shop, luca)
    return talk.id, key, answer


async def test_an_answer_reaches_the_customer_and_sent_once_with_the_right_headers(shop: Shop, luca: str) -> None:
    talk_id, key, answer = await answered(shop, luca)
    assert (answer["In-Reply-To"], answer["References"].split()) == (key, [key])
    assert (answer["Subject"], answer["To"]) == ("Re: Question", luca)
    assert answer["From"].addresses[0].addr_spec == shop.address
    user, _, domain = shop.address.partition("@")
    reply_to = answer["Reply-To"].addresses[0]
    assert reply_to.username.startswith(f"{user}+c")
    assert reply_to.domain == domain
    assert answer["Message-ID"].endswith(f"@{domain}>")
    assert answer.get_content().strip() == "Here you are."
    await asyncio.sleep(0.5)
    assert len(await asyncio.to_thread(shop.mail.read, luca)) == 1
    (kept,) = await asyncio.to_thread(shop.mail.sent, shop.address)
    assert kept["Message-ID"] == answer["Message-ID"]
    assert [each.direction for each in await shop.messages(talk_id)] == ["in", "out"]


async def test_what_answers_by_references_joins_the_conversation(shop: Shop, luca: str) -> None:
    talk_id, _key, answer = await answered(shop, luca)
    await write(
        shop, luca, "Something else", In_Reply_To=answer["Message-ID"], References=f"<x@y.example> {answer['Message-ID']}"
    )
    await shop.has(talk_id, 3)
    assert len(await shop.conversations()) == 1


async def test_what_answers_by_the_token_alone_joins_it_too(shop: Shop, luca: str) -> None:
    talk_id, _key, answer = await answered(shop, luca)
    tagged = answer["Reply-To"].addresses[0].addr_spec
    await asyncio.to_thread(shop.mail.write, luca, tagged.upper().replace("SHOP.EXAMPLE", "shop.example"), "Fresh", "No headers")
    await shop.has(talk_id, 3)
    assert len(await shop.conversations()) == 1


async def test_a_token_that_somebody_made_up_opens_nothing(shop: Shop, luca: str) -> None:
    talk_id, _key, answer = await answered(shop, luca)
    token = answer["Reply-To"].addresses[0].username.partition("+")[2]
    forged = f"{shop.address.partition('@')[0]}+{token[:-1]}{'a' if token[-1] != 'a' else 'q'}@shop.example"
    await asyncio.to_thread(shop.mail.write, luca, forged, "Forged", "Let me in")
    other = await shop.comes("Forged")
    assert other.id != talk_id
    assert len(await shop.messages(talk_id)) == 2


async def test_a_machines_answer_joins_and_leaves_the_conversation_closed(shop: Shop, luca: str) -> None:
    talk_id, _key, answer = await answered(shop, luca)
    await shop.do(SetConversationStatus(conversation_id=talk_id, status="resolved"))
    await write(shop, luca, "Out of office", In_Reply_To=answer["Message-ID"], Auto_Submitted="auto-replied")
    await shop.has(talk_id, 3)
    (talk,) = await shop.conversations()
    assert (talk.status, talk.is_unread) == ("resolved", False)
    await write(shop, luca, "I am back", In_Reply_To=answer["Message-ID"])
    await shop.has(talk_id, 4)
    (talk,) = await shop.conversations()
    assert (talk.status, talk.is_unread) == ("open", True)


async def test_an_answer_to_an_answer_names_the_whole_chain(shop: Shop, luca: str) -> None:
    talk_id, key, answer = await answered(shop, luca)
    second = await write(shop, luca, "Re: Question", In_Reply_To=answer["Message-ID"], References=f"{key} {answer['Message-ID']}")
    await shop.has(talk_id, 3)
    await shop.becomes(await shop.reply(talk_id, "Once more."), talk_id, "sent")
    _first, again = await read(shop, luca, 2)
    assert again["In-Reply-To"] == second
    assert again["References"].split() == [key, answer["Message-ID"], second]
    assert again["Subject"] == "Re: Question"
    assert again["Message-ID"] != answer["Message-ID"]


async def test_the_answer_goes_where_reply_to_says(shop: Shop, luca: str) -> None:
    contact_id = new_id()
    await shop.do(CreateContact(contact_id=contact_id, name="Luca", emails=(luca,)))
    fields = {"Reply-To": f"Luca <{luca}>"}
    senders = ("form@website.example", shop.address)  # many forms write from the inbox's own address
    for sender in senders:
        await asyncio.to_thread(shop.mail.write, sender, shop.address, f"By {sender}", "Call me", headers=fields)
    talks = [await shop.comes(f"By {sender}") for sender in senders]
    assert [(talk.address, talk.contact_id) for talk in talks] == [(luca, contact_id)] * 2
    assert [(await shop.messages(talk.id))[0].from_address for talk in talks] == list(senders)
    await shop.becomes(await shop.reply(talks[1].id, "We do."), talks[1].id, "sent")
    (answer,) = await read(shop, luca)
    assert answer["To"] == luca


async def test_a_copy_of_our_own_answer_is_no_new_message(shop: Shop, luca: str) -> None:
    talk_id, _key, answer = await answered(shop, luca)
    await asyncio.to_thread(shop.mail.store.put, shop.address, answer.as_bytes())
    await write(shop, luca, "the next")
    await shop.comes("the next")
    await shop.is_at_rest()
    assert [each.direction for each in await shop.messages(talk_id)] == ["in", "out"]
    assert len(await shop.conversations()) == 2


async def test_a_customer_whose_clock_is_wrong_still_writes_after_what_they_answer(shop: Shop, luca: str) -> None:
    talk_id, _key, answer = await answered(shop, luca)
    for place, year in enumerate((1999, 2090)):
        date = f"Mon, 1 Feb {year} 10:00:00 +0000"
        await write(shop, luca, f"In {year}", In_Reply_To=answer["Message-ID"], Date=date)
        messages = await shop.has(talk_id, 3 + place)
        assert [each.subject for each in messages][-1] == f"In {year}"
        assert messages[-1].sent_at <= moment_from_us(shop.store.now_us())
