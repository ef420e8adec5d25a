"""Agent states, and what an e-mail address of a person must look like."""

from app.kernel.errors import BadValue

STATES = ("available", "busy", "on_call", "wrap_up", "away", "break", "offline")
FORCED = "forced"  # in `custom`: who set the state in somebody's place, and why
LONGEST_REASON = 200  # characters


def check_reason(reason: str) -> str:
    """Why somebody's state is set in their place, as they will read it; it may be left out."""
    said = " ".join(reason.split())
    if len(said) > LONGEST_REASON:
        raise BadValue(field="reason", value=said[:40], hint=f"At most {LONGEST_REASON} characters.")
    return said


def check_state(state: str) -> str:
    """The state, if there is such a one."""
    if state not in STATES:
        raise BadValue(field="state", value=state, hint=f"One of: {', '.join(STATES)}.")
    return state
