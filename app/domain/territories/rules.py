"""How looking after a territory is named, so that doing it twice is doing it once."""

from uuid import UUID

from app.kernel.ids import derived_id


def membership_id(territory_id: UUID, user_id: UUID) -> UUID:
    """The one id of somebody's looking after a territory."""
    return derived_id(territory_id, user_id, "member")
