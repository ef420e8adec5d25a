"""Why the console must let its data go, and what becomes of what was not sent."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from app.kernel.columns import moment_from_us
from app.replica.outbox import OutboxEntry

Why = Literal["locked", "lost", "retired", "deactivated"]
TELLS_ACTS: frozenset[Why] = frozenset({"retired"})  # whoever else holds the device must not see what was done on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Locked: all is still there, unreadable until the next contact. Else nothing is there any more; `acts` are shown once."""

    why: Why
    unsent: int | None  # nothing: it was locked, and could not be looked at
    acts: tuple[OutboxEntry, ...] = ()


def leaving_of(why: Why, entries: list[OutboxEntry]) -> Leaving:
    """What is said of the outbox."""
    unsent = tuple(each for each in entries if each.state in {"waiting", "rejected"})
    return Leaving(why=why, unsent=len(unsent), acts=unsent if why in TELLS_ACTS else ())


def acts_as_json(acts: tuple[OutboxEntry, ...]) -> bytes:
    """The acts as a file that a person can keep and a program can read."""
    told = [
        {
            "act": each.name, "acted_at": moment_from_us(each.acted_us).isoformat(), "id": str(each.command_id),
            "arguments": msgspec.to_builtins(each.command) if each.command is not None else None,
        }
        for each in acts
    ]  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(told))
