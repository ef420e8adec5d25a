"""Names and short texts that a person must give, and how several names are said."""

from collections.abc import Sequence

from app.kernel.errors import BadValue
from app.kernel.patch import clean_text


def required(field: str, text: str, *, at_most: int = 500) -> str:
    """The text without blanks around it; `BadValue` when nothing is left or it is too long."""
    cleaned = clean_text(field, text).strip()
    if not cleaned:
        raise BadValue(field=field, value="(empty)", hint="Write something.")
    if len(cleaned) > at_most:
        raise BadValue(field=field, value=f"{cleaned[:40]}…", hint=f"At most {at_most} characters.")
    return cleaned


def listed(names: Sequence[str], *, at_most: int = 3) -> str:
    """Several names in a sentence: "Ana, Ben and 4 more"."""
    shown, more = names[:at_most], len(names) - at_most
    return f"{', '.join(shown)} and {more} more" if more > 0 else ", ".join(shown)
