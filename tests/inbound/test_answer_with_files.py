"""An answer with a file waits for its bytes, goes out with them at once when they are there, and with nobody else's."""

import hashlib

from sqlalchemy import select

from app.domain.attachments.commands import RemoveFile, ReplyWithFiles, SentFile
from app.domain.attachments.queries import attachments
from app.kernel.ids import new_id
from app.kernel.log import Effect
from server.database import files
from tests.inbound.shop import Shop, until
from tests.inbound.test_answering import read, write

CONTENT = bytes(range(256)) * 300
SHA256 = hashlib.sha256(CONTENT).hexdigest()


async def test_an_answer_goes_out_with_its_file_as_soon_as_the_file_is_there(shop: Shop, luca: str) -> None:
    await write(shop, luca, "Manual?")
    talk = await shop.comes("Manual?")
    message_id = new_id()
    file = SentFile(name="Anleitung ü.bin", media_type="application/x-manual", size_bytes=len(CONTENT), sha256=SHA256)
    store = shop.store
    # somebody else has a file of this hash: that is not the sender's
    other = store.blobs.keep(CONTENT)
    await store.change(lambda each: files.keep(each, store.tenant_id, other, "a/b", new_id(), store.now_us()))
    agent = shop.people.ana
    await shop.do(ReplyWithFiles(conversation_id=talk.id, message_id=message_id, text="Here it is.", files=(file,)))

    async def waits() -> bool | None:
        query = select(Effect.error).where(Effect.state == "waiting", Effect.error.contains(files.AWAITED))
        return await store.look(lambda each: each.execute(query).first() is not None) or None

    await until(waits, 60.0)
    await store.change(lambda each: files.keep(each, store.tenant_id, other, "a/b", agent, store.now_us()))
    await store.change(lambda each: files.hurry(each, store.tenant_id, store.now_us()))
    for wake in store.on_hurry:
        wake()
    await shop.becomes(message_id, talk.id, "sent")
    (answer,) = await read(shop, luca)
    (part,) = list(answer.iter_attachments())
    assert (part.get_filename(), part.get_content_type(), part.get_content()) == (
        "Anleitung ü.bin",
        "application/x-manual",
        CONTENT,
    )


async def test_an_answer_whose_file_is_taken_off_goes_at_once_without_it(shop: Shop, luca: str) -> None:
    await write(shop, luca, "Brochure?")
    talk = await shop.comes("Brochure?")
    message_id, store = new_id(), shop.store
    file = SentFile(name="never.bin", media_type="a/b", size_bytes=3, sha256="f" * 64)
    await shop.do(ReplyWithFiles(conversation_id=talk.id, message_id=message_id, text="Without it, then.", files=(file,)))

    async def waits() -> bool | None:
        query = select(Effect.error).where(Effect.state == "waiting", Effect.error.contains("never.bin"))
        return await store.look(lambda each: each.execute(query).first() is not None) or None

    await until(waits, 60.0)
    (card,) = await store.read(lambda reader: attachments(reader, talk.id), shop.people.ana)
    await shop.do(RemoveFile(attachment_id=card.id))
    await shop.becomes(message_id, talk.id, "sent")
    answer = (await read(shop, luca))[-1]
    assert list(answer.iter_attachments()) == []
