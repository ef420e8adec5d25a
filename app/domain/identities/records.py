"""Phone numbers and addresses: rows of their own, shared between the people who use them."""

from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Root
from app.kernel.searched import Searched

IdentityId = Annotated[UUID, Ref("identity")]


class Identity(Root):
    """A number or address; consent, opt-out and bounces hang on it, never on a person. Its id is derived from its value."""

    __indexes__ = (("kind", "value"), ("last_digits",))
    __searched__ = Searched(title=("shown",), numbers=("value",), at="created_at")
    __erased__: ClassVar = {"value": "", "shown": "", "last_digits": None, "country": "", "bounced": None}

    kind: Mapped[str]  # phone | email
    value: Mapped[str]  # E.164 or a lower-case address; as typed when it is neither
    shown: Mapped[str]
    last_digits: Mapped[str | None] = mapped_column(default=None)
    is_valid: Mapped[bool] = mapped_column(default=True)
    country: Mapped[str] = mapped_column(default="")
    bounced: Mapped[str | None] = mapped_column(default=None)  # why mail to it came back
