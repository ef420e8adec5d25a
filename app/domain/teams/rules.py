"""How membership is named, so that joining twice is joining once."""

from uuid import UUID

from app.kernel.ids import derived_id


def membership_id(team_id: UUID, user_id: UUID) -> UUID:
    """The one id of somebody's membership in a team."""
    return derived_id(team_id, user_id, "member")


def plural(kind: str) -> str:
    """Several records of a kind: contacts, identities."""
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
