"""Which fields of a contact stand on their own, and how its use of a number is named."""

from uuid import UUID

from app.kernel.ids import derived_id

EDITABLE = frozenset({
    "name", "account_id", "job_title", "language", "time_zone", "pinned_note", "is_vip", "tags",
})  # fmt: skip


def link_id(contact_id: UUID, identity_id: UUID) -> UUID:
    """The one id of a person's use of a number or address."""
    return derived_id(contact_id, identity_id, "uses")
