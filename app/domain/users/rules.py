"""Agent states, and what an e-mail address of a person must look like."""

from app.kernel.errors import BadValue

STATES = ("available", "busy", "on_call", "wrap_up", "away", "break", "offline")


def check_state(state: str) -> str:
    """The state, if there is such a one."""
    if state not in STATES:
        raise BadValue(field="state", value=state, hint=f"One of: {', '.join(STATES)}.")
    return state
