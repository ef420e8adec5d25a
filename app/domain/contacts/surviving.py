"""Whom somebody has become: what a laptop that was away says of one who was merged meanwhile is said of the one who stays."""

from uuid import UUID

from app.domain.contacts.records import Contact
from app.kernel.work import UnitOfWork


def survivor_of(work: UnitOfWork, contact_id: UUID | None) -> UUID | None:
    """The one who is left of all merges; who was deleted otherwise, or is not here, stays as named."""
    met: set[UUID] = set()
    while contact_id is not None and contact_id not in met:
        met.add(contact_id)
        contact = work.peek(Contact, contact_id)
        if contact is None or contact.deleted_at is None or contact.merged_into is None:
            break
        contact_id = contact.merged_into
    return contact_id
