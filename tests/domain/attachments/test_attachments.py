"""Files follow their message, under a name that no system misreads."""

import pytest

from app.domain.attachments.commands import AttachFile
from app.domain.attachments.queries import attachment, attachments
from app.domain.attachments.rules import MAX_BYTES, clean_name
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
