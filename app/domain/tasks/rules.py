"""Which fields of a task stand on their own, and when one is late."""

from datetime import datetime

EDITABLE = frozenset({"title", "details", "due_at", "owner_id", "contact_id"})


def is_late(due_at: datetime | None, done_at: datetime | None, now: datetime) -> bool:
    """Whether a task is past its time and not done."""
    return due_at is not None and done_at is None and due_at < now
