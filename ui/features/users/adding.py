"""Adding somebody: who they are, the roles and teams that they begin with, and the code that lets them in. Without Qt."""

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from app.desk.desk import Desk
from app.desk.rights import problem_text, refusal_text
from app.domain.roles.adding import AddPerson
from app.domain.roles.catalogue import beyond
from app.domain.roles.queries import roles
from app.domain.teams.queries import teams
from app.kernel.errors import BadValue, PatchbayError
from app.kernel.ids import new_id
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.words import tr
from ui.features.users.codes import CodesPanel

Named = tuple[UUID, str]
Step = Literal["asking", "adding", "added"]
FIRST_ROLE = "agent"  # what most begin as


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """How far it is; `field` is the one that the problem is about, if it is about one."""

    step: Step = "asking"
    roles: tuple[Named, ...] = ()
    teams: tuple[Named, ...] = ()
    chosen: frozenset[UUID] = frozenset()  # at first
    name: str = ""
    problem: str = ""
    field: str = ""


class AddingPanel:
    """One person; `codes` shows the code when they are there."""

    def __init__(self, desk: Desk, codes: CodesPanel) -> None:
        self.now: Observable[Adding] = Observable(Adding())
        self.codes = codes
        self._desk = desk
        self._user_id = new_id()

    async def open(self) -> None:
        """What one may give."""
        self.now.set(await self._desk.read(_offered))

    async def add(self, *, name: str, email: str, role_ids: tuple[UUID, ...], team_ids: tuple[UUID, ...]) -> None:
        """Let them in. Without their code somebody is there all the same, and can be given one on their page."""
        missing = next((field for field, text in (("name", name), ("email", email)) if not text.strip()), "")
        if missing:
            self._tell(step="asking", problem=tr("Write something here."), field=missing)
            return
        self._tell(step="adding", problem="", field="", name=name.strip())
        me = self._desk.me.value
        added = AddPerson(
            user_id=self._user_id, name=name, email=email, role_ids=role_ids, team_ids=team_ids,
            language=me.language if me else "en", time_zone=me.time_zone if me else "UTC",
        )  # fmt: skip
        try:
            await self._desk.ask(added)
        except PatchbayError as error:
            field = str(error.values.get("field", "")) if isinstance(error, BadValue) else ""
            self._tell(
                step="asking", problem=problem_text(error) if field else refusal_text(error.key, error.values), field=field
            )
            return
        self._tell(step="added")
        await self.make_code()

    async def make_code(self) -> None:
        """For who was added."""
        try:
            await self.codes.make(self._user_id, self.now.value.name)
        except PatchbayError as error:
            self._tell(problem=refusal_text(error.key, error.values))
        else:
            self._tell(problem="")

    def _tell(self, **changes: object) -> None:
        self.now.set(replace(self.now.value, **changes))  # type: ignore[arg-type]  # as its fields say


def _offered(reader: Reader) -> Adding:
    """Roles that reach no further than one's own, and teams; none where one may not give them."""
    actor = reader.actor
    known = roles(reader) if actor.may("role:grant") else []
    given = [each for each in known if not each.is_baseline and beyond(actor.access, each.rights) is None]
    groups = teams(reader) if actor.may("team:edit") else []
    first = {each.id for each in given if each.key == FIRST_ROLE} | ({groups[0].id} if len(groups) == 1 else set())
    return Adding(
        roles=tuple((each.id, each.name) for each in given), teams=tuple((each.id, each.name) for each in groups),
        chosen=frozenset(first),
    )  # fmt: skip
