"""People outside, and which numbers and addresses they use."""

from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Lockable, Record
from app.kernel.searched import Searched

ContactId = Annotated[UUID, Ref("contact")]
NewContactId = Annotated[UUID, Ref("contact", new=True)]
AnyContactId = Annotated[UUID, Ref("contact", even_deleted=True)]
ERASED = "Erased person"


class Contact(Lockable):
    """A person; the name is never split into first and last."""

    __indexes__ = (("name", "id"), ("account_id",))
    __searched__ = Searched(title=("name",), body=("job_title", "pinned_note", "tags"), at="created_at")
    __erased__: ClassVar = {
        "name": ERASED, "account_id": None, "job_title": None, "language": None, "time_zone": None, "pinned_note": None,
        "is_vip": False, "tags": (),
    }  # fmt: skip

    name: Mapped[str]
    account_id: Mapped[UUID | None] = mapped_column(default=None)
    job_title: Mapped[str | None] = mapped_column(default=None)
    language: Mapped[str | None] = mapped_column(default=None)
    time_zone: Mapped[str | None] = mapped_column(default=None)
    pinned_note: Mapped[str | None] = mapped_column(default=None)
    is_vip: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[tuple[str, ...]] = mapped_column(default=())
    merged_into: Mapped[UUID | None] = mapped_column(default=None)


class ContactIdentity(Record):
    """Somebody uses a number or address."""

    __parent__ = ("contact", "contact_id")
    __indexes__ = (("identity_id",), ("contact_id",))
    __erased__: ClassVar = {"label": ""}

    contact_id: Mapped[UUID]
    identity_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(default="")
    is_primary: Mapped[bool] = mapped_column(default=False)
