"""Names and short texts that a person must give."""

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
