"""Hidden fields: whatever a statement says of them, it gets nothing, so that no list, filter or order tells of them."""

from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Boolean, Column, ColumnElement, Select, cast, false, literal, null
from sqlalchemy.sql.visitors import replacement_traverse

from app.kernel.permissions import Access, Actor
from app.kernel.record import KINDS

S = TypeVar("S", bound=Select[Any])
EMPTY: dict[Any, Any] = {str: "", int: 0, dict: {}, tuple[str, ...]: ()}
MOST_KEPT = 512  # statements that are built once are veiled once for each set of roles


def veiled(statement: S, actor: Actor) -> S:
    """The statement as this actor may ask it."""
    return statement if actor.access.is_open else _veiled(statement, actor.access)


@lru_cache(MOST_KEPT)
def _veiled(statement: Any, access: Access) -> Any:
    def instead(element: Any, **_: Any) -> Any:
        if not isinstance(element, Column):
            return None
        kind = _kind_of(element)
        return nothing_in(element).label(element.name) if kind and element.name in access.hidden(kind) else None

    return replacement_traverse(statement, {}, instead)


def _kind_of(column: "Column[Any]") -> str | None:
    """Also of a column of an alias."""
    table: Any = column.table
    name = getattr(getattr(table, "element", table), "name", None)
    return name if name in KINDS else None


def nothing_in(column: "Column[Any]") -> ColumnElement[Any]:
    """What an empty field holds; where a column must hold something, the emptiest of its type."""
    if column.nullable:
        return cast(null(), column.type)
    if isinstance(column.type, Boolean):
        return false()
    return cast(literal(EMPTY[column.type.python_type], column.type), column.type)
