"""Keeps the index equal to the records: after each change to some, and all at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol
from uuid import UUID
from zlib import crc32

from sqlalchemy import Connection, Select, bindparam, select, type_coerce
from sqlalchemy.types import NullType

from app.domain.search.entries import KEEPS_ITS_PLACE, SLOTS, Entry, Maker, Slots, columns, doc_at, kind_of, searched_kinds
from app.kernel.record import KINDS

CHUNK = 500
BUILT_AT_ONCE = 5_000
MANY_DROPPED, DROPS_A_REBUILD = 200, 300  # from so many on, dropping one by one may take longer than making all anew
ROUNDS_A_STEP, STEP = 4, 257


class Index(Protocol):
    """What a database must do for it."""

    def known(self, ids: Iterable[Any]) -> list[Entry]:
        """The entries of these records."""

    def taken(self, docs: Iterable[int]) -> set[int]:
        """Those of the numbers that are in use."""

    def put(self, entries: Sequence[Entry]) -> None:
        """Hold new entries."""

    def drop(self, entries: Sequence[Entry]) -> None:
        """Hold them no longer."""

    def wipe(self, entries: Sequence[Entry], *, is_most: bool) -> None:
        """Drop them so that nothing of them is left in the file; `is_most`: they are too many to do it one by one."""

    def count_words(self, more: Mapping[str, int]) -> None:
        """Add to the counts of words."""

    def turn(self, old: Sequence[Entry], new: Sequence[Entry], words: Mapping[str, int]) -> None:
        """Hold the new ones instead of the old, and add to the counts of words: at once, where that costs less."""

    def entry_count(self) -> int:
        """About how many entries there are."""


class Keeper:
    """Refreshes one tenant's index in the transaction of the records' own change."""

    def __init__(self, index: Index, connection: Connection, tenant_id: UUID) -> None:
        self._index, self._connection, self._tenant = index, connection, _raw(connection, tenant_id)

    def refresh(self, changed: Mapping[str, Iterable[Any]]) -> None:
        """These records, by kind, were written, deleted or removed; ids as the database's driver gives them."""
        wanted = {kind: ids for kind in searched_kinds() if (ids := list(changed.get(kind, ())))}
        named = {(kind, key) for kind, ids in wanted.items() for key in ids}
        entries = self._index.known(key for _, key in named)
        known = {key: entry for entry in entries if (key := (kind_of(entry.doc), entry.id)) in named}
        old, new, lost, fresh = list[Entry](), list[Entry](), list[Entry](), list[tuple[Maker, Sequence[Any]]]()
        for kind, ids in wanted.items():
            maker = Maker(kind)
            for row in self._rows(kind, ids):
                before = known.pop((kind, row[0]), None)
                if before is None or abs(before.doc - doc_at(kind, row[2])) >= KEEPS_ITS_PLACE:
                    fresh.append((maker, row))
                if before is not None:
                    self._compare(maker, row, before, old, new, lost)
        new += self._placed(fresh)
        self._write([*lost, *known.values()], old, new)

    @staticmethod
    def _compare(maker: Maker, row: Sequence[Any], before: Entry, old: list[Entry], new: list[Entry], lost: list[Entry]) -> None:
        """What stands there now goes, unless it says the same; it stays at its place while its time does."""
        entry, is_near = maker.entry(row, before.doc), abs(before.doc - doc_at(maker.kind, row[2])) < KEEPS_ITS_PLACE
        if entry == before and is_near:
            return
        (lost if _lost(before, entry) else old).append(before)
        if is_near:
            new.append(entry)

    def _rows(self, kind: str, ids: list[Any]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(ids), CHUNK):
            yield from self._connection.execute(_asked_of(kind), {"tenant": self._tenant, "ids": ids[start : start + CHUNK]})

    def _placed(self, rows: list[tuple[Maker, Sequence[Any]]]) -> Iterator[Entry]:
        """Each with a number of its own, near its time."""
        waiting = [(maker, row, doc_at(maker.kind, row[2]), crc32(_bytes(row[0]))) for maker, row in rows]
        used, number = set[int](), 0
        while waiting:
            away = (1 << number // ROUNDS_A_STEP) - 1  # a minute with thousands of records flows over into those behind it
            wanted = [(*each, each[2] + away * SLOTS + (each[3] + number * STEP) % SLOTS) for each in waiting]
            used |= self._index.taken(doc for *_, doc in wanted)
            waiting, number = [], number + 1
            for maker, row, base, at, doc in wanted:
                if doc in used:
                    waiting.append((maker, row, base, at))
                else:
                    used.add(doc)
                    yield maker.entry(row, doc)

    def _write(self, gone: list[Entry], old: list[Entry], new: list[Entry]) -> None:
        if gone:
            is_many = len(gone) >= MANY_DROPPED and len(gone) * DROPS_A_REBUILD > self._index.entry_count()
            self._index.wipe(gone, is_most=is_many)
        words: Counter[str] = Counter()
        for entry in new:
            words.update(entry.words)
        for entry in (*gone, *old):
            words.subtract(entry.words)
        self._index.turn(old, new, words)

    def build(self) -> Iterator[list[Entry]]:
        """Entries of all records there are, some thousands at a time, for an index that holds none."""
        slots = Slots()
        for kind in searched_kinds():
            maker = Maker(kind)
            asked = _asked(kind).execution_options(yield_per=BUILT_AT_ONCE)
            for rows in self._connection.execute(asked, {"tenant": self._tenant}).partitions():
                yield maker.entries(rows, [slots.next(kind, row[2]) for row in rows])


@cache
def _asked(kind: str) -> Select[Any]:
    """The columns of which entries are made; built once, which takes longer than asking for a few records."""
    table = KINDS[kind].__table__
    raw = [type_coerce(table.c[name], NullType()).label(f"c{place}") for place, name in enumerate(columns(kind))]
    mine = type_coerce(table.c.tenant_id, NullType()) == bindparam("tenant", type_=NullType())
    return select(*raw).where(mine, table.c.deleted_at.is_(None))


@cache
def _asked_of(kind: str) -> Select[Any]:
    return _asked(kind).where(type_coerce(KINDS[kind].id, NullType()).in_(bindparam("ids", expanding=True, type_=NullType())))


def _lost(before: Entry, after: Entry) -> bool:
    """Whether a whole part is gone: a column that may be seen no longer."""
    return any(old and not new for old, new in zip(before.texts, after.texts, strict=True))


def _bytes(key: Any) -> bytes:
    return key.bytes if isinstance(key, UUID) else bytes(key)


def _raw(connection: Connection, tenant_id: UUID) -> Any:
    return tenant_id if connection.dialect.name == "postgresql" else tenant_id.bytes
