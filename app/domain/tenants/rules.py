"""What a workspace may be called, how long its audit is kept, and what it tells of those who only look."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from app.kernel.errors import BadValue

DELETED_KEPT_DAYS = 90  # longer than a long leave
FEWEST_DELETED_KEPT_DAYS, MOST_DELETED_KEPT_DAYS = 7, 3650  # less would send people home from a short one to a new download
LEAST_DAYS, MOST_DAYS = 30, 36_500
LOCK_AFTER_DAYS, LONGEST_DAYS = 14, 60  # as long as a device stays signed in
WATCHED = "watched"  # where the workspace keeps which records' readers are written down
WATCHABLE = ("contact", "account", "conversation", "call")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def slug_of(name: str) -> str:
    """The short name for addresses: lower-case letters, digits and hyphens; `BadValue` when nothing is left."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    if not SLUG.fullmatch(slug):
        raise BadValue(field="workspace", value=name, hint="Use letters or digits.")
    return slug


def check_kept_days(days: int) -> None:
    """How long the traces of deletions are kept for consoles that are away; `BadValue` outside of the bounds."""
    if not FEWEST_DELETED_KEPT_DAYS <= days <= MOST_DELETED_KEPT_DAYS:
        hint = f"From {FEWEST_DELETED_KEPT_DAYS} to {MOST_DELETED_KEPT_DAYS:,} days."
        raise BadValue(field="deleted_kept_days", value=days, hint=hint)


def retention(days: int | None) -> int | None:
    """For how many days the audit is kept; `BadValue` for too few."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise BadValue(field="days", value=days, hint=f"From {LEAST_DAYS} to {MOST_DAYS:,} days, or for ever.")
    return days


def check_lock_days(days: int) -> int:
    """Days without contact after which a device's copy is locked."""
    if not 1 <= days <= LONGEST_DAYS:
        raise BadValue(field="lock_after_days", value=days, hint=f"Write 1 to {LONGEST_DAYS} days.")
    return days


def watched_in(custom: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of records of which the audit tells who opened them."""
    return tuple(kind for kind in WATCHABLE if kind in custom.get(WATCHED, ()))


def check_watched(kinds: Collection[str]) -> list[str]:
    """The kinds in one order; `BadValue` for one whose readers are not written down."""
    for kind in kinds:
        if kind not in WATCHABLE:
            raise BadValue(field="kinds", value=kind[:40], hint=f"Any of: {', '.join(WATCHABLE)}.")
    return [kind for kind in WATCHABLE if kind in kinds]
