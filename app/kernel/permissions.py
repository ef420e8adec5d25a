"""Who may do what, and who may see what: the one decision that commands, queries, sync, API and interface share.

A role gives rights ("noun:verb") at levels. A person has several roles; for each right the most permissive wins.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from uuid import UUID

from typing_extensions import override

from app.kernel.ids import derived_id
from app.kernel.record import KINDS, noun_of, root_kind_of

Keys = frozenset[UUID]
NOBODY: Keys = frozenset()
EVERYTHING = "*"
VERBS = ("read", "create", "edit", "delete")  # what can be done with records of every noun
SPECIAL = ("assign", "erase", "export", "force", "lock", "bulk", "monitor", "record", "listen")  # "noun:*" does not give these
HIDDEN, READ_ONLY = "hidden", "read_only"
NOTHING: frozenset[str] = frozenset()


class Level(IntEnum):
    """Over which records a right reaches."""

    NONE = 0
    OWN = 1  # one's own, and what is shared with one
    TEAM = 2  # and those of one's teams, of the people below one, of one's territories, and of everybody
    ALL = 3


LEVELS = {level.name.lower(): level for level in Level}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one role gives: rights as "noun:verb", "noun:*" or "*", and what it withholds of fields as "kind.field"."""

    name: str
    rights: Mapping[str, Level]
    fields: Mapping[str, str] = field(default_factory=dict)  # "contact.pinned_note" → hidden | read_only

    def level(self, permission: str) -> Level:
        """The narrowest pattern speaks; what none covers is not given."""
        noun, _, verb = permission.partition(":")
        patterns = (permission, EVERYTHING) if verb in SPECIAL else (permission, f"{noun}:*", EVERYTHING)
        return next((self.rights[pattern] for pattern in patterns if pattern in self.rights), Level.NONE)


class Access:
    """What several roles give together; every answer is worked out once."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self.grants = tuple(grants)
        self._levels: dict[str, Level] = {}
        self._withheld: dict[tuple[str, bool], frozenset[str]] = {}
        self._exporting: dict[str, Access] = {}
        self.is_open = not any(grant.fields for grant in self.grants)  # nothing is hidden or read-only

    def level(self, permission: str) -> Level:
        """The widest that any role gives."""
        known = self._levels.get(permission)
        if known is None:
            known = max((grant.level(permission) for grant in self.grants), default=Level.NONE)
            self._levels[permission] = known
        return known

    def read_level(self, kind: str) -> Level:
        """Over which records of a kind reading reaches: a child no further than what stands above it."""
        record = KINDS[kind]
        if record.__open__:
            return Level.ALL
        if record.__personal__:
            return Level.OWN
        own = self.level(f"{noun_of(kind)}:read")
        return min(own, self.read_level(record.__parent__[0])) if record.__parent__ else own

    def exporting(self, noun: str) -> "Access":
        """The same, but that a noun is read no further than it may be led out of the workspace."""
        known = self._exporting.get(noun)
        if known is None:
            known = self._exporting[noun] = Narrowed(self.grants, noun, self.level(f"{noun}:export"))
        return known

    def hidden(self, kind: str) -> frozenset[str]:
        """The fields of a kind that every role that lets it be read hides."""
        return self._withhold(kind, ("read",), (HIDDEN,), is_reading=True)

    def unwritable(self, kind: str) -> frozenset[str]:
        """The fields of a kind that no role lets be set."""
        if self.is_open:
            return NOTHING
        return self._withhold(kind, ("create", "edit"), (HIDDEN, READ_ONLY), is_reading=False) | self.hidden(kind)

    def _withhold(self, kind: str, verbs: tuple[str, ...], how: tuple[str, ...], *, is_reading: bool) -> frozenset[str]:
        """A role that gives none of the verbs does not open fields either."""
        if self.is_open:
            return NOTHING
        known = self._withheld.get((kind, is_reading))
        if known is None:
            noun = noun_of(kind)
            giving = [grant for grant in self.grants if any(grant.level(f"{noun}:{verb}") for verb in verbs)]
            named = {name for grant in self.grants for name in grant.fields if name.startswith(f"{kind}.")}
            known = frozenset(name.partition(".")[2] for name in named if all(grant.fields.get(name) in how for grant in giving))
            self._withheld[kind, is_reading] = known
        return known


class Narrowed(Access):
    """The same rights, but that one noun is read no further than this."""

    def __init__(self, grants: Iterable[Grant], noun: str, most: Level) -> None:
        super().__init__(grants)
        self._noun, self._most = noun, most

    @override
    def read_level(self, kind: str) -> Level:
        known = super().read_level(kind)
        return min(known, self._most) if noun_of(kind) == self._noun else known


NO_ACCESS = Access(())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Actor:
    """Somebody who acts: a person through a device, or the system itself.

    A record's keys are its owner, its team (the tenant's id: everybody's), its territory and those it is shared with. `own` are
    those that make a record one's own, `team` those that bring it into one's sight, `keys` all that concern one in any way.
    """

    user_id: UUID
    own: Keys
    team: Keys
    keys: Keys
    access: Access

    def may(self, permission: str, keys: Keys | None = None) -> bool:
        """Whether the actor has the right ("noun:verb") at all; with a record's keys: over this record."""
        level = self.access.level(permission)
        return level > Level.NONE if keys is None else self._reaches(level, keys)

    def sight(self, kind: str) -> Keys | None:
        """The keys that bring a record of the kind (a child: by its root) into sight; None: all are; empty: none is."""
        return self.reach(self.access.read_level(kind))

    def sees(self, kind: str, keys: Keys) -> bool:
        """Whether a record of the kind, whose root has these keys, is in the actor's sight."""
        return self._reaches(self.access.read_level(kind), keys)

    def exporting(self, noun: str) -> "Actor":
        """The same person, who sees of a noun what they may lead out of the workspace."""
        return replace(self, access=self.access.exporting(noun))

    def hidden(self, kind: str) -> frozenset[str]:
        """The columns of the kind that must never reach the actor."""
        return self.access.hidden(kind)

    def unwritable(self, kind: str) -> frozenset[str]:
        """The columns of the kind that the actor must not set."""
        return self.access.unwritable(kind)

    def reach(self, level: Level) -> Keys | None:
        """The keys of the records that a right at this level is over; None: of all."""
        return {Level.NONE: NOBODY, Level.OWN: self.own, Level.TEAM: self.team, Level.ALL: None}[level]

    def _reaches(self, level: Level, keys: Keys) -> bool:
        reach = self.reach(level)
        return reach is None or not keys.isdisjoint(reach)


def governs(permission: str, kind: str) -> bool:
    """Whether a right's level is asked of records of this kind: of the noun's own, and of those around the same root."""
    noun = permission.partition(":")[0]
    if noun_of(kind) == noun:
        return True
    return noun in KINDS and root_kind_of(noun) == root_kind_of(kind)


def shared_key(team_id: UUID) -> UUID:
    """The key of what is shared with a team: another than the team's own, which also stands for all that is the team's."""
    return derived_id(team_id, "shared")


def actor_without_rights(user_id: UUID) -> Actor:
    """Somebody who is not, or no longer, a user of the tenant."""
    return Actor(user_id=user_id, own=NOBODY, team=NOBODY, keys=NOBODY, access=NO_ACCESS)


def system_actor(tenant_id: UUID) -> Actor:
    """What comes in by itself (mail, calls from a proxy, imports) acts as this."""
    keys = frozenset({tenant_id})
    everything = Access([Grant(name="system", rights={EVERYTHING: Level.ALL})])
    return Actor(user_id=derived_id(tenant_id, "system"), own=keys, team=keys, keys=keys, access=everything)
