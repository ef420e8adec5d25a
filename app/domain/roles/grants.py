"""From a role's record to what it gives."""

from collections.abc import Mapping
from typing import Any

from app.domain.roles.rules import BASELINE, PRESETS, Words, stored
from app.kernel.permissions import LEVELS, Grant, Level


def grant_of(name: str, stored_rights: Mapping[str, Any]) -> Grant:
    """What a role gives, as its record says it; a level that this program does not know gives nothing."""
    rights = {right: LEVELS.get(level, Level.NONE) for right, level in stored_rights.get("rights", {}).items()}
    return Grant(name=name, rights=rights, fields=dict(stored_rights.get("fields", {})))


def level_in(rights: Words, permission: str) -> str:
    """How far a right reaches by these words alone."""
    return grant_of("", stored(rights, {})).level(permission).name.lower()


def with_level(rights: Words, permission: str, level: str) -> dict[str, str]:
    """The words with which a right reaches so far and every other as before: none for it where the others say it already."""
    others = {right: each for right, each in rights.items() if right != permission}
    return others if level_in(others, permission) == level else others | {permission: level}


EVERYBODYS = next(preset for preset in PRESETS if preset.key == BASELINE)
EVERYBODYS_GRANT = grant_of(EVERYBODYS.name, stored(EVERYBODYS.rights, EVERYBODYS.fields))  # until a tenant has its own
