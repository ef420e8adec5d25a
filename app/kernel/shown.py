"""Which fields of what is answered show which columns: what is hidden from somebody is left out, not shown as empty."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET
from sqlalchemy.orm import InstrumentedAttribute

from app.kernel.permissions import Actor
from app.kernel.record import Record

S = TypeVar("S", bound=type[msgspec.Struct])
Columns = frozenset[tuple[str, str]]  # kind and column; a field shows something of each
SHOWN: dict[type, dict[str, Columns]] = {}


def shows(kind: type[Record], **others: "InstrumentedAttribute[Any]") -> Callable[[S], S]:
    """Says of a struct that its fields are the columns of the same name of this kind, but for those given."""

    def register(struct: S) -> S:
        own = kind.__table__.columns.keys()
        found = {name: frozenset({(kind.__tablename__, name)}) for name in struct.__struct_fields__ if name in own}
        SHOWN[struct] = found | {name: frozenset({(column.class_.__tablename__, column.key)}) for name, column in others.items()}
        return struct

    return register


def without_hidden(answer: Any, actor: Actor) -> Any:
    """The answer without the fields that are hidden from the actor."""
    return answer if actor.access.is_open else _without(answer, actor)


def fields_shown(kind: type[msgspec.Struct], actor: Actor) -> tuple[str, ...]:
    """The fields of a struct that the actor is shown."""
    hidden = SHOWN.get(kind, {})
    return tuple(
        field
        for field in kind.__struct_fields__
        if not any(column in actor.hidden(of) for of, column in hidden.get(field, frozenset()))
    )


def _without(value: Any, actor: Actor) -> Any:
    if isinstance(value, list):
        return [_without(each, actor) for each in value]
    if not isinstance(value, msgspec.Struct):
        return value
    gone = {
        field: UNSET
        for field, columns in SHOWN.get(type(value), {}).items()
        if any(column in actor.hidden(kind) for kind, column in columns)
    }
    below = {
        field: _without(inner, actor)
        for field in value.__struct_fields__
        if field not in gone and isinstance(inner := getattr(value, field), list | msgspec.Struct)
    }
    return msgspec.structs.replace(value, **below, **gone) if gone or below else value
