"""Which calls a workspace records, what the agent says of it, and for how long recordings are kept."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.kernel.errors import BadValue

HOW = ("never", "on_demand", "always")
KEPT_IN = "recording"  # among the custom fields of the workspace
FEWEST_DAYS, MOST_DAYS, KEEP_DAYS = 1, 3650, 90
MOST_SAID = 300  # letters


class RecordingRules(msgspec.Struct, frozen=True, kw_only=True):
    """How calls of each direction are recorded: never, when the agent wants it, or always."""

    incoming: str = "on_demand"
    outgoing: str = "on_demand"
    keep_days: int = KEEP_DAYS
    announcement: str = ""  # what the agent reads to the other side before it is recorded

    def of(self, direction: str) -> str:
        """How a call of this direction is recorded."""
        return self.incoming if direction == "in" else self.outgoing


def rules_in(custom: Mapping[str, Any]) -> RecordingRules:
    """Those that the workspace's record holds; before anybody chose any, the first ones."""
    return msgspec.convert(custom.get(KEPT_IN, {}), RecordingRules)


def with_rules(custom: Mapping[str, Any], rules: RecordingRules) -> dict[str, Any]:
    """The workspace's custom fields with these among them."""
    return {**custom, KEPT_IN: msgspec.to_builtins(rules)}


def check_how(how: str, field: str = "recording") -> str:
    """The word, if it is one."""
    if how not in HOW:
        raise BadValue(field=field, value=how[:40], hint=f"One of: {', '.join(HOW)}.")
    return how


def check_rules(rules: RecordingRules) -> RecordingRules:
    """The rules, if they can be kept; `BadValue` names the first field that can't."""
    check_how(rules.incoming, "incoming")
    check_how(rules.outgoing, "outgoing")
    if not FEWEST_DAYS <= rules.keep_days <= MOST_DAYS:
        raise BadValue(field="keep_days", value=rules.keep_days, hint=f"From {FEWEST_DAYS} to {MOST_DAYS:,} days.")
    if len(rules.announcement) > MOST_SAID:
        raise BadValue(field="announcement", value=f"{rules.announcement[:40]}…", hint=f"At most {MOST_SAID} letters.")
    return rules
