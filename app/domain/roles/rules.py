"""The roles that every tenant begins with."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.ids import derived_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A role as a new tenant gets it."""

    key: str
    name: str
    rights: tuple[str, ...]
    sees_all_teams: bool = False


AGENT_RIGHTS = (
    "user:read", "user:set_state", "team:read", "role:read", "tenant:read", "contact:*", "account:*", "identity:*",
    "conversation:*", "message:read", "message:reply", "attachment:*", "call:*", "note:*", "task:*", "conflict:*", "undo:create",
)  # fmt: skip
PRESETS = (
    Preset(key="agent", name="Agent", rights=AGENT_RIGHTS),
    Preset(key="supervisor", name="Supervisor", rights=(*AGENT_RIGHTS, "user:edit", "team:edit"), sees_all_teams=True),
    Preset(key="administrator", name="Administrator", rights=("*",), sees_all_teams=True),
)


def preset_id(tenant_id: UUID, key: str) -> UUID:
    """The id of one of the first roles."""
    return derived_id(tenant_id, "role", key)


def grant_id(user_id: UUID, role_id: UUID) -> UUID:
    """The one id of somebody's having a role."""
    return derived_id(user_id, role_id, "grant")
