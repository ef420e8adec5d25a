"""How calls are named, how they go on, and how they end."""

from uuid import UUID

from app.kernel.errors import BadValue
from app.kernel.ids import derived_id

STATES = ("ringing", "active", "ended")
OUTCOMES = ("answered", "missed", "declined", "failed", "cancelled", "voicemail")
DISPOSITIONS = ("resolved", "follow_up", "escalated", "callback", "misrouted", "no_reply")
STILL_OPEN = frozenset({"follow_up", "callback", "escalated"})  # these leave the conversation open


def call_id_of(tenant_id: UUID, sip_call_id: str) -> UUID:
    """The one id of a call, whoever logs it first."""
    return derived_id(tenant_id, "call", sip_call_id)


def conversation_id_of(call_id: UUID) -> UUID:
    """The one conversation that a call is."""
    return derived_id(call_id, "conversation")


def leg_id_of(call_id: UUID, role: str, number: str) -> UUID:
    """The one id of a party's part."""
    return derived_id(call_id, role, number)


def check_disposition(disposition: str) -> str:
    """The disposition, if there is such a one."""
    if disposition not in DISPOSITIONS:
        raise BadValue(field="disposition", value=disposition, hint=f"One of: {', '.join(DISPOSITIONS)}.")
    return disposition


def goes_on(state: str, new: str) -> bool:
    """Whether a call in this state can be said to be in the new one; a call never goes back."""
    if new not in STATES:
        raise BadValue(field="state", value=new, hint=f"One of: {', '.join(STATES)}.")
    return STATES.index(new) > STATES.index(state)


def preview_kind_of(state: str, outcome: str | None, direction: str) -> str:
    """What the inbox says of a call: a key that the screen translates."""
    if state != "ended":
        return f"call.{state}"
    return f"call.{outcome or 'missed'}.{direction}"
