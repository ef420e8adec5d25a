"""Roles as administrators see them, and one of them with what is changed in it and not saved yet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from app.desk.access import LeaveOf, WhileShown
from app.desk.desk import Desk
from app.desk.rights import grid_nouns, grid_verbs, in_grid
from app.domain.roles.catalogue import guardable_fields, permissions
from app.domain.roles.commands import CreateRole, DeleteRole, RenameRole, SetRoleRights
from app.domain.roles.grants import level_in, with_level
from app.domain.roles.queries import RoleCard, roles
from app.domain.roles.rules import BASELINE, Words
from app.domain.users.queries import users
from app.kernel.ids import new_id
from app.kernel.named import listed, required
from app.kernel.observable import Observable
from app.kernel.permissions import EVERYTHING, HIDDEN
from app.kernel.reader import Reader
from app.kernel.words import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine:
    """A role in words."""

    id: UUID
    name: str
    is_baseline: bool
    holders: tuple[str, ...]
    gives: str
    withholds: str

    @property
    def held_by(self) -> str:
        """Who has it."""
        if self.is_baseline:
            return tr("Everybody, without being given it")
        return listed(self.holders) or tr("Nobody")

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        return ", ".join(part for part in (self.name, self.held_by, self.gives, self.withholds) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A role as it would be saved; without an id it is a new one."""

    id: UUID | None = None
    name: str = ""
    is_baseline: bool = False
    holders: tuple[str, ...] = ()
    rights: Words = field(default_factory=dict)
    fields: Words = field(default_factory=dict)

    @property
    def has_everything(self) -> bool:
        """Whether it gives whatever there is, and whatever will be."""
        return self.rights.get(EVERYTHING) == "all"

    def level(self, permission: str) -> str:
        """How far a right reaches."""
        return level_in(self.rights, permission)

    def offered_fields(self) -> list[tuple[str, str]]:
        """Every field that could be withheld and is not, as (kind, field)."""
        found = (name.partition(".") for name in guardable_fields() if name not in self.fields)
        return [(kind, name) for kind, _, name in found]


class RolesPanel:
    """`lines` are all roles; `draft` is the one that is open, with what was changed in it."""

    def __init__(self, desk: Desk) -> None:
        self.lines: Observable[tuple[RoleLine, ...] | None] = Observable(None)
        self.draft: Observable[Draft | None] = Observable(None)
        self.unsaved: Observable[bool] = Observable(False)
        self.leave_of = LeaveOf(desk, "role:create", "role:edit", "role:delete")
        self._stored: dict[UUID, Draft] = {}
        self._before: Draft | None = None
        self._made: set[UUID] = set()  # by the server, and not seen here yet
        self._desk = desk
        self.shown = WhileShown(desk, {"role", "user"}, self.refresh, name="roles")

    async def refresh(self) -> None:
        """All of them again; a draft that is not saved yet stays as it is."""
        await self.leave_of.refresh()
        self._stored = await self._desk.read(_read)
        self.lines.set(tuple(line_of(role_id, each) for role_id, each in self._stored.items()))
        draft = self.draft.value
        if draft is not None and draft.id is not None and not self.is_changed:
            found = self._stored.get(draft.id)
            if found is not None or draft.id not in self._made:
                self._begin(found)
        self._made -= self._stored.keys()

    @property
    def is_changed(self) -> bool:
        """Whether something would be lost."""
        return self.draft.value is not None and self.draft.value != self._before

    @property
    def may_save(self) -> bool:
        """Whether what is open is the reader's to change."""
        draft = self.draft.value
        return draft is not None and self.leave_of.leave.value.may("role:edit" if draft.id else "role:create")

    def open(self, role_id: UUID) -> None:
        """One of them, as it is."""
        self._begin(self._stored.get(role_id))

    def create(self, like: Draft | None = None) -> None:
        """A new one, empty or with what another gives."""
        rights, fields = (dict(like.rights), dict(like.fields)) if like else ({}, {})
        self._begin(Draft())
        self._change(rights=rights, fields=fields)

    def leave(self) -> None:
        """Back to all of them; what was not saved is gone."""
        self._begin(None)

    def _begin(self, draft: Draft | None) -> None:
        self._before = draft
        self.draft.set(draft)
        self.unsaved.set(self.is_changed)

    def _change(self, **changes: object) -> None:
        if self.draft.value is not None:
            self.draft.set(replace(self.draft.value, **changes))  # type: ignore[arg-type]  # by the names of its fields
            self.unsaved.set(self.is_changed)

    def rename(self, name: str) -> None:
        """Call it otherwise."""
        self._change(name=name)

    def set_level(self, rights: Iterable[str], level: str) -> None:
        """Let these reach so far."""
        if self.draft.value is not None:
            words = dict(self.draft.value.rights)
            for right in rights:
                words = with_level(words, right, level)
            self._change(rights=words)

    def set_everything(self, *, is_on: bool) -> None:
        """Give whatever there is and will be; or only what there is today, to take from it."""
        self._change(rights={EVERYTHING: "all"} if is_on else dict.fromkeys(permissions(), "all"))

    def withhold(self, name: str, how: str | None) -> None:
        """Hide a field, make it read-only, or neither."""
        if self.draft.value is not None:
            others = {each: state for each, state in self.draft.value.fields.items() if each != name}
            self._change(fields=others | ({name: how} if how else {}))

    async def save(self) -> str:
        """Have the server keep it; says what was done."""
        draft = self.draft.value
        if draft is None:
            return ""
        name = required("name", draft.name)
        if draft.id is None:
            made, rights, fields = new_id(), dict(draft.rights), dict(draft.fields)
            await self._desk.ask(CreateRole(role_id=made, key=key_of(name), name=name, rights=rights, fields=fields))
            self._made.add(made)
            draft = replace(draft, id=made)
        else:
            await self._save_known(draft.id, draft, name)
        self._begin(replace(draft, name=name))
        return tr("{0} saved.").replace("{0}", name)

    async def _save_known(self, role_id: UUID, draft: Draft, name: str) -> None:
        before = self._before or Draft()
        if (draft.rights, draft.fields) != (before.rights, before.fields):
            await self._desk.ask(SetRoleRights(role_id=role_id, rights=dict(draft.rights), fields=dict(draft.fields)))
        if name != before.name:
            await self._desk.ask(RenameRole(role_id=role_id, name=name))

    async def delete(self) -> str:
        """Have the server give it up; says what was done."""
        draft = self.draft.value
        if draft is None or draft.id is None:
            return ""
        await self._desk.ask(DeleteRole(role_id=draft.id))
        self.leave()
        return tr("{0} deleted.").replace("{0}", draft.name)


def _read(reader: Reader) -> dict[UUID, Draft]:
    names = {each.id: each.name for each in users(reader)}
    cards = sorted(roles(reader), key=lambda each: not each.is_baseline)
    return {each.id: draft_of(each, names) for each in cards}


def draft_of(card: RoleCard, names: dict[UUID, str]) -> Draft:
    """A role as it is; words that mean nothing any more are left out."""
    known = {*permissions(), *(f"{each.partition(':')[0]}:*" for each in permissions()), EVERYTHING}
    return Draft(
        id=card.id, name=card.name, is_baseline=card.is_baseline,
        holders=tuple(sorted(names[each] for each in card.holders if each in names)),
        rights={right: level for right, level in card.rights.items() if right in known}, fields=dict(card.fields),
    )  # fmt: skip


def line_of(role_id: UUID, draft: Draft) -> RoleLine:
    """A role in words."""
    hidden = sum(state == HIDDEN for state in draft.fields.values())
    counts = ((hidden, tr("{0} hidden")), (len(draft.fields) - hidden, tr("{0} read-only")))
    return RoleLine(
        id=role_id, name=draft.name, is_baseline=draft.is_baseline, holders=draft.holders, gives=_gives(draft),
        withholds=", ".join(words.replace("{0}", str(count)) for count, words in counts if count),
    )  # fmt: skip


def _gives(draft: Draft) -> str:
    """The widest level over records, and how many rights beside."""
    if draft.has_everything:
        return tr("Everything")
    gridded = {right for noun in grid_nouns() for verb in grid_verbs() if (right := in_grid(noun, verb))}
    reached = {level for right in gridded if (level := draft.level(right)) != "none"}
    words = {"all": tr("All records"), "team": tr("The team's records"), "own": tr("Own records")}
    widest = next((words[level] for level in words if level in reached), tr("No records"))
    others = sum(draft.level(right) != "none" for right in permissions() if right not in gridded)
    more = tr("{0}, 1 other right") if others == 1 else tr("{0}, {1} other rights")
    return more.replace("{0}", widest).replace("{1}", str(others))


def key_of(name: str) -> str:
    """The short word by which programs know a role."""
    key = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "role"
    return f"{key}_2" if key == BASELINE else key
