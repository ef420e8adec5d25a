"""Rows in the making: what the unit of work would have filled in, for records that are written in bulk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any
from uuid import UUID

from sqlalchemy.sql.schema import ScalarElementColumnDefault

import app.domain.nouns
from app.kernel.ids import NAMESPACE
from app.kernel.record import KINDS, Record, Root

assert app.domain.nouns.NOUNS  # its import is what makes every kind known
BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of one kind, each with a value for every column."""

    kind: type[Record]
    rows: list[dict[str, Any]]


def _blank(kind: type[Record]) -> dict[str, Any]:
    columns = kind.__table__.columns
    return {
        column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None for column in columns
    }


class Ledger:
    """Numbers acts like the server does, one change number an act, and gives every row of an act its time and author."""

    def __init__(self, tenant_id: UUID, version: int = 0) -> None:
        self.tenant_id, self.version = tenant_id, version
        self._blanks = {kind: _blank(kind) for kind in KINDS.values()}
        self._roots = frozenset(kind for kind in KINDS.values() if issubclass(kind, Root))
        self._rows: dict[type[Record], list[dict[str, Any]]] = {}
        self._stamp: dict[str, Any] = {}
        self._beginning = NAMESPACE.bytes + f"{tenant_id.hex}\x1fdemo\x1f".encode()

    def id(self, kind: str, name: str | int) -> UUID:
        """The id of the demo's record of this name, the same in every run: `derived_id`, three times as fast."""
        return UUID(bytes=sha1(self._beginning + f"{kind}\x1f{name}".encode(), usedforsecurity=False).digest()[:16], version=5)

    def act(self, at: datetime, by: UUID, *, until: datetime | None = None) -> None:
        """The rows that follow were made by this person at this time, and last changed at `until`."""
        self.version += 1
        self._stamp = {
            "tenant_id": self.tenant_id, "version": self.version, "created_at": at, "created_by": by, "updated_at": until or at,
            "updated_by": by,
        }  # fmt: skip

    def add(self, kind: type[Record], record_id: UUID, /, **values: Any) -> UUID:
        """One record of the present act."""
        row = {**self._blanks[kind], **self._stamp, "id": record_id, **values}
        if kind in self._roots:
            row["scope_version"] = self.version
        self._rows.setdefault(kind, []).append(row)
        return record_id

    def take_full(self) -> Iterator[Batch]:
        """The batches that are full, each once."""
        for kind in [kind for kind, rows in self._rows.items() if len(rows) >= BATCH_ROWS]:
            yield Batch(kind=kind, rows=self._rows.pop(kind))

    def take(self) -> Iterator[Batch]:
        """All that is left."""
        for kind in list(self._rows):
            yield Batch(kind=kind, rows=self._rows.pop(kind))
