"""What a conflict tells to somebody from whom fields of its record are hidden: that there was one, not what the fields held."""

from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

VALUES = ("value", "won", "original", "lost_turn", "won_turn")  # of app.kernel.loss.Loss


def veiled_loss(lost: str, field: str, hidden: AbstractSet[str]) -> str:
    """The JSON text of a conflict's `lost` without the values of hidden fields."""
    told: dict[str, Any] = msgspec.json.decode(lost)
    if field in hidden:
        told |= {name: None for name in VALUES if name in told}
    if "joined" in told:
        told["joined"] = [each for each in told["joined"] if each["field"] not in hidden]
    return msgspec.json.encode(told).decode()
