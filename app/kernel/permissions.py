"""Who may do what, and who may see what: the one decision that commands, queries, sync, API and interface share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.kernel.ids import derived_id

Keys = frozenset[UUID]
EVERYTHING = "*"
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who acts: a person through a device, or the system itself.

    `keys` are what a root record's owner or team must be among to be seen: the person, their teams, and the tenant (a
    record of the whole tenant carries the tenant's id as its team). `rights` are patterns such as "contact:edit",
    "contact:*" or "*".
    """

    user_id: UUID
    keys: Keys
    rights: frozenset[str]
    sees_all: bool = False
    sights: Mapping[str, Keys | None] = field(default_factory=dict)  # kind → its keys, where they are others
    veils: Mapping[str, frozenset[str]] = field(default_factory=dict)  # kind → hidden columns

    def may(self, permission: str, keys: Keys | None = None) -> bool:
        """Whether one of the actor's rights covers the permission ("noun:verb"); for a record with these keys, if given."""
        noun = permission.partition(":")[0]
        if self.rights.isdisjoint({permission, f"{noun}:*", EVERYTHING}):
            return False
        return keys is None or self.sees_all or not keys.isdisjoint(self.keys)

    def sight(self, kind: str) -> Keys | None:
        """The keys that bring a record of the kind (a child: by its root) into sight; None: all are; empty: none is."""
        return self.sights.get(kind, None if self.sees_all else self.keys)

    def hidden(self, kind: str) -> frozenset[str]:
        """The columns of the kind that must never reach the actor."""
        return self.veils.get(kind, NOTHING)

    def sees(self, kind: str, keys: Keys) -> bool:
        """Whether a record of the kind, whose root has these keys, is in the actor's sight."""
        sight = self.sight(kind)
        return sight is None or not keys.isdisjoint(sight)


def system_actor(tenant_id: UUID) -> Actor:
    """What comes in by itself (mail, calls from a proxy, imports) acts as this."""
    return Actor(
        user_id=derived_id(tenant_id, "system"), keys=frozenset({tenant_id}), rights=frozenset({EVERYTHING}), sees_all=True
    )
