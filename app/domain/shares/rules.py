"""How a share is named, so that sharing twice is sharing once, and with whom one can share."""

from uuid import UUID

from app.kernel.errors import BadValue
from app.kernel.ids import derived_id


def share_id(record_id: UUID, key: UUID) -> UUID:
    """The one id of a record's being shared with somebody."""
    return derived_id(record_id, key, "share")


def check_one(user_id: UUID | None, team_id: UUID | None) -> None:
    """`BadValue` unless it is a person or a team."""
    if (user_id is None) == (team_id is None):
        raise BadValue(field="user_id", value=user_id, hint="Share with a person or with a team.")
