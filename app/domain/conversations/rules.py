"""What a conversation may become, and when an answer is due."""

from datetime import datetime, timedelta

from app.kernel.errors import BadValue

CHANNELS = ("voice", "email", "sms", "whatsapp", "chat", "social")
EDITABLE = frozenset({"tags"})
STATUSES = ("open", "pending", "snoozed", "resolved")
REPLY_TARGETS = {"email": timedelta(hours=4), "sms": timedelta(hours=1), "whatsapp": timedelta(hours=1)}
PREVIEW_LENGTH = 140


def check_status(status: str) -> str:
    """The status, if there is such a one."""
    if status not in STATUSES:
        raise BadValue(field="status", value=status, hint=f"One of: {', '.join(STATUSES)}.")
    return status


def check_channel(channel: str) -> str:
    """The channel, if there is such a one."""
    if channel not in CHANNELS:
        raise BadValue(field="channel", value=channel, hint=f"One of: {', '.join(CHANNELS)}.")
    return channel


def reply_due(channel: str, now: datetime) -> datetime | None:
    """When the customer should have an answer to what came in now."""
    target = REPLY_TARGETS.get(channel)
    return now + target if target else None


def preview_of(text: str) -> str:
    """The first words, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW_LENGTH else f"{line[: PREVIEW_LENGTH - 1]}…"
