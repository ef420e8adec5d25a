"""A mail at a real server becomes a conversation, once, whatever is stopped meanwhile."""

import asyncio
from pathlib import Path

from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from server.database import files
from tests.inbound.shop import Shop
from tests.peers.mail import Enclosed, MailServer
from tests.peers.postgresql import postgresql
from tests.server.world import PostgresqlDatabase


async def test_a_mail_becomes_a_conversation(shop: Shop, luca: str) -> None:
    await asyncio.sleep(0.5)  # the inbox is watched
    pdf = Enclosed("Rechnung März.pdf", b"%PDF-1.7 " + bytes(range(256)), "application/pdf")
    await asyncio.to_thread(
        shop.mail.write, luca, shop.address, "The bell fell off", "It fell off.\n", name="Luca Weiß", files=[pdf],
        html="<p>It <b>fell</b> off.</p>",
    )  # fmt: skip
    talk = await shop.comes("The bell fell off")
    assert (talk.channel, talk.status, talk.is_unread, talk.last_direction) == ("email", "open", True, "in")
    assert (talk.address, talk.inbox_key, talk.contact_id, talk.preview) == (luca, "support", None, "It fell off.")
    (message,) = await shop.messages(talk.id)
    assert (message.author_name, message.from_address, message.state) == ("Luca Weiß", luca, "received")
    assert message.html is not None
    assert "<b>fell</b>" in message.html
    await shop.is_at_rest()
    (file,) = await shop.files(talk.id)
    assert (file.name, file.media_type, file.message_id) == ("Rechnung März.pdf", "application/pdf", message.id)
    assert shop.store.blobs.read(file.sha256) == pdf.data
    assert await shop.store.look(lambda each: files.is_kept(each, shop.store.tenant_id, file.sha256))


async def test_a_known_address_brings_its_contact(shop: Shop, luca: str) -> None:
    contact_id = new_id()
    await shop.do(CreateContact(contact_id=contact_id, name="Luca Weiß", emails=(luca,)))
    await asyncio.to_thread(shop.mail.write, luca.upper(), shop.address, "Hello", "It is me")
    assert (await shop.comes("Hello")).contact_id == contact_id


async def test_a_restart_goes_on_and_doubles_nothing(closed: Shop, luca: str) -> None:
    async with closed.open():
        await asyncio.to_thread(closed.mail.write, luca, closed.address, "first", "one")
        await closed.comes("first")
    await asyncio.to_thread(closed.mail.write, luca, closed.address, "second", "two")
    async with closed.open():
        await closed.comes("second")
        await asyncio.sleep(0.3)
        await closed.is_at_rest()
        assert sorted(each.subject for each in await closed.conversations()) == ["first", "second"]
        assert {each.message_count for each in await closed.conversations()} == {1}


async def test_mail_goes_the_same_way_on_postgresql(mail: MailServer, tmp_path: Path, number: int, luca: str) -> None:
    with postgresql() as peer:
        database = await asyncio.to_thread(PostgresqlDatabase, peer.url(), tmp_path / "made")
        address = f"support{number}@shop.example"
        there = Shop(mail=mail, place=database.copy(tmp_path / "place"), people=database.people, address=address)
        await there.set_up()
        for subject in ("one", "two"):
            async with there.open() as shop:
                await asyncio.to_thread(mail.write, luca, address, subject, "Hello\x00", files=[Enclosed("a.txt", b"a")])
                talk = await shop.comes(subject)
                await shop.is_at_rest()
                assert len(await shop.files(talk.id)) == 1
                await shop.becomes(await shop.reply(talk.id, "Here."), talk.id, "sent")
        async with there.open() as shop:
            assert [each.message_count for each in await shop.conversations()] == [2, 2]
            assert len(await asyncio.to_thread(mail.sent, address)) == 2
