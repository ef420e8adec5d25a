"""How far a message has come: states only go forward."""

ORDER = {"received": 0, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "read": 5}


def may_become(state: str, new: str) -> bool:
    """Whether a message in this state can be said to be in the new one; late and doubled reports are not."""
    if new == "failed":
        return state in {"queued", "sending", "sent"}
    if new == "queued":
        return state in {"failed", "sending"}
    return new in ORDER and ORDER.get(state, 0) < ORDER[new] and state != "received"


def has_not_left(state: str) -> bool:
    """Whether nobody outside can have the message."""
    return state in {"queued", "failed"}


def reply_subject(subject: str) -> str:
    """The subject of an answer."""
    return subject if subject.lower().startswith("re:") or not subject else f"Re: {subject}"
