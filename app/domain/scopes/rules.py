"""What may be asked of a device's scope."""

from uuid import UUID

from app.kernel.errors import BadValue, Refused
from app.kernel.ids import derived_id

FEWEST_DAYS, MOST_DAYS = 1, 3650
MOST_PINS = 200  # they travel with every cursor
MOST_GROUPS = 500


class TooManyPins(Refused):
    """Every pinned record is looked for at each exchange."""

    key = "too_many_pins"
    text = "You have pinned {most} records. Unpin some first."


def scope_id(user_id: UUID, device: str) -> UUID:
    """The one id of a device's rules."""
    return derived_id(user_id, device, "device_scope")


def pin_id(user_id: UUID, device: str, record_id: UUID) -> UUID:
    """The one id of a pin."""
    return derived_id(user_id, device, record_id, "pin")


def check_days(days: int) -> int:
    """0 for all, or so many; `BadValue` else."""
    if days and not FEWEST_DAYS <= days <= MOST_DAYS:
        raise BadValue(field="days", value=days, hint=f"From {FEWEST_DAYS} to {MOST_DAYS:,}, or 0 for all.")
    return days


def check_groups(groups: list[UUID]) -> list[str]:
    """The ids as they are kept; `BadValue` when they are too many."""
    if len(groups) > MOST_GROUPS:
        raise BadValue(field="groups", value=len(groups), hint=f"At most {MOST_GROUPS}.")
    return sorted({group.hex for group in groups})
