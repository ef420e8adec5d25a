"""Makes the whole index of a SQLite file: much cheaper than record by record, and in slices where somebody waits."""

from collections.abc import Generator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.domain.search.entries import Maker, Slots, columns, searched, searched_kinds
from app.domain.search.sqlite import DROPS, INDEXES, NOT_COUNTED, TABLES, SqliteIndex

SLICE_ROWS, SLICE_CHARACTERS, SLICE_ORDERED, SLICE_WORDS = 1_500, 1_000_000, 20_000, 1_000  # some hundredths of a second each
READ_ROWS = 250
AT_ONCE_ROWS = 5_000
AT_ONCE_KIB = 128 * 1024  # of cache
ROW_BITS = 40
VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_vocabulary USING fts5vocab(main, search_fts, row)"
SELDOM = (("automerge", 64), ("crisismerge", 1_999))  # every slice makes a part of FTS5: most are joined once, at the end
USUAL = (("automerge", 4), ("crisismerge", 16))
_ENTRY = "INSERT INTO search_entry VALUES (?, ?, ?, ?, ?, ?)"
_FTS = "INSERT INTO search_fts (rowid, title, who, body, more) VALUES (?, ?, ?, ?, ?)"
_SET = "INSERT INTO search_fts (search_fts, rank) VALUES (?, ?)"
_COUNT = "INSERT INTO search_word SELECT term, doc FROM search_vocabulary WHERE term > ? ORDER BY term LIMIT ?"

Slices = Generator[float, Connection, None]  # takes a connection for each slice, and tells how much is done


def empty(connection: Connection) -> None:
    """An index that holds nothing, in the shape that this program knows."""
    driver = _driver(connection)
    for statement in (*DROPS, *TABLES, *INDEXES):
        driver.execute(statement)


def build(connection: Connection, tenant_id: UUID) -> None:
    """All of it in one transaction, for a file that nobody waits for."""
    driver = _driver(connection)
    [usual] = driver.execute("PRAGMA cache_size").fetchone()
    driver.execute(f"PRAGMA cache_size=-{AT_ONCE_KIB}")
    empty(connection)
    made = slices(tenant_id, AT_ONCE_ROWS)
    next(made)
    while go_on(made, connection) is not None:
        pass
    driver.execute(f"PRAGMA cache_size={usual}")


def go_on(made: Slices, connection: Connection) -> float | None:
    """The next slice; how much is done, or nothing when all is."""
    try:
        return made.send(connection)
    except StopIteration:
        return None


def slices(tenant_id: UUID, least_rows: int | None = None) -> Slices:
    """The slices in which an empty index is filled; each may be a transaction of its own, as long as none of them fails.

    Rows that change meanwhile may be in it as they were: refresh them at the end. Until then words are not counted, and what
    begins like a word is found in another way. Numbers of rows must stay what they are, so nothing may be vacuumed.
    """
    connection = yield 0.0
    driver = _driver(connection)
    driver.execute("INSERT INTO search_word VALUES (?, 0)", (NOT_COUNTED,))
    for setting in SELDOM:
        driver.execute(_SET, setting)
    counts = {kind: _last_row(driver, kind) for kind in searched_kinds()}  # about as many, and known at once
    done, total, slots = 0, max(sum(counts.values()), 1), Slots()
    for kind, count in counts.items():
        order = yield from _in_order(driver, kind, tenant_id, done / total)
        many = len(order)
        while order:
            driver = _driver((yield 0.9 * (done + count * (1 - len(order) / many)) / total))
            _put(driver, kind, _taken(driver, kind, order, least_rows or SLICE_ROWS), slots)
        done += count
    yield from _join()


def _in_order(driver: Any, kind: str, tenant_id: UUID, share: float) -> Generator[float, Connection, list[int]]:
    """Numbers of rows by their time, the oldest last: entries lie in this order, and in any other each would touch a page."""
    asked = (
        f'SELECT rowid, "{searched(kind).at}" FROM "{kind}"'  # noqa: S608 - a kind's name
        " WHERE rowid > ? AND rowid <= ? AND +tenant_id = ? AND +deleted_at IS NULL ORDER BY rowid LIMIT ?"
    )
    last = _last_row(driver, kind)  # those that come later have changed
    found, after = list[int](), 0
    while some := driver.execute(asked, (after, last, tenant_id.bytes, SLICE_ORDERED)).fetchall():
        found += [(at << ROW_BITS) + row for row, at in some]
        after = some[-1][0]
        driver = _driver((yield 0.9 * share))
    found.sort(reverse=True)
    return [each & ((1 << ROW_BITS) - 1) for each in found]


def _last_row(driver: Any, kind: str) -> int:
    return int(driver.execute(f'SELECT coalesce(max(rowid), 0) FROM "{kind}"').fetchone()[0])  # noqa: S608 - a kind's name


def _taken(driver: Any, kind: str, order: list[int], most: int) -> list[Sequence[Any]]:
    """The oldest rows, which then are no longer waiting; fewer where their texts are long."""
    names, said = columns(kind), searched(kind)
    bodies = [names.index(name) for name in said.body]
    found, characters = list[Sequence[Any]](), 0
    while order and len(found) < most and characters < SLICE_CHARACTERS:
        some = order[: -READ_ROWS - 1 : -1]
        del order[-READ_ROWS:]
        shown = ", ".join(f'"{name}"' for name in names)
        asked = f'SELECT {shown} FROM "{kind}" WHERE rowid IN ({",".join("?" * len(some))})'  # noqa: S608 - names of ours
        rows = driver.execute(f"{asked} AND +deleted_at IS NULL", some).fetchall()
        found += rows
        characters += sum(len(row[place] or "") for row in rows for place in bodies)
    return found


def _put(driver: Any, kind: str, rows: Sequence[Sequence[Any]], slots: Slots) -> None:
    """In the order of their numbers, without which FTS5 would begin a new part with each."""
    entries = sorted(Maker(kind).entries(rows, [slots.next(kind, row[2]) for row in rows]))
    driver.executemany(_ENTRY, entries)
    driver.executemany(_FTS, [(entry[0], *entry[2:]) for entry in entries])


def _join() -> Slices:
    """All parts of FTS5 into one, and its words counted."""
    connection = yield 0.9
    for setting in USUAL:
        _driver(connection).execute(_SET, setting)
    is_first = is_more = True
    while is_more:
        is_more = SqliteIndex(connection).join_some(is_first=is_first)
        is_first = False
        connection = yield 0.93
    last: str | None = ""
    while last is not None:
        driver = _driver(connection)
        driver.execute(VOCABULARY)
        driver.execute(_COUNT, (last, SLICE_WORDS))
        driver.execute("DROP TABLE temp.search_vocabulary")
        [counted] = driver.execute("SELECT max(word) FROM search_word").fetchone()
        last = None if counted == last else counted
        connection = yield 0.97
    _driver(connection).execute("DELETE FROM search_word WHERE word = ?", (NOT_COUNTED,))


def _driver(connection: Connection) -> Any:
    """The layers between would cost as much as the rows."""
    return connection.connection.driver_connection
