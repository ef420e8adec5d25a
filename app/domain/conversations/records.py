"""Conversations: one channel, one topic."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Lockable
from app.kernel.searched import Searched

ConversationId = Annotated[UUID, Ref("conversation")]
NewConversationId = Annotated[UUID, Ref("conversation", new=True)]


class Conversation(Lockable):
    """What is said with one customer over one channel; its owner is the assignee."""

    __recent__ = True
    __kept__ = frozenset({
        "preview", "preview_kind", "last_direction", "is_unread", "message_count", "assigned_at", "reply_due_at", "snoozed_until",
        "status",
    })  # fmt: skip
    __unlocked__ = frozenset({
        "preview", "preview_kind", "last_message_at", "last_direction", "is_unread", "message_count", "reply_due_at",
    })  # fmt: skip
    __indexes__ = (
        ("status", "last_message_at", "id"),
        ("owner_id", "status", "last_message_at", "id"),
        ("contact_id", "last_message_at"),
    )
    __searched__ = Searched(title=("subject",), who=("address",), body=("tags",), at="last_message_at")
    __erased__: ClassVar = {"subject": "", "address": "", "preview": "", "tags": ()}

    channel: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    address: Mapped[str] = mapped_column(default="")  # the customer's number or address, as shown
    inbox_key: Mapped[str] = mapped_column(default="")
    preview: Mapped[str] = mapped_column(default="")
    preview_kind: Mapped[str] = mapped_column(default="text")  # text, or what happened: call.missed, call.active, …
    last_message_at: Mapped[datetime]
    last_direction: Mapped[str] = mapped_column(default="in")
    is_unread: Mapped[bool] = mapped_column(default=False)
    message_count: Mapped[int] = mapped_column(default=0)
    assigned_at: Mapped[datetime | None] = mapped_column(default=None)
    reply_due_at: Mapped[datetime | None] = mapped_column(default=None)
    snoozed_until: Mapped[datetime | None] = mapped_column(default=None)
    tags: Mapped[tuple[str, ...]] = mapped_column(default=())
