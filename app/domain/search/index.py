"""Keeps the index equal to the records: after each change to some, and all at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID
from zlib import crc32

from sqlalchemy import Connection, Select, select, type_coerce
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

    def entry_count(self) -> int:
        """About how many entries there are."""


class Keeper:
    """Refreshes one tenant's index in the transaction of the records' own change."""

    def __init__(self, index: Index, connection: Connection, tenant_id: UUID) -> None:
        self._index, self._connection, self._tenant = index, connection, _raw(connection, tenant_id)

    def refresh(self, changed: Mapping[str, Iterable[Any]]) -> None:
        """These records, by kind, were written, deleted or removed; ids as the database's driver gives them."""
        gone, old, new = list[Entry](), list[Entry](), list[Entry]()
        for kind in searched_kinds():
            if ids := list(changed.get(kind, ())):
                self._compare(kind, ids, gone, old, new)
        self._write(gone, old, new)

    def _compare(self, kind: str, ids: list[Any], gone: list[Entry], old: list[Entry], new: list[Entry]) -> None:
        known = {entry.id: entry for entry in self._index.known(ids) if kind_of(entry.doc) == kind}
        maker, fresh = Maker(kind), list[Sequence[Any]]()
        for row in self._rows(kind, ids):
            before = known.pop(row[0], None)
            if before is None:
                fresh.append(row)
                continue
            is_near = abs(before.doc - doc_at(kind, row[2])) < KEEPS_ITS_PLACE
            entry = maker.entry(row, before.doc)
            if entry == before and is_near:
                continue
            (gone if _lost(before, entry) else old).append(before)
            if is_near:
                new.append(entry)
            else:
                fresh.append(row)
        gone += known.values()
        new += (maker.entry(row, doc) for row, doc in self._placed(kind, fresh))

    def _rows(self, kind: str, ids: list[Any]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(ids), CHUNK):
            some = self._asked(kind).where(type_coerce(KINDS[kind].id, NullType()).in_(ids[start : start + CHUNK]))
            yield from self._connection.execute(some)

    def _asked(self, kind: str) -> Select[Any]:
        table = KINDS[kind].__table__
        raw = [type_coerce(table.c[name], NullType()).label(f"c{place}") for place, name in enumerate(columns(kind))]
        return select(*raw).where(type_coerce(table.c.tenant_id, NullType()) == self._tenant, table.c.deleted_at.is_(None))

    def _placed(self, kind: str, rows: list[Sequence[Any]]) -> Iterator[tuple[Sequence[Any], int]]:
        """Each with a number of its own, near its time."""
        waiting = [(row, doc_at(kind, row[2]), crc32(_bytes(row[0]))) for row in rows]
        used, number = set[int](), 0
        while waiting:
            away = (1 << number // ROUNDS_A_STEP) - 1  # a minute with thousands of records flows over into those behind it
            wanted = [(row, base, at, base + away * SLOTS + (at + number * STEP) % SLOTS) for row, base, at in waiting]
            used |= self._index.taken(doc for *_, doc in wanted)
            waiting, number = [], number + 1
            for row, base, at, doc in wanted:
                if doc in used:
                    waiting.append((row, base, at))
                else:
                    used.add(doc)
                    yield row, doc

    def _write(self, gone: list[Entry], old: list[Entry], new: list[Entry]) -> None:
        if gone:
            is_many = len(gone) >= MANY_DROPPED and len(gone) * DROPS_A_REBUILD > self._index.entry_count()
            self._index.wipe(gone, is_most=is_many)
        self._index.drop(old)
        self._index.put(new)
        words: Counter[str] = Counter()
        for entry in new:
            words.update(entry.words)
        for entry in (*gone, *old):
            words.subtract(entry.words)
        self._index.count_words(words)

    def build(self) -> Iterator[list[Entry]]:
        """Entries of all records there are, some thousands at a time, for an index that holds none."""
        slots = Slots()
        for kind in searched_kinds():
            maker = Maker(kind)
            asked = self._connection.execute(self._asked(kind).execution_options(yield_per=BUILT_AT_ONCE))
            for rows in asked.partitions():
                yield maker.entries(rows, [slots.next(kind, row[2]) for row in rows])


def _lost(before: Entry, after: Entry) -> bool:
    """Whether a whole part is gone: a column that may be seen no longer."""
    return any(old and not new for old, new in zip(before.texts, after.texts, strict=True))


def _bytes(key: Any) -> bytes:
    return key.bytes if isinstance(key, UUID) else bytes(key)


def _raw(connection: Connection, tenant_id: UUID) -> Any:
    return tenant_id if connection.dialect.name == "postgresql" else tenant_id.bytes
