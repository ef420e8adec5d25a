"""Notes: what colleagues tell one another, never the customer."""

from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Root
from app.kernel.searched import Searched

NoteId = Annotated[UUID, Ref("note")]
NewNoteId = Annotated[UUID, Ref("note", new=True)]


class Note(Root):
    """A note on a person, a conversation or a call, for the team of that; its author's own."""

    __indexes__ = (("contact_id",), ("conversation_id",), ("call_id",))
    __hangs_on__ = (("call_id", "call"), ("conversation_id", "conversation"), ("contact_id", "contact"))
    __searched__ = Searched(body=("text",), at="created_at")
    __erased__: ClassVar = {"text": ""}

    text: Mapped[str]
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    conversation_id: Mapped[UUID | None] = mapped_column(default=None)
    call_id: Mapped[UUID | None] = mapped_column(default=None)
    is_pinned: Mapped[bool] = mapped_column(default=False)
