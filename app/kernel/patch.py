"""Patches: some fields of a record, as a form or an outside program sends them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.kernel.columns import Words
from app.kernel.errors import BadValue
from app.kernel.record import Record
from app.kernel.set_words import read_words

MAX_TEXT = 100_000  # characters in one field


def read_patch(kind: type[Record], patch: Mapping[str, Any], editable: frozenset[str]) -> dict[str, Any]:
    """The patch with values of the columns' types; `BadValue` names the first field that is unknown or unfit."""
    return {field: _value(kind, field, value, editable) for field, value in patch.items()}


def _value(kind: type[Record], field: str, value: Any, editable: frozenset[str]) -> Any:
    if field not in editable:
        raise BadValue(field=field, value=value, hint=f"Fields that can be set: {', '.join(sorted(editable))}.")
    column = kind.__mapper__.columns[field]
    if value is None:
        if not column.nullable:
            raise BadValue(field=field, value="(empty)", hint="This field can't be empty.")
        return None
    if isinstance(column.type, Words):
        return read_words(field, value)
    try:
        read = msgspec.convert(value, column.type.python_type)
    except msgspec.ValidationError as error:
        raise BadValue(field=field, value=value, hint=str(error)) from error
    return clean_text(field, read) if isinstance(read, str) else read


def clean_text(field: str, text: str) -> str:
    """Text that both databases can hold; `BadValue` when it is too long."""
    if len(text) > MAX_TEXT:
        raise BadValue(field=field, value=f"{text[:40]}…", hint=f"At most {MAX_TEXT:,} characters.")
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
