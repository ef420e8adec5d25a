"""Shares: a record is in the sight of somebody, or of a team, that it does not belong to."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.permissions import shared_key
from app.kernel.record import Root


class Share(Root):
    """One record shared with one person or team: `team_id` is the key that brings it into their sight, `owner_id` who did it.

    The record's own `share_count` counts these, so that it is numbered anew with each.
    """

    __personal__ = True
    __indexes__ = (("record_id",), ("team_id",))

    record_kind: Mapped[str]
    record_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = mapped_column(default=None)
    with_team_id: Mapped[UUID | None] = mapped_column(default=None)
    may_edit: Mapped[bool] = mapped_column(default=False)


def share_key(user_id: UUID | None, team_id: UUID | None) -> UUID:
    """The key of what is shared with a person or with a team."""
    key = user_id or (shared_key(team_id) if team_id else None)
    if key is None:
        raise ValueError("shared with nobody")
    return key
