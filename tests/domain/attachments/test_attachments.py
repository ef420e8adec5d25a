"""Files follow their message, under a name that no system misreads."""

import pytest

from app.domain.attachments.commands import AttachFile, ReplyWithFiles, SentFile
from app.domain.attachments.queries import attachment, attachments
from app.domain.attachments.rules import MAX_BYTES, MAX_MAIL_BYTES, MAX_MAIL_FILES, clean_name
from app.domain.messages.queries import thread
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
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
