"""Sight as a condition: which rows of a root's table have one of the keys that bring them into somebody's sight."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, or_


def in_sight(table: FromClause, keys: Any) -> ColumnElement[bool]:
    """The roots of a table, or of an alias of it, with one of the keys: values, or places for them in a statement."""
    return or_(table.c.team_id.in_(keys), table.c.owner_id.in_(keys))
