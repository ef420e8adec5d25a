"""Which roots have left somebody's sight since a cursor."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from app.kernel.log import ScopeExit
from app.kernel.permissions import Keys
from app.kernel.record import KINDS, Root, root_of
from app.protocol.cursor import Cursor, Place
from app.protocol.sight import Sight
from server.sync.news import form_of, on_device, values_of

IDS_AT_ONCE = 500


class Left(NamedTuple):
    """Roots with all that is below them; and kinds of rows below roots that stay."""

    roots: list[tuple[str, UUID]]
    below: list[tuple[str, UUID]]


def left(connection: Connection, tenant_id: UUID, start: Cursor, place: Place) -> Left:
    """What a replica that stood at `start` must forget when it stands where the place ends."""
    told = Left([], [])
    for kind, ids in _suspects(connection, tenant_id, start, place).items():
        gone = ids - _still(connection, tenant_id, kind, ids, place.sight)
        told.roots.extend((kind, each) for each in sorted(gone))
        for child in _narrower_below(kind, place.sight):
            hidden = ids - gone - _still(connection, tenant_id, child, ids, place.sight)
            told.below.extend((child, each) for each in sorted(hidden))
    return told


def _suspects(connection: Connection, tenant_id: UUID, start: Cursor, place: Place) -> dict[str, set[UUID]]:
    """Roots that a key has lost; what a sight has lost as a whole the console finds out by itself (`Page.purge`)."""
    if not start.version:
        return {}
    keys = _keys(start.sight) | _keys(place.sight)
    exits = connection.execute(
        select(ScopeExit.kind, ScopeExit.record_id).where(
            ScopeExit.tenant_id == tenant_id, ScopeExit.version > start.version, ScopeExit.version <= place.version,
            ScopeExit.key.in_(keys),
        )
    ).all()  # fmt: skip
    found: dict[str, set[UUID]] = {}
    for kind, record_id in exits:
        found.setdefault(kind, set()).add(record_id)
    return found


def _keys(sight: Sight) -> Keys:
    return sight.keys.union(*(keys for keys in sight.apart.values() if keys is not None))


def _still(connection: Connection, tenant_id: UUID, kind: str, ids: Iterable[UUID], sight: Sight) -> set[UUID]:
    """Those of the roots by which rows of the kind are on the device."""
    root, form = root_of(KINDS[kind]), form_of(kind, sight)
    if root is None:
        return set(ids)
    values, still = values_of(kind, form, sight), set[UUID]()
    for some in _parts(list(ids)):
        mine = (root.tenant_id == tenant_id, root.id.in_(some), on_device(root, form))
        still |= set(connection.execute(select(root.id).where(*mine), values).scalars())
    return still


def _narrower_below(kind: str, sight: Sight) -> list[str]:
    return [
        name for name, record in KINDS.items()
        if not issubclass(record, Root) and root_of(record) is KINDS[kind] and sight.of(name) != sight.of(kind)
    ]  # fmt: skip


def _parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    return (ids[at : at + IDS_AT_ONCE] for at in range(0, len(ids), IDS_AT_ONCE))
