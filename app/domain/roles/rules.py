"""The roles that every tenant begins with, and how the words of a role are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.kernel.ids import derived_id

BASELINE = "baseline"  # the key of the role that everybody has, without a grant
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A role as a new tenant gets it: rights as right → level."""

    key: str
    name: str
    rights: Words
    fields: Words = field(default_factory=dict)


def _at(level: str, *rights: str) -> dict[str, str]:
    return dict.fromkeys(rights, level)


DIRECTORY = ("user:read", "team:read", "role:read", "tenant:read", "territory:read")
WORK = (
    "contact:*", "account:*", "identity:*", "conversation:*", "message:read", "message:reply", "attachment:*", "call:*", "note:*",
    "task:*", "share:*", "territory:place",
    "contact:assign", "account:assign", "conversation:assign", "call:assign", "note:assign", "task:assign",
    "contact:bulk", "account:bulk", "conversation:bulk", "task:bulk",
)  # fmt: skip
LEADING = (
    "user:edit", "user:force", "user:monitor", "team:edit",
    "contact:export", "account:export", "conversation:export", "call:export",
    "contact:lock", "account:lock", "conversation:lock",
    "call:record", "call:listen",
)  # fmt: skip
PRESETS = (
    Preset(
        key=BASELINE,
        name="Everybody",
        rights={
            **_at("all", *DIRECTORY, "user:set_state", "undo:create", "record:restore"),
            **_at("own", "conflict:read", "conflict:settle", "scope:*"),
        },
    ),
    Preset(key="agent", name="Agent", rights={**_at("team", *WORK), **_at("own", "call:record", "call:listen")}),
    Preset(key="supervisor", name="Supervisor", rights=_at("all", *WORK, *LEADING)),
    Preset(key="administrator", name="Administrator", rights=_at("all", "*")),
)


def preset_id(tenant_id: UUID, key: str) -> UUID:
    """The id of one of the first roles."""
    return derived_id(tenant_id, "role", key)


def grant_id(user_id: UUID, role_id: UUID) -> UUID:
    """The one id of somebody's having a role."""
    return derived_id(user_id, role_id, "grant")


def stored(rights: Words, fields: Words) -> dict[str, Any]:
    """What a role gives, as its record holds it."""
    return {"rights": dict(sorted(rights.items())), "fields": dict(sorted(fields.items()))}
