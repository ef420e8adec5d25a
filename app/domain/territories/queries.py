"""Which territories there are, and who looks after them."""

from uuid import UUID

import msgspec

from app.domain.territories.records import Territory, TerritoryMember
from app.kernel.reader import Reader


class TerritoryCard(msgspec.Struct, frozen=True, kw_only=True):
    """A territory, what it is below of, and the people who look after it."""

    id: UUID
    name: str
    above_id: UUID | None
    members: list[UUID]


def territories(reader: Reader) -> list[TerritoryCard]:
    """All territories, by name."""
    members: dict[UUID, list[UUID]] = {}
    for row in reader.all(reader.select(TerritoryMember, TerritoryMember.member_of, TerritoryMember.user_id)):
        members.setdefault(row.member_of, []).append(row.user_id)
    rows = reader.all(reader.select(Territory).order_by(Territory.name, Territory.id))
    return [TerritoryCard(id=row.id, name=row.name, above_id=row.above_id, members=members.get(row.id, [])) for row in rows]


def territory(reader: Reader, territory_id: UUID) -> TerritoryCard:
    """One territory; `NotHere` when there is none."""
    row = reader.get(Territory, territory_id)
    members = reader.all(reader.select(TerritoryMember, TerritoryMember.user_id).where(TerritoryMember.member_of == territory_id))
    return TerritoryCard(id=row.id, name=row.name, above_id=row.above_id, members=[member.user_id for member in members])
