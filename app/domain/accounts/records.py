"""Organisations."""

from typing import Annotated
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Lockable
from app.kernel.searched import Searched

AccountId = Annotated[UUID, Ref("account")]
NewAccountId = Annotated[UUID, Ref("account", new=True)]


class Account(Lockable):
    """A company or other body that contacts belong to."""

    __indexes__ = (("name", "id"),)
    __searched__ = Searched(title=("name", "domain"), body=("industry", "tags"), at="created_at")

    name: Mapped[str]
    domain: Mapped[str | None] = mapped_column(default=None)
    industry: Mapped[str | None] = mapped_column(default=None)
    country: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[tuple[str, ...]] = mapped_column(default=())
