"""The index on SQLite: the entries, their words counted, and FTS5 over them, which keeps no text of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, MetaData, Table, insert, select, text
from sqlalchemy.types import NullType

from app.domain.search.entries import Entry
from app.domain.search.matching import fts5
from app.domain.search.rules import Query

META = MetaData()
TEXTS = ("title", "who", "body", "more")
ENTRY = Table("search_entry", META, *(Column(name, NullType()) for name in ("doc", "id", *TEXTS)))
WORD = Table("search_word", META, Column("word", NullType()), Column("docs", NullType()))
FTS = Table("search_fts", META, *(Column(name, NullType()) for name in ("rowid", *TEXTS, "search_fts", "rank")))
TABLES = (
    "CREATE TABLE search_entry (doc INTEGER PRIMARY KEY, id BLOB NOT NULL, title TEXT NOT NULL, who TEXT NOT NULL,"
    " body TEXT NOT NULL, more TEXT NOT NULL)",
    "CREATE TABLE search_word (word TEXT PRIMARY KEY, docs INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE search_fts USING fts5(title, who, body, more, content='search_entry', content_rowid='doc',"
    " tokenize='ascii', columnsize=0)",  # folded texts are parted at blanks only; prefix= made it four times as slow
)
INDEXES = ("CREATE INDEX IF NOT EXISTS search_entry_by_id ON search_entry (id)",)
DROPS = ("DROP TABLE IF EXISTS search_fts", "DROP TABLE IF EXISTS search_word", "DROP TABLE IF EXISTS search_entry")
CHUNK = 500
NOT_COUNTED = ""  # stands among the words while the index is being made
LAST = "\U0010ffff"  # stands behind every word that begins alike
JOINED_PAGES = 200  # some hundredths of a second
SECURE_SINCE = (3, 42)
_PUT = "INSERT INTO search_fts (rowid, title, who, body, more) VALUES (?, ?, ?, ?, ?)"
_DROP = "INSERT INTO search_fts (search_fts, rowid, title, who, body, more) VALUES (?, ?, ?, ?, ?, ?)"
_COUNT = "INSERT INTO search_word VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET docs = docs + excluded.docs"
_MATCHING = "SELECT rowid FROM search_fts WHERE search_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC"
_LISTED = "SELECT doc FROM search_entry WHERE doc BETWEEN ? AND ? ORDER BY doc DESC"
_WORDS = "SELECT word FROM search_word WHERE word >= ? AND word < ? ORDER BY docs DESC, word LIMIT ?"
_NEAR = (
    "SELECT word, docs FROM search_word WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ? ORDER BY docs DESC LIMIT ?"
)


class SqliteIndex:
    """The index in one SQLite file, read and written in the caller's transaction."""

    def __init__(self, connection: Connection, *, is_joined_later: bool = False) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection  # small questions take longer on their way than to answer
        self._is_joined_later = is_joined_later
        self.is_unjoined = False  # words were dropped that stand in the file until its parts are joined

    # ── written ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self, ids: Iterable[bytes]) -> list[Entry]:
        """The entries of these records."""
        return [Entry(*row) for row in self._among("SELECT doc, id, title, who, body, more FROM search_entry WHERE id", ids)]

    def taken(self, docs: Iterable[int]) -> set[int]:
        """Those of the numbers that are in use."""
        return {doc for (doc,) in self._among("SELECT doc FROM search_entry WHERE doc", docs)}

    def _among(self, asked: str, values: Iterable[Any]) -> Iterator[Any]:
        """By the driver itself, here and below: what is between costs more than the work."""
        wanted = list(values)
        for start in range(0, len(wanted), CHUNK):
            some = tuple(wanted[start : start + CHUNK])
            yield from self._driver.execute(f"{asked} IN ({','.join('?' * len(some))})", some).fetchall()

    def put(self, entries: Sequence[Entry]) -> None:
        """Hold new entries."""
        if entries := sorted(entries):  # FTS5 writes a part of its own for each number that is not greater than the one before
            self._run("INSERT INTO search_entry VALUES (?, ?, ?, ?, ?, ?)", [tuple(entry) for entry in entries])
            self._run(_PUT, [(entry.doc, *entry.texts) for entry in entries])

    def drop(self, entries: Sequence[Entry]) -> None:
        """Hold them no longer; FTS5 must be told what stood there."""
        if entries := sorted(entries):
            self._run(_DROP, [("delete", entry.doc, *entry.texts) for entry in entries])
            self._run("DELETE FROM search_entry WHERE doc = ?", [(entry.doc,) for entry in entries])

    def turn(self, old: Sequence[Entry], new: Sequence[Entry], words: Mapping[str, int]) -> None:
        """Hold the new ones instead of the old, and add to the counts of words."""
        self.drop(old)
        self.put(new)
        self.count_words(words)

    def wipe(self, entries: Sequence[Entry], *, is_most: bool) -> None:
        """Drop them so that nothing of them is left in the file.

        When they are very many, the parts of FTS5 are joined later or it is made anew: overwriting takes ten times as long.
        """
        if is_most and self._is_joined_later:
            self.drop(entries)
            self.is_unjoined = True
        elif is_most:
            self._run("DELETE FROM search_entry WHERE doc = ?", [(entry.doc,) for entry in entries])
            self.rebuild()
        else:
            self._set_secure(is_secure=True)
            self.drop(entries)
            self._set_secure(is_secure=False)

    def rebuild(self) -> None:
        """Make FTS5 anew from the entries."""
        self._connection.execute(insert(FTS).values(search_fts="rebuild"))

    def join_some(self, *, is_first: bool) -> bool:
        """Join some pages of FTS5's parts, the first time beginning with all of them; whether there are more to join."""
        before = self._driver.total_changes
        self._connection.execute(insert(FTS).values(search_fts="merge", rank=-JOINED_PAGES if is_first else JOINED_PAGES))
        return bool(self._driver.total_changes - before > 1)  # as FTS5 says that it found nothing more to do

    def _set_secure(self, *, is_secure: bool) -> None:
        """Whether dropped words are overwritten in place; SQLite can since 3.42."""
        if self._connection.dialect.dbapi is None or self._connection.dialect.dbapi.sqlite_version_info < SECURE_SINCE:
            return
        self._connection.execute(insert(FTS).values(search_fts="secure-delete", rank=int(is_secure)))

    def count_words(self, more: Mapping[str, int]) -> None:
        """Add to the counts of words; a word that stands nowhere any more is forgotten."""
        if counted := [(word, docs) for word, docs in more.items() if docs]:
            self._run(_COUNT, counted)
        if fewer := [(word,) for word, docs in more.items() if docs < 0]:
            self._run("DELETE FROM search_word WHERE word = ? AND docs <= 0", fewer)

    def _run(self, statement: str, rows: list[Any]) -> None:
        self._driver.executemany(statement, rows)

    def entry_count(self) -> int:
        """About how many entries there are."""
        return int(self._connection.execute(text("SELECT count(*) FROM search_entry")).scalar_one())

    # ── read ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def passes(self, query: Query) -> list[str]:
        """What is asked one after the other."""
        is_counted = self._driver.execute("SELECT 1 FROM search_word WHERE word = ?", (NOT_COUNTED,)).fetchone() is None
        return fts5(query, self._words if is_counted else None)

    def spread(self, match: str, ranges: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
        """The greatest numbers that match in each of some ranges that do not overlap; all match nothing said.

        Opening a question in FTS5 costs more than going on in it: so one goes down over all ranges, and begins anew only where
        a range has enough.
        """
        found: dict[tuple[int, int], list[int]] = {each: [] for each in ranges}
        waiting = sorted(found)  # the last is the next
        while waiting:
            bounds = (waiting[0][0], waiting[-1][1])
            rows = self._driver.execute(_MATCHING, (match, *bounds)) if match else self._driver.execute(_LISTED, bounds)
            _sort_in(rows, waiting, found, most)
            rows.close()
        return [found[each] for each in ranges]

    def ids(self, docs: Sequence[int]) -> dict[int, UUID]:
        """The records that are held under these numbers."""
        found: dict[int, UUID] = {}
        for start in range(0, len(docs), CHUNK):
            some = docs[start : start + CHUNK]
            asked = f"SELECT doc, id FROM search_entry WHERE doc IN ({','.join('?' * len(some))})"  # noqa: S608  # question marks
            found.update((doc, UUID(bytes=key)) for doc, key in self._driver.execute(asked, some))
        return found

    def _words(self, prefix: str, most: int) -> list[str]:
        """The words that begin like this, most frequent first."""
        return [word for (word,) in self._driver.execute(_WORDS, (prefix, prefix + LAST, most))]

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        """Words of about this length that begin with its first or its second letter, and how many records have them."""
        found: dict[str, int] = {}
        for first in dict.fromkeys(word[:2]):
            found.update(self._driver.execute(_NEAR, (first, first + LAST, len(word) - 2, len(word) + 2, most)).fetchall())
        return list(found.items())

    def is_known(self, word: str) -> bool:
        """Whether any record has the word."""
        return self._connection.execute(select(WORD.c.word).where(WORD.c.word == word)).first() is not None


def _sort_in(
    rows: Iterable[tuple[int]], waiting: list[tuple[int, int]], found: dict[tuple[int, int], list[int]], most: int
) -> None:
    """Numbers, greatest first, into their ranges, until one has enough or none is left; what waits is what is not yet known."""
    for (doc,) in rows:
        while waiting and doc < waiting[-1][0]:
            waiting.pop()
        if not waiting or doc > waiting[-1][1]:
            return
        docs = found[waiting[-1]]
        docs.append(doc)
        if len(docs) == most:
            waiting.pop()
            return
    waiting.clear()
