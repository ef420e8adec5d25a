"""What must leave the file when the person sees less, or keeps less on this device; judged by the rows that the server sent."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.kernel.record import KINDS, Root, root_of
from app.protocol.envelopes import Page
from app.protocol.sight import Sight
from app.protocol.veil import veiled_loss
from app.replica.rows import Touches, empty_value

Gone = list[tuple[str, bytes]]


def out_of_sight(connection: Connection, sight: Sight) -> Gone:
    """The server's rows that do not belong here: roots, and rows below roots that stay."""
    gone: Gone = []
    for kind, record in KINDS.items():
        root = root_of(record)
        if root is None or (root is not record and sight.of(kind) == sight.of(root.__tablename__)):
            continue  # it goes with its root
        kept, values = _kept(sight, kind)
        above = "r" if root is not record else "k"
        query = f'SELECT k.id FROM "{kind}" k{_joined(record, root)} WHERE k.version > 0 AND NOT ({kept.format(r=above)})'  # noqa: S608 - names of ours
        gone += [(kind, row[0]) for row in connection.exec_driver_sql(query, values)]
    return gone


def is_aging(page: Page) -> bool:
    """Whether all that goes is what became too old for this device: its person may see it still, so it needs no wiping."""
    before, after = (msgspec.structs.replace(cursor.sight, floor=0) for cursor in (page.start, page.end))
    return before == after and not page.forget and not page.forget_below


def below(connection: Connection, told: list[tuple[str, UUID]]) -> Gone:
    """The rows of some kinds under some roots."""
    gone: Gone = []
    for kind, root_id in told:
        parent = KINDS[kind].__parent__ if kind in KINDS else None
        if parent is not None:
            query = f'SELECT id FROM "{kind}" WHERE "{parent[1]}"=?'  # noqa: S608 - names of ours
            gone += [(kind, row[0]) for row in connection.exec_driver_sql(query, (root_id.bytes,))]
    return gone


def _joined(record: Any, root: type[Root]) -> str:
    if root is record:
        return ""
    return f' JOIN "{root.__tablename__}" r ON r.tenant_id = k.tenant_id AND r.id = k."{record.__parent__[1]}"'


def _kept(sight: Sight, kind: str) -> tuple[str, tuple[Any, ...]]:
    """When a root keeps the kind here, and the values for it."""
    keys, pins, floor = sight.of(kind), sight.pins_of(kind), sight.floor_of(kind)
    values: list[Any] = []
    kept = "1"
    if keys is not None:
        own = [key.bytes for key in keys]
        marks = ",".join("?" * len(own))
        columns = ("owner_id", "team_id", "territory_id")
        keyed = [f"coalesce({{r}}.{column}, x'') IN ({marks})" for column in columns]
        share = f"SELECT 1 FROM share s WHERE s.record_id = {{r}}.id AND s.deleted_at IS NULL AND s.team_id IN ({marks})"  # noqa: S608 - question marks
        kept = f"({' OR '.join(keyed)} OR ({{r}}.share_count > 0 AND EXISTS ({share})))"
        values += own * (len(columns) + 1)
    if floor:
        kept += " AND {r}.version > ?"
        values.append(floor)
    if pins:
        kept = f"({kept}) OR {{r}}.id IN ({','.join('?' * len(pins))})"
        values += [pin.bytes for pin in pins]
    return kept, tuple(values)


def veil(connection: Connection, sight: Sight) -> Touches:
    """Empty what is hidden."""
    touches: Touches = set()
    for kind, name in _hidden(sight):
        value = empty_value(kind, name)
        empty = f'UPDATE "{kind}" SET "{name}"=? WHERE "{name}" IS NOT ? RETURNING id'  # noqa: S608 - names of ours
        emptied = connection.exec_driver_sql(empty, (value, value)).all()
        touches.update(f"{kind}:{key.hex()}" for (key,) in emptied)
        if emptied:
            touches.add(f"{kind}:*")
    return touches | _veil_losses(connection, sight)


def _hidden(sight: Sight) -> Iterator[tuple[str, str]]:
    for kind, names in sight.hidden.items():
        if kind in KINDS:
            yield from ((kind, name) for name in names if name in KINDS[kind].__table__.columns)


def _veil_losses(connection: Connection, sight: Sight) -> Touches:
    touches: Touches = set()
    for kind, names in sight.hidden.items():
        about = connection.exec_driver_sql("SELECT id, field, lost FROM conflict WHERE record_kind=?", (kind,)).all()
        for key, field, lost in about:
            veiled = veiled_loss(lost, field, names)
            if veiled != lost:
                connection.exec_driver_sql("UPDATE conflict SET lost=? WHERE id=?", (veiled, key))
                touches |= {"conflict:*", f"conflict:{key.hex()}"}
    return touches
