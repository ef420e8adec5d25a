"""What a note hangs on."""

from uuid import UUID

from app.kernel.errors import BadValue

LONGEST = 20_000  # characters


def check_subject(contact_id: UUID | None, conversation_id: UUID | None, call_id: UUID | None) -> None:
    """A note hangs on something."""
    if contact_id is None and conversation_id is None and call_id is None:
        raise BadValue(field="contact_id", value="(empty)", hint="Name a contact, a conversation or a call.")
