"""Who else is at a conversation, in words with their age."""

from collections.abc import Sequence
from datetime import datetime

from app.desk.presence import TYPING, Doing
from app.kernel.words import tr


def others_text(others: Sequence[Doing], now: datetime) -> str:
    """ "Maya Kapoor is writing, 4 s ago · Tom looks at this, 2 min ago"; "" when nobody is."""
    return " · ".join(_one(each, now) for each in others)


def _one(doing: Doing, now: datetime) -> str:
    seconds = max(0, int((now - doing.at).total_seconds()))
    age = tr("{0} s ago").replace("{0}", str(seconds)) if seconds < 60 else tr("{0} min ago").replace("{0}", str(seconds // 60))
    words = tr("{0} is writing, {1}") if doing.doing == TYPING else tr("{0} is looking at this, {1}")
    return words.replace("{0}", doing.name).replace("{1}", age)
