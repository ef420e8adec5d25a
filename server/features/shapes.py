"""Structs for query parameters and bodies, made from the signatures of queries and the fields of commands."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.kernel.command import Command, Ref
from app.kernel.keyset import MOST_ROWS
from app.kernel.record import Record
from app.kernel.set_fields import set_fields
from app.kernel.set_words import Turn

T = TypeVar("T")
LIMIT = Annotated[int, Meta(ge=1, le=MOST_ROWS, description=f"Rows in a page, at most {MOST_ROWS}.")]
PLACE = Annotated[str, Meta(description="Where the page begins: the `next` of the page before.")]
MOMENT = Annotated[datetime, Meta(tz=True)]
WHOLE = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # what the wire and both databases can hold


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `next` is absent at the end and else the `after` of the next page."""

    rows: list[T]
    next: str | None = None


def query_struct(query: Callable[..., Any]) -> type:
    """The keyword arguments of a query, as parameters."""
    hints = get_type_hints(query, include_extras=True)
    found: list[tuple[str, Any, Any]] = []
    for name, parameter in inspect.signature(query).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kind = {"limit": LIMIT, "after": PLACE | None}.get(name, checked(hints[name]))
            is_wanted = parameter.default is inspect.Parameter.empty
            found.append((name, kind, msgspec.NODEFAULT if is_wanted else parameter.default))
    return msgspec.defstruct(f"{query.__name__.title().replace('_', '')}Query", found, kw_only=True, frozen=True)


def body_struct(command: type[Command], bound: Iterable[str]) -> type:
    """The arguments of a command that the path does not give; ids of new records may be left out."""
    hints = get_type_hints(command, include_extras=True)
    found: list[tuple[str, Any, Any] | tuple[str, Any]] = []
    for each in arguments(command):
        kind = checked(hints[each.name])
        if each.name in bound:
            continue
        if each.name == new_record(command):
            found.append((each.name, kind | UnsetType, UNSET))
        elif each.default is MISSING:
            found.append((each.name, kind))
        else:
            found.append((each.name, kind, each.default))
    return msgspec.defstruct(command.__name__, found, kw_only=True, frozen=True, forbid_unknown_fields=True)


def arguments(command: type[Command]) -> list[Field[Any]]:
    """The fields of a command; its base makes each a dataclass, which a type checker does not see."""
    found: dict[str, Field[Any]] = command.__dict__["__dataclass_fields__"]
    return [found[name] for name in inspect.get_annotations(command)]


def new_record(command: type[Command]) -> str | None:
    """The argument that holds the id of the record that the command makes."""
    return next((argument for argument, mark in command.refs if mark.new), None)


def patch_struct(kind: type[Record], editable: frozenset[str]) -> type:
    """Some of the fields of a record; what is left out stays as it is."""
    columns = kind.__mapper__.columns
    found = []
    for name in sorted(editable):
        value = checked(columns[name].type.python_type)
        if name in set_fields(kind.__tablename__):
            value = tuple[str, ...] | Turn
        found.append((name, (value | None if columns[name].nullable else value) | UnsetType, UNSET))
    return msgspec.defstruct(f"{kind.__name__}Patch", found, kw_only=True, frozen=True, forbid_unknown_fields=True)


def given(struct: Any) -> dict[str, Any]:
    """The fields of a struct that were given."""
    found = ((name, getattr(struct, name)) for name in struct.__struct_fields__)
    return {name: value for name, value in found if value is not UNSET}


def checked(hint: Any) -> Any:
    """The type with aware times and bounded numbers in it, and without the kernel's marks."""
    if hint in {datetime, int}:
        return MOMENT if hint is datetime else WHOLE
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kept = [mark for mark in inner[1:] if not isinstance(mark, Ref)]
        return Annotated[(checked(inner[0]), *kept)] if kept else checked(inner[0])
    if origin in {Union, UnionType}:
        return Union[tuple(None if each is NoneType else checked(each) for each in inner)]  # noqa: UP007  # built at run time
    return hint
