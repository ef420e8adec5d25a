"""Pulls: everything in sight that is newer than a cursor, page by page, resumable at each."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from app.kernel.log import ScopeExit, Tenant
from app.kernel.permissions import Actor, Keys
from app.kernel.record import KINDS
from app.kernel.sight import in_sight
from app.protocol.cursor import Cursor, MustResnapshot, Place, Stage, layout_now
from app.protocol.envelopes import Block, Page
from server.sync.news import HIGHEST_ID, LOWEST_ID, any_news, bound, columns_of, counts, fetch, news, root_of, steps

PAGE_ROWS = 2_000
PAGE_BYTES = 1 << 20
_encoder = msgspec.msgpack.Encoder()


class Pull:
    """One tenant as one person sees it, in one snapshot; gives the page after any cursor."""

    def __init__(
        self, connection: Connection, tenant_id: UUID, actor: Actor, server_us: int, *,
        rows: int = PAGE_ROWS, size: int = PAGE_BYTES,
    ) -> None:  # fmt: skip
        self._connection, self._tenant_id, self._actor, self._server_us = connection, tenant_id, actor, server_us
        self._rows, self._bytes = rows, size
        self._layout = layout_now()

    def page(self, start: Cursor) -> Page:
        """What comes next for a replica that stands at `start`; its end has no place when there is no more."""
        begun = self._continued(start)
        place = begun or self._begin(start)
        blocks, rest = self._fill(place, place.keys - start.keys if start.version else frozenset())
        total = 0 if begun else self._count(place.since)
        if rest is not None:
            end = Cursor(start.version, start.keys, self._layout, rest)
            return Page(start=start, end=end, server_us=self._server_us, blocks=blocks, total=total)
        end = Cursor(place.version, place.keys, self._layout)
        forget = self._left(start, place)
        return Page(
            start=start, end=end, server_us=self._server_us, blocks=blocks, forget=forget, purge=place.purge,
            purged=self._stand[1], total=total,
        )  # fmt: skip

    # ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _continued(self, start: Cursor) -> Place | None:
        """Where the pull broke off, unless sight or layout have changed since."""
        place = start.place
        if place is None or start.layout != self._layout or place.keys != self._actor.keys:
            return None
        if 0 < place.since < self._stand[1]:
            raise MustResnapshot
        return place if (place.kind, place.stage) in steps() else None

    def _begin(self, start: Cursor) -> Place:
        keys = self._actor.keys
        version, purged = self._stand
        if start.version > version or 0 < start.version < purged:
            raise MustResnapshot
        is_same_layout = start.layout == self._layout
        purge = bool(start.keys - keys) or (start.place is not None and (start.place.purge or bool(start.place.keys - keys)))
        since = start.version if is_same_layout else 0
        kind, stage = steps()[0]
        return _at(Place(since, version, keys, purge, kind, stage, 0, b""), kind, stage)

    @cached_property
    def _stand(self) -> tuple[int, int]:
        """The change number, and that up to which tombstones may be gone."""
        row = self._connection.execute(select(Tenant.change, Tenant.purged).where(Tenant.id == self._tenant_id)).one()
        return row.change, row.purged

    def _count(self, since: int) -> int:
        values = {"tenant": self._tenant_id, "since": since}
        return sum(self._connection.execute(counts(tuple(KINDS)), values).one())

    def _is_needed(self, place: Place, gained: Keys, fresh: set[str]) -> bool:
        """Most pulls concern one or two kinds; a first download is all news."""
        if place.stage == "new":
            return place.kind in fresh
        parent = KINDS[place.kind].__parent__
        return place.since > 0 and (bool(gained) if place.stage == "gained" else parent is not None and parent[0] in fresh)

    def _fresh(self, since: int) -> set[str]:
        kinds = tuple(KINDS)
        found = self._connection.execute(any_news(kinds), {"tenant": self._tenant_id, "since": since}).one()
        return {kind for kind, is_fresh in zip(kinds, found, strict=True) if is_fresh}

    # ── what ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _fill(self, place: Place, gained: Keys) -> tuple[list[Block], Place | None]:
        """Blocks until the page is full, and the place after them; no place when all is told."""
        blocks: list[Block] = []
        rows, size = 0, 0
        order, fresh = steps(), self._fresh(place.since)
        for kind, stage in order[order.index((place.kind, place.stage)) :]:
            if (kind, stage) != (place.kind, place.stage):
                place = _at(place, kind, stage)
            if not self._is_needed(place, gained, fresh):
                continue
            for chunk in self._chunks(place, gained, self._rows - rows):
                raw = _encoder.encode(chunk)
                blocks.append(Block(kind, columns_of(kind), msgspec.Raw(raw)))
                rows, size = rows + len(chunk), size + len(raw)
                place = _after(place, chunk[-1])
                if rows >= self._rows or size >= self._bytes:
                    return blocks, place
        return blocks, None

    def _chunks(self, place: Place, gained: Keys, limit: int) -> Any:
        keys = self._actor.sight(place.kind)
        sees_all = keys is None
        query = news(place.kind, place.stage, sees_all=sees_all)
        values = {
            "tenant": self._tenant_id, "after_version": place.after_version, "after_id": UUID(bytes=place.after_id),
            "until": place.version if place.stage == "new" else place.since, "limit": limit,
            "since": place.since, "keys": list(keys or ()), "gained": list(gained),
        }  # fmt: skip
        wanted = _wanted(place.stage, sees_all=sees_all)
        return fetch(self._connection, query, place.kind, {name: values[name] for name in wanted})

    def _left(self, start: Cursor, place: Place) -> list[tuple[str, UUID]]:
        """Roots that left the sight of a key since, and are in sight by no other."""
        if not start.version:
            return []
        exits = self._connection.execute(
            select(ScopeExit.kind, ScopeExit.record_id).where(
                ScopeExit.tenant_id == self._tenant_id, ScopeExit.version > start.version,
                ScopeExit.version <= place.version, ScopeExit.key.in_(start.keys | place.keys),
            )
        ).all()  # fmt: skip
        left: dict[str, set[UUID]] = {}
        for kind, record_id in exits:
            left.setdefault(kind, set()).add(record_id)
        return sorted((kind, each) for kind, ids in left.items() for each in ids - self._still(kind, ids))

    def _still(self, kind: str, ids: set[UUID]) -> set[UUID]:
        root = root_of(KINDS[kind])
        keys = self._actor.sight(kind)
        if root is None or keys is None:
            return ids
        rows = self._connection.execute(
            select(root.id).where(root.tenant_id == self._tenant_id, root.id.in_(ids), in_sight(root.__table__, bound("keys"))),
            {"keys": list(keys)},
        )
        return set(rows.scalars())


def _wanted(stage: Stage, *, sees_all: bool) -> Sequence[str]:
    names = ["tenant", "after_version", "after_id", "until", "limit"]
    if not sees_all:
        names.append("keys")
    return [*names, *{"new": (), "moved": ("since",), "gained": ("gained",)}[stage]]


def _at(place: Place, kind: str, stage: Stage) -> Place:
    """The beginning of a step: new rows are those after `since`, the others those up to it."""
    version, record_id = (place.since, HIGHEST_ID) if stage == "new" else (-1, LOWEST_ID)
    return msgspec.structs.replace(place, kind=kind, stage=stage, after_version=version, after_id=record_id.bytes)


def _after(place: Place, row: Sequence[Any]) -> Place:
    names = columns_of(place.kind)
    return msgspec.structs.replace(place, after_version=row[names.index("version")], after_id=row[names.index("id")])
