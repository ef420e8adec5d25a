"""What only the server holds and the desk asks for: the audit, and what became of a record before this device knew it."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from app.domain.audit.queries import AuditRow
from app.kernel.errors import NeedsServer, NotAllowed, NotHere
from app.sync.errors import ServerAway, ServerTrouble, SignedOut

PAGE = 50
NOT_ALLOWED, NOT_FOUND = 403, 404


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows, and where the next ones begin."""

    rows: list[AuditRow] = []
    next: str | None = None


class Line(Protocol):
    """What this needs of the connection."""

    async def ask(self, path: str, query: dict[str, str]) -> bytes:
        """The answer's body; raises `ServerAway` or `ServerTrouble`."""

    def download(self, path: str, query: dict[str, str]) -> AsyncIterator[bytes]:
        """The answer's body piece by piece; raises the same."""


class Archive:
    """Raises `NeedsServer` when it is out of reach, `NotAllowed` for who may not."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def audit(self, wanted: Mapping[str, Any], after: str | None = None) -> AuditPage:
        """A page of the audit."""
        return await self._page("/audit", {**wanted, "limit": PAGE, "after": after})

    async def acts(self, most: int) -> list[AuditRow]:
        """What one did oneself on any device, latest first: so many rows, or a page more."""
        rows: list[AuditRow] = []
        page = AuditPage(next="")
        while page.next is not None and len(rows) < most:
            page = await self._page("/acts", {"limit": PAGE, "after": page.next}, "undo:create")
            rows += page.rows
        return rows

    async def history(self, kind: str, record_id: UUID, field: str | None = None, after: str | None = None) -> AuditPage:
        """A page of what became of a record, or of one field of it."""
        return await self._page(f"/history/{record_id}", {"kind": kind, "field": field, "limit": PAGE, "after": after})

    def export(self, wanted: Mapping[str, Any], form: str) -> AsyncIterator[bytes]:
        """The whole audit, line by line, as a file."""
        return self._file("/audit/export", wanted, form, "audit:export")

    def records(self, what: str, wanted: Mapping[str, Any], form: str) -> AsyncIterator[bytes]:
        """All "contacts", "accounts", "conversations" or "calls" that fit and that one may export, as a file."""
        return self._file(f"/export/{what}", wanted, form, f"{what.removesuffix('s')}:export")

    def person(self, contact_id: UUID) -> AsyncIterator[bytes]:
        """All that is held about somebody, as far as one may export it: JSON, a record a line."""
        return self._file(f"/export/person/{contact_id}", {}, "json", "contact:export")

    async def _file(self, path: str, wanted: Mapping[str, Any], form: str, permission: str) -> AsyncIterator[bytes]:
        try:
            async for piece in self._line.download(path, written({**wanted, "format": form})):
                yield piece
        except (ServerAway, ServerTrouble, SignedOut) as error:
            raise _plain(error, permission) from error

    async def _page(self, path: str, wanted: Mapping[str, Any], permission: str = "audit:read") -> AuditPage:
        try:
            return msgspec.json.decode(await self._line.ask(path, written(wanted)), type=AuditPage)
        except (ServerAway, ServerTrouble, SignedOut) as error:
            raise _plain(error, permission) from error


def written(wanted: Mapping[str, Any]) -> dict[str, str]:
    """As a query says it."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in wanted.items()
        if value not in (None, "")
    }


def _plain(error: Exception, permission: str = "audit:read") -> Exception:
    if not isinstance(error, ServerTrouble):
        return NeedsServer()
    known = {NOT_ALLOWED: NotAllowed(permission=permission), NOT_FOUND: NotHere(kind="record", id="")}
    return known.get(error.values["status"], error)
