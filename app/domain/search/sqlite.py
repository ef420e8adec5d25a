"""The index on SQLite: the entries, their words counted, and FTS5 over them, which keeps no text of its own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, MetaData, Table, bindparam, delete, insert, select, text
from sqlalchemy.dialects.sqlite import insert as upsert
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
VOCABULARY = "CREATE VIRTUAL TABLE temp.search_vocabulary USING fts5vocab(main, search_fts, row)"
INDEXES = ("CREATE INDEX IF NOT EXISTS search_entry_by_id ON search_entry (id)",)
DROPS = ("DROP TABLE IF EXISTS search_fts", "DROP TABLE IF EXISTS search_word", "DROP TABLE IF EXISTS search_entry")
CHUNK = 500
LAST = "\U0010ffff"  # stands behind every word that begins alike
SECURE_SINCE = (3, 42)
_MATCHING = "SELECT rowid FROM search_fts WHERE search_fts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC"
_LISTED = "SELECT doc FROM search_entry WHERE doc BETWEEN ? AND ? ORDER BY doc DESC"
_WORDS = "SELECT word FROM search_word WHERE word >= ? AND word < ? ORDER BY docs DESC, word LIMIT ?"
_NEAR = (
    "SELECT word, docs FROM search_word WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ? ORDER BY docs DESC LIMIT ?"
)


class SqliteIndex:
    """The index in one SQLite file, read and written in the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection  # small questions take longer on their way than to answer

    # ── written ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self, ids: Iterable[bytes]) -> list[Entry]:
        """The entries of these records."""
        wanted, found = list(ids), list[Entry]()
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            found += (Entry(*row) for row in self._connection.execute(select(ENTRY).where(ENTRY.c.id.in_(some))))
        return found

    def taken(self, docs: Iterable[int]) -> set[int]:
        """Those of the numbers that are in use."""
        wanted, found = list(docs), set[int]()
        for start in range(0, len(wanted), CHUNK):
            some = select(ENTRY.c.doc).where(ENTRY.c.doc.in_(wanted[start : start + CHUNK]))
            found.update(self._connection.execute(some).scalars())
        return found

    def put(self, entries: Sequence[Entry]) -> None:
        """Hold new entries."""
        if entries:
            self._connection.execute(insert(ENTRY), [entry._asdict() for entry in entries])
            rows = [{"rowid": entry.doc, **dict(zip(TEXTS, entry.texts, strict=True))} for entry in entries]
            self._connection.execute(insert(FTS).values({name: bindparam(name) for name in ("rowid", *TEXTS)}), rows)

    def drop(self, entries: Sequence[Entry]) -> None:
        """Hold them no longer; FTS5 must be told what stood there."""
        if entries:
            rows = [{"doc": entry.doc, **dict(zip(TEXTS, entry.texts, strict=True))} for entry in entries]
            command = {"search_fts": "delete", "rowid": bindparam("doc"), **{name: bindparam(name) for name in TEXTS}}
            self._connection.execute(insert(FTS).values(command), rows)
            self._connection.execute(
                delete(ENTRY).where(ENTRY.c.doc == bindparam("gone")), [{"gone": row["doc"]} for row in rows]
            )

    def wipe(self, entries: Sequence[Entry], *, is_most: bool) -> None:
        """Drop them so that nothing of them is left in the file, with the rest of FTS5 made anew when they are very many."""
        if is_most:
            docs = [{"gone": entry.doc} for entry in entries]
            self._connection.execute(delete(ENTRY).where(ENTRY.c.doc == bindparam("gone")), docs)
            self.rebuild()
            return
        self._set_secure(is_secure=True)
        self.drop(entries)
        self._set_secure(is_secure=False)

    def rebuild(self) -> None:
        """Make FTS5 anew from the entries."""
        self._connection.execute(insert(FTS).values(search_fts="rebuild"))

    def _set_secure(self, *, is_secure: bool) -> None:
        """Whether dropped words are overwritten in place, which takes ten times as long; SQLite can since 3.42."""
        if self._connection.dialect.dbapi is None or self._connection.dialect.dbapi.sqlite_version_info < SECURE_SINCE:
            return
        self._connection.execute(insert(FTS).values(search_fts="secure-delete", rank=int(is_secure)))

    def count_words(self, more: Mapping[str, int]) -> None:
        """Add to the counts of words; a word that stands nowhere any more is forgotten."""
        rows = [{"word": word, "docs": docs} for word, docs in more.items() if docs]
        if rows:
            added = upsert(WORD).values(word=bindparam("word"), docs=bindparam("docs"))
            self._connection.execute(
                added.on_conflict_do_update(index_elements=["word"], set_={"docs": WORD.c.docs + added.excluded.docs}), rows
            )
        if fewer := [{"gone": word} for word, docs in more.items() if docs < 0]:
            self._connection.execute(delete(WORD).where(WORD.c.word == bindparam("gone"), WORD.c.docs <= 0), fewer)

    def entry_count(self) -> int:
        """About how many entries there are."""
        return int(self._connection.execute(text("SELECT count(*) FROM search_entry")).scalar_one())

    # ── read ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def passes(self, query: Query) -> list[str]:
        """What is asked one after the other."""
        return fts5(query, self._words)

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
