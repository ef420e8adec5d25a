"""Territories as administrators see them: a tree, who looks after which, and the one that is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.desk.access import LeaveOf, WhileShown
from app.desk.desk import Desk
from app.domain.territories.commands import (
    AddTerritoryMember,
    CreateTerritory,
    DeleteTerritory,
    MoveTerritory,
    RemoveTerritoryMember,
    RenameTerritory,
)
from app.domain.territories.queries import TerritoryCard, territories
from app.domain.territories.rules import in_order
from app.domain.users.queries import UserCard, users
from app.kernel.ids import new_id
from app.kernel.named import listed
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tree import below
from app.kernel.words import tr

Named = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryLine:
    """A territory in words; without an id it is yet to be made."""

    id: UUID | None = None
    name: str = ""
    above_id: UUID | None = None
    depth: int = 0
    members: tuple[Named, ...] = ()
    offered: tuple[Named, ...] = ()
    places: tuple[Named, ...] = ()  # what it could be below of

    @property
    def member_words(self) -> str:
        """Who looks after it."""
        return listed([name for _, name in self.members], at_most=6) or tr("Nobody")

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        above = dict(self.places).get(str(self.above_id), "") if self.above_id else ""
        return f"{self.name}{tr(', below {0}').replace('{0}', above) if above else ''}: {self.member_words}"


class TerritoriesPanel:
    """`lines` are all of them, each behind what it is below of; `territory` is the one that is open."""

    def __init__(self, desk: Desk) -> None:
        self.lines: Observable[tuple[TerritoryLine, ...] | None] = Observable(None)
        self.territory: Observable[TerritoryLine | None] = Observable(None)
        self.leave_of = LeaveOf(desk, "territory:create", "territory:edit", "territory:delete")
        self._desk = desk
        self._made: set[UUID | None] = set()  # by the server, and not seen here yet
        self.shown = WhileShown(desk, {"user", "territory", "territory_member"}, self.refresh, name="territories")

    async def refresh(self) -> None:
        """All of them again, and the one that is open."""
        await self.leave_of.refresh()
        self.lines.set(await self._desk.read(_read))
        shown = self.territory.value
        if shown is not None and shown.id is not None:
            found = self._find(shown.id)
            if found is not None or shown.id not in self._made:
                self.territory.set(found)
            self._made -= {each.id for each in self.lines.value or ()}

    def _find(self, territory_id: UUID | None) -> TerritoryLine | None:
        return next((each for each in self.lines.value or () if each.id == territory_id), None)

    def open(self, territory_id: UUID | None) -> None:
        """One of them, or all."""
        self.territory.set(self._find(territory_id))

    def begin(self) -> None:
        """A new one, at the top until something else is chosen."""
        known = tuple((str(each.id), each.name) for each in self.lines.value or ())
        self.territory.set(TerritoryLine(places=known))

    async def save(self, name: str, above_id: UUID | None) -> None:
        """Make it there, or call it otherwise."""
        shown = self.territory.value
        if shown is not None and shown.id is not None:
            await self._desk.ask(RenameTerritory(territory_id=shown.id, name=name))
        elif shown is not None:
            made = new_id()
            await self._desk.ask(CreateTerritory(territory_id=made, name=name, above_id=above_id))
            self._made.add(made)
            self.territory.set(TerritoryLine(id=made, name=name.strip()))
            await self.refresh()

    async def move(self, above_id: UUID | None) -> None:
        """Put it below another, with all that is below it; a new one is put there when it is made."""
        if (shown := self.territory.value) is not None and shown.id is not None:
            await self._desk.ask(MoveTerritory(territory_id=shown.id, above_id=above_id))

    async def delete(self) -> None:
        """Give it up."""
        if (shown := self.territory.value) is not None and shown.id is not None:
            await self._desk.ask(DeleteTerritory(territory_id=shown.id))
            self.open(None)

    async def add(self, user_id: UUID) -> None:
        """Have somebody look after it."""
        if (shown := self.territory.value) is not None and shown.id is not None:
            await self._desk.ask(AddTerritoryMember(territory_id=shown.id, user_id=user_id))

    async def remove(self, user_id: UUID) -> None:
        """No longer."""
        if (shown := self.territory.value) is not None and shown.id is not None:
            await self._desk.ask(RemoveTerritoryMember(territory_id=shown.id, user_id=user_id))


def _read(reader: Reader) -> tuple[TerritoryLine, ...]:
    cards, people = territories(reader), users(reader)
    known = {each.id: each for each in cards}
    return tuple(
        line_of(known[place], depth, known, people) for place, depth in in_order((each.id, each.above_id) for each in cards)
    )


def line_of(card: TerritoryCard, depth: int, known: Mapping[UUID, TerritoryCard], people: list[UserCard]) -> TerritoryLine:
    """A territory with who looks after it, who could, and what it could be below of."""
    under = below({card.id}, ((each.above_id, each.id) for each in known.values() if each.above_id))
    return TerritoryLine(
        id=card.id, name=card.name, above_id=card.above_id, depth=depth,
        members=tuple((str(each.id), each.name) for each in people if each.id in card.members),
        offered=tuple((str(each.id), each.name) for each in people if each.is_active and each.id not in card.members),
        places=tuple((str(each.id), each.name) for each in known.values() if each.id not in under),
    )  # fmt: skip
