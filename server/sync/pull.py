"""Pulls: everything in sight that is newer than a cursor, page by page, resumable at each."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, select

from app.kernel.log import Tenant
from app.kernel.record import KINDS, root_of
from app.protocol.cursor import Cursor, MustResnapshot, Place, Stage, layout_now
from app.protocol.envelopes import Block, Page
from app.protocol.sight import Sight, is_less
from server.sync.gain import Gain, gain
from server.sync.leaving import left
from server.sync.news import (
    HIGHEST_ID,
    LOWEST_ID,
    ORDER,
    any_news,
    columns_of,
    counts,
    fetch,
    form_of,
    newer_on_device,
    news,
    steps,
    values_of,
    veiled,
)

PAGE_ROWS = 2_000
PAGE_BYTES = 1 << 20
_encoder = msgspec.msgpack.Encoder()


class Stand(NamedTuple):
    """The change number; that up to which tombstones may be gone; that before which a replica has perhaps another past."""

    change: int
    purged: int
    restored: int

    @property
    def oldest(self) -> int:
        """A replica that stands before it begins anew."""
        return max(self.purged, self.restored)


class Pull:
    """One tenant as one device sees it, in one snapshot; gives the page after any cursor."""

    def __init__(
        self, connection: Connection, tenant_id: UUID, sight: Sight, server_us: int, *,
        rows: int = PAGE_ROWS, size: int = PAGE_BYTES, order: int = ORDER,
    ) -> None:  # fmt: skip
        self._order, self._steps = order, steps(order)
        self._connection, self._tenant_id, self._sight, self._server_us = connection, tenant_id, sight, server_us
        self._rows, self._bytes = rows, size
        self._layout = layout_now()

    def page(self, start: Cursor, *, is_first: bool = True) -> Page:
        """What comes next for a replica that stands at `start`; its end has no place when there is no more.

        Of each answer the first says how many rows are left.
        """
        begun = self._continued(start)
        place = begun or self._begin(start)
        blocks, rest = self._fill(place, self._gains(start))
        total = self._left(place) if is_first else 0
        if rest is not None:
            end = Cursor(start.version, start.sight, self._layout, rest)
            return Page(start=start, end=end, server_us=self._server_us, blocks=blocks, total=total)
        told = left(self._connection, self._tenant_id, start, place)
        return Page(
            start=start, end=Cursor(place.version, place.sight, self._layout), server_us=self._server_us, blocks=blocks,
            forget=told.roots, forget_below=told.below, purge=place.purge, purged=self._stand.purged, total=total,
        )  # fmt: skip

    # ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _continued(self, start: Cursor) -> Place | None:
        """Where the pull broke off, unless sight or layout have changed since."""
        place = start.place
        is_past = place is None or self._stand.restored <= place.version <= self._stand.change
        if place is not None and not (is_past and place.order == self._order):
            raise MustResnapshot
        if place is None or start.layout != self._layout or place.sight != self._sight:
            return None
        if 0 < place.since < self._stand.oldest:
            raise MustResnapshot
        return place if (place.kind, place.stage) in self._steps else None

    def _begin(self, start: Cursor) -> Place:
        version = self._stand.change
        if start.version > version or 0 < start.version < self._stand.oldest:
            raise MustResnapshot
        seen = [(start.sight, start.version > 0)]
        purge = False
        if start.place is not None:  # some of what it was to bring is there already
            seen.append((start.place.sight, True))
            purge = start.place.purge
        purge = purge or any(is_there and is_less(before, self._sight) for before, is_there in seen)
        since = start.version if start.layout == self._layout else 0
        kind, stage = self._steps[0]
        return _at(Place(since, version, self._sight, purge, kind, stage, 0, b"", self._order), kind, stage)

    @cached_property
    def _stand(self) -> Stand:
        mine = select(Tenant.change, Tenant.purged, Tenant.restored).where(Tenant.id == self._tenant_id)
        return Stand(*self._connection.execute(mine).one())

    def _left(self, place: Place) -> int:
        order = [kind for kind, stage in self._steps if stage == "new"]
        later = order[order.index(place.kind) + 1 :]
        is_first = not place.since
        here = self._count([place.kind], place.after_version, is_first=is_first) if place.stage == "new" else 0
        return here + (self._count(later, place.since, is_first=is_first) if later else 0)

    def _count(self, kinds: Sequence[str], since: int, *, is_first: bool) -> int:
        values = {"tenant": self._tenant_id, "since": since}
        found = self._connection.execute(counts(tuple(kinds)), values).one()
        newer = zip(kinds, found, strict=True)
        return sum(self._in_sight(kind, since, count, is_first=is_first) for kind, count in newer if count)

    def _in_sight(self, kind: str, since: int, count: int, *, is_first: bool) -> int:
        """Nobody is told of others, and a bar comes to its end. In a first download what hangs below others is very much: about
        as large a share of it as of those.
        """
        form, root = form_of(kind, self._sight), root_of(KINDS[kind])
        if root is None or not (form.needs_key or form.has_floor):
            return count
        values = {"tenant": self._tenant_id, "since": since, **values_of(kind, form, self._sight)}
        if not is_first or root is KINDS[kind]:
            return self._ask(newer_on_device(kind, form), values)
        whole = self._ask(counts((root.__tablename__,)), {**values, "since": 0})
        return count * self._ask(newer_on_device(root.__tablename__, form), {**values, "since": 0}) // max(whole, 1)

    def _ask(self, count: Select[Any], values: dict[str, Any]) -> int:
        return int(self._connection.execute(count, values).scalar_one())

    def _gains(self, start: Cursor) -> dict[str, Gain]:
        if not start.version:
            return {kind: Gain() for kind in KINDS}
        return {kind: gain(start.sight, self._sight, kind) for kind in KINDS}

    def _is_needed(self, place: Place, gained: Gain, fresh: set[str]) -> bool:
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

    def _fill(self, place: Place, gains: dict[str, Gain]) -> tuple[list[Block], Place | None]:
        """Blocks until the page is full, and the place after them; no place when all is told."""
        blocks: list[Block] = []
        rows, size = 0, 0
        order, fresh = self._steps, self._fresh(place.since)
        for kind, stage in order[order.index((place.kind, place.stage)) :]:
            if (kind, stage) != (place.kind, place.stage):
                place = _at(place, kind, stage)
            if not self._is_needed(place, gains[kind], fresh):
                continue
            names = columns_of(kind, self._sight.hidden_of(kind))
            for chunk in self._chunks(place, gains[kind], self._rows - rows):
                raw = _encoder.encode(veiled(kind, chunk, self._sight))
                blocks.append(Block(kind, names, msgspec.Raw(raw)))
                rows, size = rows + len(chunk), size + len(raw)
                place = _after(place, chunk[-1], names)
                if rows >= self._rows or size >= self._bytes:
                    return blocks, place
        return blocks, None

    def _chunks(self, place: Place, gained: Gain, limit: int) -> Iterator[Sequence[Any]]:
        form = form_of(place.kind, self._sight)
        values = {
            "tenant": self._tenant_id, "after_version": place.after_version, "after_id": UUID(bytes=place.after_id),
            "until": place.version if place.stage == "new" else place.since, "limit": limit,
            **values_of(place.kind, form, self._sight), **_values_of_stage(place, gained),
        }  # fmt: skip
        return fetch(self._connection, news(place.kind, place.stage, form), place.kind, values, form.hidden)


def _values_of_stage(place: Place, gained: Gain) -> dict[str, Any]:
    match place.stage:
        case "new":
            return {}
        case "moved":
            return {"since": place.since}
        case "gained":
            return {"gained": list(gained.keys), "below": gained.below, "gained_pins": list(gained.pins)}


def _at(place: Place, kind: str, stage: Stage) -> Place:
    """The beginning of a step: new rows are those after `since`, the others those up to it."""
    version, record_id = (place.since, HIGHEST_ID) if stage == "new" else (-1, LOWEST_ID)
    return msgspec.structs.replace(place, kind=kind, stage=stage, after_version=version, after_id=record_id.bytes)


def _after(place: Place, row: Sequence[Any], names: list[str]) -> Place:
    return msgspec.structs.replace(place, after_version=row[names.index("version")], after_id=row[names.index("id")])
