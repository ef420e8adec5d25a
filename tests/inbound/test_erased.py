"""A customer is erased whose mails came in: the raw mails go too, and who writes once more is somebody new."""

import asyncio

from app.domain.contacts.commands import CreateContact
from app.domain.contacts.erasing import EraseContact
from app.domain.conversations.commands import LinkContact
from app.kernel.ids import new_id
from tests.inbound.shop import Shop, until
from tests.inbound.test_answering import answered
from tests.server.erasing import is_over


async def test_an_old_thread_is_not_gone_on_with_and_its_raw_mails_are_gone(shop: Shop, luca: str) -> None:
    contact_id = new_id()
    await shop.do(CreateContact(contact_id=contact_id, name="Luca Bianchi", emails=(luca,)))
    talk_id, _key, answer = await answered(shop, luca)
    await shop.do(LinkContact(conversation_id=talk_id, contact_id=contact_id))
    hashes = await shop.kept_raw()
    await shop.is_at_rest()
    await shop.do(EraseContact(contact_id=contact_id))
    await until(lambda: is_over(shop.store), 60.0)
    assert set(await shop.kept_raw()) == {""}
    assert not any((shop.place.blobs / str(shop.store.tenant_id) / each[:2] / each).exists() for each in hashes)
    assert [(each.text, each.subject, each.from_address) for each in await shop.messages(talk_id)] == [("", "", "")] * 2
    tagged = answer["Reply-To"].addresses[0].addr_spec
    await asyncio.to_thread(shop.mail.write, luca, tagged, "Fresh", "It is me again")
    talk = await shop.comes("Fresh")
    assert talk.id != talk_id
    assert talk.contact_id is None
    assert talk.address == luca
