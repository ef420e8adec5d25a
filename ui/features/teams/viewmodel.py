"""Teams as administrators see them, and who is in the one that is open."""

from dataclasses import dataclass
from uuid import UUID

from app.desk.access import LeaveOf, WhileShown
from app.desk.desk import Desk
from app.domain.teams.commands import AddTeamMember, CreateTeam, DeleteTeam, RemoveTeamMember, RenameTeam
from app.domain.teams.queries import TeamCard, teams
from app.domain.users.queries import UserCard, users
from app.kernel.ids import new_id
from app.kernel.named import listed
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.words import tr

Named = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """A team in words; without an id it is yet to be made."""

    id: UUID | None = None
    name: str = ""
    members: tuple[Named, ...] = ()
    offered: tuple[Named, ...] = ()

    @property
    def member_words(self) -> str:
        """Who is in it."""
        return listed([name for _, name in self.members], at_most=6) or tr("Nobody")

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        return f"{self.name}: {self.member_words}"


class TeamsPanel:
    """`lines` are all teams; `team` is the one that is open."""

    def __init__(self, desk: Desk) -> None:
        self.lines: Observable[tuple[TeamLine, ...] | None] = Observable(None)
        self.team: Observable[TeamLine | None] = Observable(None)
        self.leave_of = LeaveOf(desk, "team:create", "team:edit", "team:delete")
        self._desk = desk
        self._made: set[UUID | None] = set()  # by the server, and not seen here yet
        self.shown = WhileShown(desk, {"user"}, self.refresh, name="teams")

    async def refresh(self) -> None:
        """All of them again, and the one that is open."""
        await self.leave_of.refresh()
        self.lines.set(await self._desk.read(_read))
        shown = self.team.value
        if shown is not None and shown.id is not None:
            found = self._find(shown.id)
            if found is not None or shown.id not in self._made:
                self.team.set(found)
            self._made -= {each.id for each in self.lines.value or ()}

    def _find(self, team_id: UUID | None) -> TeamLine | None:
        return next((each for each in self.lines.value or () if each.id == team_id), None)

    def open(self, team_id: UUID | None) -> None:
        """One of them, or all."""
        self.team.set(self._find(team_id))

    def begin(self) -> None:
        """A new one."""
        self.team.set(TeamLine())

    async def save(self, name: str) -> None:
        """Make it, or call it otherwise."""
        team = self.team.value
        if team is not None and team.id is not None:
            await self._desk.ask(RenameTeam(team_id=team.id, name=name))
        elif team is not None:
            made = new_id()
            await self._desk.ask(CreateTeam(team_id=made, name=name))
            self._made.add(made)
            self.team.set(TeamLine(id=made, name=name.strip()))
            await self.refresh()

    async def delete(self) -> None:
        """Give it up."""
        if (team := self.team.value) is not None and team.id is not None:
            await self._desk.ask(DeleteTeam(team_id=team.id))
            self.open(None)

    async def add(self, user_id: UUID) -> None:
        """Put somebody in it."""
        if (team := self.team.value) is not None and team.id is not None:
            await self._desk.ask(AddTeamMember(team_id=team.id, user_id=user_id))

    async def remove(self, user_id: UUID) -> None:
        """Take somebody out."""
        if (team := self.team.value) is not None and team.id is not None:
            await self._desk.ask(RemoveTeamMember(team_id=team.id, user_id=user_id))


def _read(reader: Reader) -> tuple[TeamLine, ...]:
    people = users(reader)
    return tuple(line_of(each, people) for each in teams(reader))


def line_of(card: TeamCard, people: list[UserCard]) -> TeamLine:
    """A team with who is in it, and who could be."""
    return TeamLine(
        id=card.id, name=card.name, members=tuple((str(each.id), each.name) for each in people if each.id in card.members),
        offered=tuple((str(each.id), each.name) for each in people if each.is_active and each.id not in card.members),
    )  # fmt: skip
