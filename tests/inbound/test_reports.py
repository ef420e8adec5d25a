"""Delivery reports: only those about our own mails change anything, and no other mail is taken for one."""

import asyncio
from email.message import EmailMessage
from uuid import UUID

from app.domain.contacts.commands import CreateContact
from app.domain.identities.rules import EMAIL, identity_id
from app.kernel.ids import new_id
from tests.inbound.shop import Shop, until

REPORT = """From: Mail Delivery System <MAILER-DAEMON@client.example>\r
To: {to}\r
Subject: Undelivered Mail Returned to Sender\r
Message-ID: <report.{number}@client.example>\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r
\r
--x\r
Content-Type: text/plain\r
\r
I could not deliver your mail to {gone}.\r
--x\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.client.example\r
\r
Final-Recipient: rfc822; {gone}\r
Action: {action}\r
Status: 5.1.1\r
Diagnostic-Code: smtp; 550 No such user\r
--x\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: {about}\r
Subject: Re: Question\r
--x--\r
"""


async def report(shop: Shop, gone: str, about: str, *, action: str = "failed") -> None:
    raw = REPORT.format(to=shop.address, gone=gone, about=about, number=new_id().hex, action=action).encode()
    await asyncio.to_thread(shop.mail.relay.deliver, raw, sender="", to=shop.address)


async def answered(shop: Shop, luca: str) -> tuple[UUID, UUID, str]:
    """Luca, a contact, asked and was answered: the conversation, the answer, and its Message-ID."""
    await shop.do(CreateContact(contact_id=new_id(), name="Luca", emails=(luca,)))
    await asyncio.to_thread(shop.mail.write, luca, shop.address, "Question", "Where is it?")
    talk = await shop.comes("Question")
    message_id = await shop.reply(talk.id, "Here.")
    await shop.becomes(message_id, talk.id, "sent")

    async def arrived() -> list[EmailMessage]:
        return await asyncio.to_thread(shop.mail.read, luca)

    (mail,) = await until(arrived, 60.0)
    return talk.id, message_id, mail["Message-ID"]


async def understood(shop: Shop, number: int) -> None:
    """So many mails were fetched, and all of them understood."""

    async def are_fetched() -> bool:
        return len(await shop.kept_raw()) == number

    await until(are_fetched, 60.0)
    await shop.is_at_rest()


async def why_bounced(shop: Shop, address: str) -> str | None:
    return await shop.bounced(identity_id(shop.store.tenant_id, EMAIL, address))


async def test_late_is_not_lost_and_a_failure_fails_our_mail_and_marks_who_was_not_reached(shop: Shop, luca: str) -> None:
    talk, message_id, key = await answered(shop, luca)
    await report(shop, luca, key, action="delayed")
    await understood(shop, 2)
    assert (await why_bounced(shop, luca), await shop.in_state("quarantined")) == (None, [])
    assert [each.state for each in await shop.messages(talk) if each.id == message_id] == ["sent"]
    await report(shop, luca, key)
    message = await shop.becomes(message_id, talk, "failed")
    assert "550 No such user" in (message.state_reason or "")
    assert await why_bounced(shop, luca) == "550 No such user"
    assert [each.subject for each in await shop.conversations()] == ["Question"]


async def test_a_report_about_a_mail_that_is_not_ours_marks_nobody_and_can_be_read(shop: Shop, luca: str) -> None:
    talk, message_id, _key = await answered(shop, luca)
    await report(shop, luca, "<never.sent@shop.example>")
    about_another = await shop.comes("Undelivered Mail Returned to Sender")
    (message,) = await shop.messages(about_another.id)
    assert luca in message.text
    assert about_another.id != talk
    assert await why_bounced(shop, luca) is None
    assert [each.state for each in await shop.messages(talk) if each.id == message_id] == ["sent"]


async def test_a_report_marks_only_those_to_whom_the_mail_went(shop: Shop, luca: str) -> None:
    talk, message_id, key = await answered(shop, luca)
    other = "other@client.example"
    await shop.do(CreateContact(contact_id=new_id(), name="Other", emails=(other,)))
    await report(shop, other, key)
    message = await shop.becomes(message_id, talk, "failed")
    assert other in (message.state_reason or "")
    assert (await why_bounced(shop, other), await why_bounced(shop, luca)) == (None, None)
