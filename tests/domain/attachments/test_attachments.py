"""Files follow their message, under a name that no system misreads."""

from uuid import UUID

import pytest

from app.domain.attachments.commands import AttachFile, DiscardAnswer, RemoveFile, ReplyWithFiles, SentFile
from app.domain.attachments.queries import attachment, attachments, awaited
from app.domain.attachments.rules import MAX_BYTES, MAX_MAIL_BYTES, MAX_MAIL_FILES, clean_name
from app.domain.conversations.queries import conversation
from app.domain.messages.commands import AlreadyLeft, SetMessageState
from app.domain.messages.queries import thread
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from tests.domain.conftest import House
from tests.domain.messages.test_messages import receive


def test_a_file_belongs_to_its_message_and_conversation(house: House) -> None:
    conversation_id, attachment_id = receive(house), new_id()
    [message] = house.ask(lambda reader: thread(reader, conversation_id))
    house.do(
        AttachFile(
            attachment_id=attachment_id,
            message_id=message.id,
            name="../a.pdf",
            media_type="application/pdf",
            size_bytes=3,
            sha256="0" * 64,
        )
    )
    [file] = house.ask(lambda reader: attachments(reader, conversation_id))
    assert file == house.ask(lambda reader: attachment(reader, attachment_id))
    assert "/" not in file.name


@pytest.mark.parametrize(
    ("name", "clean"), [("a/b\\c.txt", "a_b_c.txt"), ("\u202egpj.exe", "_gpj.exe"), (" . ", "file"), ("x" * 400, "x" * 150)]
)
def test_names_are_made_harmless(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_file_that_is_too_large_is_refused(house: House) -> None:
    conversation_id = receive(house)
    [message] = house.ask(lambda reader: thread(reader, conversation_id))
    with pytest.raises(BadValue) as refused:
        house.do(
            AttachFile(
                attachment_id=new_id(), message_id=message.id, name="x", media_type="a/b", size_bytes=MAX_BYTES + 1, sha256="0"
            )
        )
    assert refused.value.values["field"] == "size"


def sent(size_bytes: int = 3) -> SentFile:
    return SentFile(name="../offer.pdf", media_type="application/pdf", size_bytes=size_bytes, sha256="a" * 64)


def test_an_answer_goes_out_with_its_files_or_not_at_all(house: House) -> None:
    conversation_id, message_id = receive(house), new_id()
    house.do(ReplyWithFiles(conversation_id=conversation_id, message_id=message_id, text="See the file", files=(sent(), sent())))
    files = house.ask(lambda reader: attachments(reader, conversation_id))
    assert {file.message_id for file in files} == {message_id}
    assert len(files) == 2
    assert "/" not in files[0].name
    for unfit in ((sent(MAX_MAIL_BYTES), sent(1)), (sent(),) * (MAX_MAIL_FILES + 1), (sent(-1),)):
        with pytest.raises(BadValue):
            house.do(ReplyWithFiles(conversation_id=conversation_id, message_id=new_id(), text="Too much", files=unfit))
    assert len(house.ask(lambda reader: thread(reader, conversation_id))) == 2


@pytest.mark.parametrize("sha256", ["", "0", "../../secret", "A" * 64, "0" * 65])
def test_what_is_no_hash_is_refused(house: House, sha256: str) -> None:
    conversation_id = receive(house)
    [message] = house.ask(lambda reader: thread(reader, conversation_id))
    with pytest.raises(BadValue) as refused:
        house.do(
            AttachFile(attachment_id=new_id(), message_id=message.id, name="x", media_type="a/b", size_bytes=1, sha256=sha256)
        )
    assert refused.value.values["field"] == "sha256"


def queued(house: House) -> tuple[UUID, UUID]:
    """An answer with two files: its conversation and itself."""
    conversation_id, message_id = receive(house), new_id()
    house.do(ReplyWithFiles(conversation_id=conversation_id, message_id=message_id, text="See both", files=(sent(), sent(4))))
    return conversation_id, message_id


def test_an_answer_that_has_not_left_goes_without_a_file(house: House) -> None:
    conversation_id, message_id = queued(house)
    first, second = house.ask(lambda reader: attachments(reader, conversation_id))
    waiting = house.ask(lambda reader: awaited(reader, {"a" * 64}))
    assert [(card.id, where) for card, where in waiting] == [(first.id, conversation_id), (second.id, conversation_id)]
    assert house.ask(lambda reader: awaited(reader, {"a" * 64}), "supervisor") == [], "each answers for their own"
    house.do(RemoveFile(attachment_id=first.id))
    assert house.ask(lambda reader: attachments(reader, conversation_id)) == [second]
    assert [effect.payload for effect in house.effects() if effect.name == "attachment.removed"]
    house.do(SetMessageState(message_id=message_id, state="sending"), "system")
    with pytest.raises(AlreadyLeft):
        house.do(RemoveFile(attachment_id=second.id))
    with pytest.raises(AlreadyLeft):
        house.do(DiscardAnswer(message_id=message_id))
    assert house.ask(lambda reader: awaited(reader, {"a" * 64})) == []


def test_an_answer_is_discarded_whole_and_comes_back_by_undo(house: House) -> None:
    conversation_id, message_id = queued(house)
    before = house.ask(lambda reader: conversation(reader, conversation_id))
    with pytest.raises(NotAllowed):
        house.do(DiscardAnswer(message_id=message_id), "supervisor")
    done, command_id = new_id(), new_id()
    house.do(DiscardAnswer(message_id=message_id), command_id=command_id)
    after = house.ask(lambda reader: conversation(reader, conversation_id))
    assert (after.preview, after.message_count) == ("Hello", before.message_count - 1)
    assert house.ask(lambda reader: attachments(reader, conversation_id)) == []
    house.do(Undo(command_id=command_id), command_id=done)
    assert house.ask(lambda reader: conversation(reader, conversation_id)).preview == before.preview
    assert len(house.ask(lambda reader: attachments(reader, conversation_id))) == 2


def test_what_came_in_is_no_answer(house: House) -> None:
    conversation_id = receive(house)
    [message] = house.ask(lambda reader: thread(reader, conversation_id))
    with pytest.raises(AlreadyLeft):
        house.do(DiscardAnswer(message_id=message.id))
