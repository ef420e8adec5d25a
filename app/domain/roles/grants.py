"""From a role's record to what it gives."""

from collections.abc import Mapping
from typing import Any

from app.domain.roles.rules import BASELINE, PRESETS, stored
from app.kernel.permissions import LEVELS, Grant, Level


def grant_of(name: str, stored_rights: Mapping[str, Any]) -> Grant:
    """What a role gives, as its record says it; a level that this program does not know gives nothing."""
    rights = {right: LEVELS.get(level, Level.NONE) for right, level in stored_rights.get("rights", {}).items()}
    return Grant(name=name, rights=rights, fields=dict(stored_rights.get("fields", {})))


EVERYBODYS = next(preset for preset in PRESETS if preset.key == BASELINE)
EVERYBODYS_GRANT = grant_of(EVERYBODYS.name, stored(EVERYBODYS.rights, EVERYBODYS.fields))  # until a tenant has its own
