"""The index on PostgreSQL: entries with a tsvector under GIN, words under trigrams.

Row-level security keeps both indexes from being used by a plain query: their operators are not leakproof, so every row of the
tenant would be looked at. The two questions that need them are functions of the migration, which look at `app.tenant` themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domain.search.entries import Entry, kind_of
from app.domain.search.matching import tsquery
from app.domain.search.rules import Query
from app.kernel.columns import Key
from app.kernel.database import write_index
from app.kernel.many import json_rows

TEXTS = ("title", "who", "body", "more")
MOST_POSITIONS, GAP = 16_000, 8  # PostgreSQL counts no further; no phrase reaches from one part into the next
META = MetaData()
ENTRY = Table(
    "search_entry", META, Column("tenant_id", Key), Column("doc", BigInteger), Column("id", Key),
    *(Column(name, Text) for name in TEXTS), Column("words", TSVECTOR),
)  # fmt: skip
WORD = Table("search_word", META, Column("tenant_id", Key), Column("word", Text), Column("docs", BigInteger))
# Built once: building a statement costs as much as asking it.
_TENANT = select(func.current_setting("app.tenant").cast(Key))
_MINE = ENTRY.c.tenant_id == bindparam("tenant", type_=Key())
_KNOWN = select(*(ENTRY.c[name] for name in ("doc", "id", *TEXTS))).where(_MINE, ENTRY.c.id.in_(bindparam("ids", expanding=True)))
_TAKEN = select(ENTRY.c.doc).where(_MINE, ENTRY.c.doc.in_(bindparam("docs", expanding=True)))
_PUT = insert(ENTRY)
_DROP = delete(ENTRY).where(_MINE, ENTRY.c.doc.in_(bindparam("docs", expanding=True)))
_ADDED = upsert(WORD)
_COUNT = _ADDED.on_conflict_do_update(index_elements=["tenant_id", "word"], set_={"docs": WORD.c.docs + _ADDED.excluded.docs})
# Joined with nothing: PostgreSQL may take a workspace that it has not counted for one row, and look through all words for each.
_FORGET = delete(WORD).where(
    WORD.c.tenant_id == bindparam("tenant", type_=Key()), WORD.c.word.in_(bindparam("words", expanding=True)), WORD.c.docs <= 0
)
# A change's entries and words in one question.
_TURN = """
WITH given AS (
    SELECT * FROM json_to_recordset(%(entries)s::json)
    AS given (doc bigint, id uuid, title text, who text, body text, more text, words text)
), gone AS (
    DELETE FROM search_entry AS held WHERE held.tenant_id = %(tenant)s AND held.doc = ANY (%(gone)s::bigint[])
), put AS (
    INSERT INTO search_entry (tenant_id, doc, id, title, who, body, more, words)
    SELECT %(tenant)s, doc, id, title, who, body, more, words::tsvector FROM given
    ON CONFLICT (tenant_id, doc) DO UPDATE SET id = excluded.id, title = excluded.title, who = excluded.who,
    body = excluded.body, more = excluded.more, words = excluded.words
)
INSERT INTO search_word (tenant_id, word, docs)
SELECT %(tenant)s, word, docs FROM unnest(%(words)s::text[], %(docs)s::bigint[]) AS more (word, docs) ORDER BY word
ON CONFLICT (tenant_id, word) DO UPDATE SET docs = search_word.docs + excluded.docs
"""
_FOUND = text("SELECT doc FROM search_find(CAST(:match AS tsquery), :low, :high, :most)")
_NEAR = text("SELECT word, docs FROM search_near(:word, :most)")


class PostgresqlIndex:
    """The index of the tenant whose transaction this is."""

    def __init__(self, connection: Connection, tenant_id: UUID | None = None) -> None:
        self._connection = connection
        self._tenant: UUID = tenant_id or connection.execute(_TENANT).scalar_one()

    # ── written ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self, ids: Iterable[Any]) -> list[Entry]:
        """The entries of these records."""
        return [Entry(*row) for row in self._connection.execute(_KNOWN, {"tenant": self._tenant, "ids": list(ids)})]

    def taken(self, docs: Iterable[int]) -> set[int]:
        """Those of the numbers that are in use."""
        return set(self._connection.execute(_TAKEN, {"tenant": self._tenant, "docs": list(docs)}).scalars())

    def put(self, entries: Sequence[Entry]) -> None:
        """Hold new entries."""
        if entries:
            rows = [{"tenant_id": self._tenant, **entry._asdict(), "words": self._vector(entry)} for entry in entries]
            self._connection.execute(_PUT, rows)

    def drop(self, entries: Sequence[Entry]) -> None:
        """Hold them no longer."""
        if entries:
            self._connection.execute(_DROP, {"tenant": self._tenant, "docs": [entry.doc for entry in entries]})

    def turn(self, old: Sequence[Entry], new: Sequence[Entry], words: Mapping[str, int]) -> None:
        """Hold the new ones instead of the old, and add to the counts of words."""
        counted = sorted((word, docs) for word, docs in words.items() if docs)
        if not (old or new or counted):
            return
        gone = {entry.doc for entry in old} - {entry.doc for entry in new}
        rows = [{**entry._asdict(), "words": self._vector(entry)} for entry in new]
        values = {
            "tenant": self._tenant, "entries": json_rows(rows), "gone": list(gone), "words": [word for word, _ in counted],
            "docs": [docs for _, docs in counted],
        }  # fmt: skip
        write_index(self._connection, _TURN, values)
        if fewer := [word for word, docs in counted if docs < 0]:
            self._connection.execute(_FORGET, {"tenant": self._tenant, "words": fewer})

    def wipe(self, entries: Sequence[Entry], *, is_most: bool) -> None:  # noqa: ARG002  # a server's file is nobody's copy
        """Drop them; the database's own vacuum takes what is left."""
        self.drop(entries)

    def count_words(self, more: Mapping[str, int]) -> None:
        """Add to the counts of words, in one order, so that two writers never wait for each other."""
        rows = [{"tenant_id": self._tenant, "word": word, "docs": docs} for word, docs in sorted(more.items()) if docs]
        if rows:
            self._connection.execute(_COUNT, rows)

    def entry_count(self) -> int:
        """Nothing here depends on it."""
        return 0

    def _vector(self, entry: Entry) -> Any:
        """As PostgreSQL writes one; the words are letters and digits, and of ours, so nothing needs to be escaped."""
        found, place = [f"'{self._mark(entry.doc)}'"], 1
        for name, weight in zip(TEXTS, "ABCD", strict=True):
            for word in getattr(entry, name).split():
                found.append(f"'{word}':{min(place, MOST_POSITIONS)}{weight}")
                place += 1
            place += GAP
        return " ".join(found)

    def _mark(self, doc: int) -> str:
        """A word that all entries of one tenant's kind have and no others: GIN begins with few rows where many tenants live."""
        return f"{self._tenant.hex}.{kind_of(doc)}"

    # ── read ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def passes(self, query: Query) -> list[str]:
        """What is asked one after the other."""
        return tsquery(query)

    def spread(self, match: str, ranges: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
        """The greatest numbers that match in each of some ranges; all match nothing said."""
        return [self._greatest(match, low, high, most) for low, high in ranges]

    def _greatest(self, match: str, low: int, high: int, most: int) -> list[int]:
        if not match:
            mine = (ENTRY.c.tenant_id == self._tenant, ENTRY.c.doc.between(low, high))
            listed = select(ENTRY.c.doc).where(*mine).order_by(ENTRY.c.doc.desc()).limit(most)
            return list(self._connection.execute(listed).scalars())
        values = {"match": f"'{self._mark(high)}' & ({match})", "low": low, "high": high, "most": most}
        return list(self._connection.execute(_FOUND, values).scalars())

    def ids(self, docs: Sequence[int]) -> dict[int, UUID]:
        """The records that are held under these numbers."""
        asked = select(ENTRY.c.doc, ENTRY.c.id).where(ENTRY.c.tenant_id == self._tenant, ENTRY.c.doc.in_(docs))
        return {row.doc: row.id for row in self._connection.execute(asked)}

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        """Words that share letters with this one, and how many records have them."""
        return [(each, docs) for each, docs in self._connection.execute(_NEAR, {"word": word, "most": most})]

    def is_known(self, word: str) -> bool:
        """Whether any record has the word."""
        asked = select(WORD.c.word).where(WORD.c.tenant_id == self._tenant, WORD.c.word == word)
        return self._connection.execute(asked).first() is not None
