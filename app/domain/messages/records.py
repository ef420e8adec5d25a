"""Messages: what was said in a conversation, in either direction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import EMPTY, Record
from app.kernel.searched import Searched

MessageId = Annotated[UUID, Ref("message")]
NewMessageId = Annotated[UUID, Ref("message", new=True)]


class Message(Record):
    """One message; `text` is what was newly said, `full_text` all that came."""

    __parent__ = ("conversation", "conversation_id")
    __noun__ = "message"
    __kept__ = frozenset({"author_id", "author_name", "subject", "to_addresses", "direction", "state", "state_reason"})
    __indexes__ = (("conversation_id", "sent_at"), ("message_key",))
    __searched__ = Searched(title=("subject",), who=("author_name", "from_address"), body=("text",), at="sent_at")
    __erased__: ClassVar = {
        "author_name": "", "subject": "", "text": "", "full_text": None, "html": None, "from_address": "", "to_addresses": EMPTY,
        "message_key": "", "in_reply_to": None, "thread_keys": EMPTY, "state_reason": None, "problems": None,
    }  # fmt: skip

    conversation_id: Mapped[UUID]
    direction: Mapped[str]  # in | out | system
    author_id: Mapped[UUID | None] = mapped_column(default=None)
    author_name: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    full_text: Mapped[str | None] = mapped_column(default=None)  # where it is more than `text`
    html: Mapped[str | None] = mapped_column(default=None)  # as it came: never shown before it is cleaned
    from_address: Mapped[str] = mapped_column(default="")
    to_addresses: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)  # {"to": […], "cc": […]}
    message_key: Mapped[str] = mapped_column(default="")  # the Message-ID, without brackets
    in_reply_to: Mapped[str | None] = mapped_column(default=None)
    thread_keys: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)  # {"references": […]}
    state: Mapped[str] = mapped_column(default="received")  # received | queued → sent → delivered → read | failed
    state_reason: Mapped[str | None] = mapped_column(default=None)
    problems: Mapped[str | None] = mapped_column(default=None)  # what could not be read of it, in plain words
    sent_at: Mapped[datetime]
