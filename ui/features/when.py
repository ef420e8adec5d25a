"""Times, ages and durations as people read them, in their own zone."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.kernel.words import tr

SOON = timedelta(minutes=20)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def age_text(at: datetime, now: datetime) -> str:
    """How long ago: now, 2m, 3h, Yesterday, Mon, 12 Nov, Nov 2025; or how long yet: in 2h. `now` carries the person's zone."""
    past = now - at
    if past < timedelta(minutes=-1):
        return tr("in {0}").replace("{0}", _span(-past))
    if past < timedelta(minutes=1):
        return tr("now")
    if past < timedelta(hours=1):
        return f"{past.seconds // 60}m"
    return _day_age(at.astimezone(now.tzinfo), now, past)


def _day_age(local: datetime, now: datetime, past: timedelta) -> str:
    days = (now.date() - local.date()).days
    if days == 0:
        return f"{past.seconds // 3600}h"
    if days == 1:
        return tr("Yesterday")
    if days < 7:
        return tr(WEEKDAYS[local.weekday()])
    month = tr(MONTHS[local.month - 1])
    return f"{local.day} {month}" if now.year == local.year else f"{month} {local.year}"


def clock_text(at: datetime, zone: tzinfo | None) -> str:
    """The time of day: 10:42."""
    return at.astimezone(zone).strftime("%H:%M")


def day_text(at: datetime, now: datetime) -> str:
    """The day in words: Today, Yesterday, Monday 2 November."""
    local = at.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return tr("Today")
    if days == 1:
        return tr("Yesterday")
    year = "" if local.year == now.year else f" {local.year}"
    return f"{tr(WEEKDAYS[local.weekday()])} {local.day} {tr(MONTHS[local.month - 1])}{year}"


def moment_text(at: datetime, now: datetime) -> str:
    """Day and time: 10:42, Yesterday 16:20, Mon 9 Nov 11:50."""
    local = at.astimezone(now.tzinfo)
    clock = local.strftime("%H:%M")
    return clock if local.date() == now.date() else f"{day_text(at, now)} {clock}"


def month_text(at: datetime, now: datetime) -> str:
    """The month as a heading: November 2026."""
    local = at.astimezone(now.tzinfo)
    return f"{tr(MONTH_NAMES[local.month - 1])} {local.year}"


def local_text(now: datetime, zone: str | None) -> str:
    """What time it is where somebody is, and where that is: "11:42, Rome"; "" when it is not known."""
    if not zone:
        return ""
    try:
        clock = clock_text(now, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    place = zone.rpartition("/")[2].replace("_", " ") if "/" in zone else ""
    return f"{clock}, {place}" if place else clock


def duration_text(seconds: float) -> str:
    """A length: 0:42, 12:05, 1:02:09."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def deadline_text(at: datetime, now: datetime) -> str:
    """A due time, short: 16:00, Tomorrow 09:00, Mon 09:00, 12 Nov, Nov 2027."""
    local = at.astimezone(now.tzinfo)
    days, clock = (local.date() - now.date()).days, local.strftime("%H:%M")
    if days == 0:
        return clock
    if days in {-1, 1}:
        return f"{tr('Tomorrow') if days == 1 else tr('Yesterday')} {clock}"
    if abs(days) < 7:
        return f"{tr(WEEKDAYS[local.weekday()])} {clock}"
    month = tr(MONTHS[local.month - 1])
    return f"{local.day} {month}" if local.year == now.year else f"{month} {local.year}"


def due_text(due_at: datetime | None, now: datetime) -> tuple[str, str]:
    """Time left and its tone: ("18m", "warning"), ("2h", "muted"), ("−4m", "danger"); ("", "") when nothing is due."""
    if due_at is None:
        return "", ""
    left = due_at - now
    if left < timedelta(0):
        return f"−{_span(-left)}", "danger"
    return _span(left), "warning" if left < SOON else "muted"


def _span(span: timedelta) -> str:
    if span < timedelta(hours=1):
        return f"{max(1, int(span.total_seconds() // 60))}m"  # never "0m": seconds before and after are no state of their own
    if span < timedelta(days=1):
        return f"{int(span.total_seconds() // 3600)}h"
    return f"{span.days}d"


def call_text(detail: str, queue: str, duration_s: int | None) -> str:
    """A call of the timeline in words: "Call · 4:12 · Billing", "Missed call · Billing"."""
    words = {
        "missed.in": tr("Missed call"), "missed.out": tr("No answer"), "declined.in": tr("Declined call"),
        "declined.out": tr("Busy"), "cancelled.in": tr("Missed call"), "cancelled.out": tr("Cancelled call"),
        "failed.in": tr("Call failed"), "failed.out": tr("Call failed"),
        "voicemail.in": tr("Voicemail"), "voicemail.out": tr("Voicemail left"), "ringing.in": tr("Ringing"),
        "active.in": tr("On a call"),
    }  # fmt: skip
    length = duration_text(duration_s) if duration_s is not None else ""
    return " · ".join(part for part in (words.get(detail, tr("Call")), length, queue) if part)
