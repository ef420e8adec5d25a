"""Which territories there are, and who looks after them."""

from uuid import UUID

import msgspec

from app.domain.teams.queries import members
from app.domain.territories.records import Territory, TerritoryMember
from app.domain.territories.rules import in_order
from app.kernel.reader import Reader
from app.kernel.record import root_of_kind


class TerritoryCard(msgspec.Struct, frozen=True, kw_only=True):
    """A territory, what it is below of, and the people who look after it."""

    id: UUID
    name: str
    above_id: UUID | None
    members: list[UUID]


def territories(reader: Reader) -> list[TerritoryCard]:
    """All territories, by name."""
    people = members(reader, TerritoryMember)
    rows = reader.all(reader.select(Territory).order_by(Territory.name, Territory.id))
    return [TerritoryCard(id=row.id, name=row.name, above_id=row.above_id, members=people.get(row.id, [])) for row in rows]


def territory(reader: Reader, territory_id: UUID) -> TerritoryCard:
    """One territory; `NotHere` when there is none."""
    row = reader.get(Territory, territory_id)
    people = members(reader, TerritoryMember, territory_id).get(territory_id, [])
    return TerritoryCard(id=row.id, name=row.name, above_id=row.above_id, members=people)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A territory in the tree, and whether a record is in it."""

    id: UUID
    name: str
    depth: int
    is_current: bool


def places_for(reader: Reader, kind: str, record_id: UUID) -> list[Place]:
    """Every territory that a record could be in, each behind what it is below of; `NotHere` when the record is out of sight."""
    current = reader.get(root_of_kind(kind), record_id).territory_id
    known = {each.id: each for each in territories(reader)}
    return [
        Place(id=place, name=known[place].name, depth=depth, is_current=place == current)
        for place, depth in in_order((each.id, each.above_id) for each in known.values())
    ]
