"""Tasks: what somebody has to do, and by when."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Root
from app.kernel.searched import Searched

TaskId = Annotated[UUID, Ref("task")]
NewTaskId = Annotated[UUID, Ref("task", new=True)]


class Task(Root):
    """Something to do; its owner is who has to do it."""

    __indexes__ = (("owner_id", "done_at", "due_at"), ("contact_id",), ("conversation_id",))
    __searched__ = Searched(title=("title",), body=("details",), at="created_at")
    __erased__: ClassVar = {"title": "", "details": ""}

    title: Mapped[str]
    details: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    conversation_id: Mapped[UUID | None] = mapped_column(default=None)
