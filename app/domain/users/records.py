"""People who sign in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import override

from app.kernel.command import Ref
from app.kernel.record import Root

UserId = Annotated[UUID, Ref("user")]
NewUserId = Annotated[UUID, Ref("user", new=True)]


class User(Root):
    """A person of the tenant, seen by everybody in it; what they sign in with is not here."""

    __open__ = True
    __kept__ = frozenset({"state", "state_since"})
    __indexes__ = (("email",), ("manager_id",))

    name: Mapped[str]
    email: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    state: Mapped[str] = mapped_column(default="offline")
    state_since: Mapped[datetime | None] = mapped_column(default=None)
    manager_id: Mapped[UUID | None] = mapped_column(default=None)  # sees what they own, and those below them

    @property
    @override
    def keys(self) -> frozenset[UUID]:
        """Everybody is their own."""
        return super().keys | {self.id}
