"""Sight as a condition: which rows of a root's table have one of the keys that bring them into somebody's sight."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, or_, select

from app.kernel.sharing import Share


@cache
def _shares() -> Any:
    """Made once: an alias with its columns takes longer than the rest of a statement."""
    return Share.__table__.alias("share_in_sight")


def in_sight(table: FromClause, keys: Any) -> ColumnElement[bool]:
    """The roots of a table, or of an alias of it, with one of the keys: values, or places for them in a statement."""
    share = _shares()
    mine = (
        share.c.tenant_id == table.c.tenant_id, share.c.record_id == table.c.id, share.c.deleted_at.is_(None),
        share.c.team_id.in_(keys),
    )  # fmt: skip
    is_shared = and_(table.c.share_count > 0, select(share.c.id).where(*mine).correlate(table).exists())
    return or_(table.c.team_id.in_(keys), table.c.owner_id.in_(keys), table.c.territory_id.in_(keys), is_shared)
