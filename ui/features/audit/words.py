"""What was changed, in words: fields, values, and one change as "field: before → after"."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from app.desk.rights import guarded_words, right_words
from app.desk.tagging import turn_text
from app.desk.wording import field_word, language_word
from app.domain.audit.queries import AuditRow
from app.kernel.permissions import EVERYTHING
from app.kernel.set_words import turn_of
from app.kernel.words import tr
from ui.features.when import moment_text

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
BARE_ID = re.compile(r"[0-9a-f]{32}")
NOBODY: Mapping[str, str] = MappingProxyType({})
MOST_SHOWN = 160  # characters of a value
FOLLOWS = frozenset({
    "assigned_at", "last_message_at", "last_direction", "preview", "preview_kind", "message_count", "is_unread", "deleted_at",
    "share_count", "custom",
})  # fmt: skip # what follows from an act and is not what somebody meant by it
SHOWN_FIRST = ("name", "title", "subject", "text", "email")


NOTHING: tuple[Any, ...] = (None, "", False, 0, {}, [], ())  # what is not told of a new record


def step_words(
    field: str, before: Any, after: Any, now: datetime, names: Mapping[str, str] = NOBODY, *, is_new: bool = False
) -> tuple[str, str]:
    """A field before and after; of a set what came and went, and of a new record only what it was given."""
    if is_gone(before, after):
        return "" if is_new else tr("erased"), tr("erased")
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not is_new:
        return _changed_part(before, after)
    if isinstance(after, list | tuple) or (isinstance(before, list | tuple) and after is None):
        return "", turn_text(turn_of(before, after))
    return "" if is_new else field_words(field, before, now, names), field_words(field, after, now, names)


def field_words(field: str, value: Any, now: datetime, names: Mapping[str, str] = NOBODY) -> str:
    """The value of this field as people read it."""
    return language_word(value) if field == "language" and value else value_words(value, now, names)


def value_words(value: Any, now: datetime, names: Mapping[str, str] = NOBODY) -> str:
    """A field's value as people read it; `names` are those of people, by their ids."""
    match value:
        case None | "":
            return tr("(empty)")
        case bool():
            return tr("Yes") if value else tr("No")
        case str() if ID.fullmatch(value):
            return names.get(value, f"{value[:8]}…")
        case str():
            return _text(value, now)
        case Mapping() | list() | tuple():
            return cut(_many_words(value) or tr("(empty)"))
        case _:
            return str(value)


def _many_words(value: Any) -> str:
    """Names with values, the words of a set, or whatever else a column holds."""
    if isinstance(value, Mapping):
        return "; ".join(_pair_words(name, told) for name, told in _flat(value).items() if told not in NOTHING)
    is_set = all(isinstance(each, str) for each in value)
    return ", ".join(value) if is_set else msgspec.json.encode(value).decode()


def _changed_part(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """Of many names with values, such as the rights of a role, only those that are no longer the same."""
    old, new = _flat(before), _flat(after)
    other = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    sides = ("; ".join(_pair_words(name, side.get(name)) for name in other) for side in (old, new))
    was, now = (cut(words) or tr("(empty)") for words in sides)
    return was, now


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """The names within names beside the others."""
    found: dict[str, Any] = {}
    for name, told in value.items():
        if name.endswith("_us"):  # when it was done, which the row says
            continue
        found |= _flat(told) if isinstance(told, Mapping) else {name: told}
    return found


def _pair_words(name: str, value: Any) -> str:
    """A right and how far it reaches, a field and whether it is hidden; anything else as it is called."""
    said = tr("none") if value in NOTHING else _part_words(value)
    if ":" in name or name == EVERYTHING:
        return f"{right_words(name)}: {said}"
    kind, dot, field = name.partition(".")
    return f"{guarded_words(kind, field) if dot else field_word(name)}: {said}"


def _part_words(value: Any) -> str:
    if isinstance(value, list | tuple):
        is_said = all(isinstance(each, str) and not BARE_ID.fullmatch(each) for each in value)
        return ", ".join(value) if is_said else str(len(value))
    return tr("Yes") if value is True else str(value).replace("_", " ")


def _text(value: str, now: datetime) -> str:
    if len(value) >= 20 and value[4:5] == "-" and value[10:11] == "T":
        try:
            return moment_text(datetime.fromisoformat(value), now)
        except ValueError:
            return cut(value)
    return cut(" ".join(value.split()))


def cut(text: str) -> str:
    """No longer than a line or two."""
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def changes_words(
    fields: Mapping[str, tuple[Any, Any]], now: datetime, names: Mapping[str, str] = NOBODY, *, is_new: bool
) -> list[tuple[str, str, str]]:
    """Each changed field with its value before and after; of a new record only what it was given."""
    shown = [
        (field, before, after)
        for field, (before, after) in fields.items()
        if is_gone(before, after) or not is_new or after not in NOTHING
    ]
    shown.sort(key=lambda each: SHOWN_FIRST.index(each[0]) if each[0] in SHOWN_FIRST else len(SHOWN_FIRST))
    return [(field_word(field), *step_words(field, before, after, now, names, is_new=is_new)) for field, before, after in shown]


def way_words(row: AuditRow) -> str:
    """How somebody came to have a record before them."""
    ways = {"console": tr("in the console"), "api": tr("over the API"), "history": tr("what was done with it")}
    return ways.get(str(row.fields.get("way", (None, ""))[1]), "")


def is_gone(before: Any, after: Any) -> bool:
    """Whether what stood there went when a person was erased: only then both are nothing."""
    return before is None and after is None
