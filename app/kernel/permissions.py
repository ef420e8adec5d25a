"""Who may do what, and who may see what: the one decision that commands, queries, sync, API and interface share."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.ids import derived_id

Keys = frozenset[UUID]
EVERYTHING = "*"


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

    def may(self, permission: str) -> bool:
        """Whether one of the actor's rights covers the permission ("noun:verb")."""
        noun = permission.partition(":")[0]
        return not self.rights.isdisjoint({permission, f"{noun}:*", EVERYTHING})

    def sees(self, keys: Keys) -> bool:
        """Whether a root record with these scope keys is in the actor's sight."""
        return self.sees_all or not keys.isdisjoint(self.keys)


def system_actor(tenant_id: UUID) -> Actor:
    """What comes in by itself (mail, calls from a proxy, imports) acts as this."""
    return Actor(
        user_id=derived_id(tenant_id, "system"), keys=frozenset({tenant_id}), rights=frozenset({EVERYTHING}), sees_all=True
    )
