"""People as administrators see them: who has which roles, who is below whom, and what all of it lets somebody do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.desk.access import AccessDesk, LeaveOf, WhileShown
from app.desk.desk import Desk
from app.domain.roles.commands import GrantRole, RevokeRole
from app.domain.roles.effective import EffectiveAccess
from app.domain.roles.queries import RoleCard, roles
from app.domain.teams.queries import teams
from app.domain.users.commands import EditUser
from app.domain.users.queries import UserCard, users
from app.kernel.errors import NeedsServer, NotAllowed, PatchbayError
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from app.kernel.texts import text_of
from app.kernel.words import tr
from ui.features.users.codes import CREATE, RESET, CodesPanel

AccessState = Literal["loading", "shown", "needs_server", "refused", "failed"]
STATES = {
    "available": "Available", "busy": "Busy", "on_call": "On a call", "wrap_up": "Wrap-up", "away": "Away", "break": "On break",
    "offline": "Offline",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A role that somebody has."""

    id: UUID
    name: str
    is_baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in words."""

    id: UUID
    name: str
    email: str
    is_active: bool
    state: str
    roles: tuple[Held, ...]
    teams: tuple[str, ...]
    manager_id: UUID | None
    manager: str

    @property
    def state_words(self) -> str:
        """What they do now."""
        return tr(STATES.get(self.state, self.state)) if self.is_active else tr("Deactivated")

    @property
    def role_words(self) -> str:
        """Their roles, without the one that everybody has."""
        return ", ".join(each.name for each in self.roles if not each.is_baseline) or tr("No role of their own")

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        parts = [self.name, self.email, self.role_words, ", ".join(self.teams), self.state_words]
        parts += [tr("Manager: {0}").replace("{0}", self.manager)] if self.manager else []
        return ", ".join(part for part in parts if part)


class UsersPanel:
    """`people` are those that were looked for; `person` is the one whose page is open, `access` what they may do."""

    def __init__(self, desk: Desk, access: AccessDesk, codes: CodesPanel) -> None:
        self.people: Observable[tuple[Person, ...] | None] = Observable(None)
        self.person: Observable[Person | None] = Observable(None)
        self.leave_of = LeaveOf(desk, "role:grant", "user:edit", CREATE, RESET)
        self.codes = codes
        self.access: Observable[EffectiveAccess | None] = Observable(None)
        self.access_state: Observable[AccessState] = Observable("loading")
        self.problem = ""
        self.roles: tuple[RoleCard, ...] = ()
        self._everybody: tuple[Person, ...] = ()
        self._desk, self._access = desk, access
        self._typed = ""
        self._chosen: UUID | None = None
        self.shown = WhileShown(desk, {"user"}, self.refresh, name="people")
        desk.on_changed(  # what I did here, and again when the server has done it
            {"user", "territory", "territory_member", "share"}, Refresh(desk.tasks, self.load_access, name="access").ask,
            only=lambda: {"user": self._chosen},
        )  # fmt: skip

    async def refresh(self) -> None:
        """Everybody again, and whose page is open."""
        await self.leave_of.refresh()
        self._everybody, self.roles = await self._desk.read(_read)
        self._filter()
        self.person.set(self._find(self._chosen))

    def find(self, typed: str) -> None:
        """Only those whose name, address, role or team has all of these words."""
        self._typed = typed
        self._filter()

    def _filter(self) -> None:
        wanted = self._typed.casefold().split()
        self.people.set(tuple(each for each in self._everybody if all(word in each.sentence.casefold() for word in wanted)))

    def _find(self, user_id: UUID | None) -> Person | None:
        return next((each for each in self._everybody if each.id == user_id), None)

    async def open(self, user_id: UUID | None) -> None:
        """Somebody's page, or the list."""
        self._chosen = user_id
        self.codes.forget()
        self.access.set(None)
        self.person.set(self._find(user_id))
        if user_id is not None:
            await self.load_access()

    async def load_access(self) -> None:
        """Ask the server what the person may do: all their roles together."""
        wanted = self._chosen
        if wanted is None:
            return
        if self.access.value is None:
            self.access_state.set("loading")
        try:
            found = await self._access.of(wanted)
        except PatchbayError as error:
            if wanted == self._chosen:
                self._fail(error)
            return
        if wanted == self._chosen:
            self.access.set(found)
            self.access_state.set("shown")

    def _fail(self, error: PatchbayError) -> None:
        self.problem = text_of(error)
        self.access.set(None)
        kinds: dict[type[PatchbayError], AccessState] = {NeedsServer: "needs_server", NotAllowed: "refused"}
        self.access_state.set(kinds.get(type(error), "failed"))

    def offered_roles(self) -> list[RoleCard]:
        """Those that the person does not have."""
        person = self.person.value
        held = {each.id for each in person.roles} if person else set()
        return [each for each in self.roles if each.id not in held and not each.is_baseline]

    def offered_managers(self) -> list[Person]:
        """Anybody but the person and those below them."""
        person = self.person.value
        below, again = {person.id} if person else set[UUID](), True
        while again:
            found = {each.id for each in self._everybody if each.manager_id in below} - below
            below, again = below | found, bool(found)
        return [each for each in self._everybody if each.id not in below and each.is_active]

    async def grant(self, role_id: UUID) -> None:
        """Give the person a role."""
        if self._chosen is not None:
            await self._desk.ask(GrantRole(role_id=role_id, user_id=self._chosen))

    async def revoke(self, role_id: UUID) -> None:
        """Take a role from the person."""
        if self._chosen is not None:
            await self._desk.ask(RevokeRole(role_id=role_id, user_id=self._chosen))

    async def set_manager(self, manager_id: UUID | None) -> None:
        """Whom the person is below."""
        await self._edit(manager_id=str(manager_id) if manager_id else None)

    async def set_active(self, *, is_active: bool) -> None:
        """Let the person in, or no longer."""
        await self._edit(is_active=is_active)

    async def _edit(self, **patch: object) -> None:
        if self._chosen is not None:
            await self._desk.ask(EditUser(user_id=self._chosen, patch=patch))


def _read(reader: Reader) -> tuple[tuple[Person, ...], tuple[RoleCard, ...]]:
    cards = tuple(roles(reader))
    return people_of(users(reader), cards, [(team.name, team.members) for team in teams(reader)]), cards


def _by_person(groups: Iterable[tuple[str, Sequence[UUID]]]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for name, members in groups:
        for each in members:
            found.setdefault(each, []).append(name)
    return found


def people_of(
    found: Sequence[UserCard], cards: Sequence[RoleCard], teams_known: Sequence[tuple[str, Sequence[UUID]]]
) -> tuple[Person, ...]:
    """Everybody with their roles, everybody's first, and their teams."""
    names = {each.id: each.name for each in found}
    ordered = sorted(cards, key=lambda each: not each.is_baseline)
    holders = {card.id: frozenset(card.holders) for card in ordered}
    of_person = _by_person(teams_known)
    return tuple(
        Person(
            id=each.id, name=each.name, email=each.email, is_active=each.is_active, state=each.state,
            roles=tuple(
                Held(id=card.id, name=card.name, is_baseline=card.is_baseline)
                for card in ordered
                if card.is_baseline or each.id in holders[card.id]
            ),
            teams=tuple(of_person.get(each.id, ())), manager_id=each.manager_id,
            manager=names.get(each.manager_id, "") if each.manager_id else "",
        )
        for each in found
    )  # fmt: skip
