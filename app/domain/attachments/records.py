"""Files that came or went with a message; their bytes are kept by their hash, apart from here."""

from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Record
from app.kernel.searched import Searched

AttachmentId = Annotated[UUID, Ref("attachment")]
NewAttachmentId = Annotated[UUID, Ref("attachment", new=True)]


class Attachment(Record):
    """One file of one message."""

    __parent__ = ("conversation", "conversation_id")
    __noun__ = "attachment"
    __indexes__ = (("conversation_id",), ("message_id",))
    __searched__ = Searched(title=("name",), at="created_at")
    __erased__: ClassVar = {"name": "", "sha256": "", "content_id": None}

    conversation_id: Mapped[UUID]
    message_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    content_id: Mapped[str | None] = mapped_column(default=None)
    is_inline: Mapped[bool] = mapped_column(default=False)
