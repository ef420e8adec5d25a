"""The audit's last rows as they were noted down outside of the database: whoever writes the end of the chain anew, or cuts it
off, would have to write here too, and has not the key.

A file for each tenant, beside the secret key: a line for each noted row, signed. Read it before the database: what is noted
was committed by then.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from app.kernel.errors import PatchbayError
from app.kernel.ids import new_id
from app.kernel.log import Audit, AuditCut
from app.kernel.trail import Head
from server.database.place import Place
from server.database.trail_check import head_of
from server.database.vault import VARIABLE, open_vault

PURPOSE = "audit anchors"
MOST_KEPT = 1_000  # lines; of more every second one of the older half goes


class BadAnchors(PatchbayError):
    """What was noted down cannot be believed."""

    key = "bad_anchors"
    text = "What is noted down of the audit outside of the database cannot be believed ({file}): {why}"


class Rewritten(PatchbayError):
    """The row that was noted down last is not in the audit any more."""

    key = "audit_rewritten"
    text = "Row {seq} of the audit, noted down outside of the database, is gone or another. Run: patchbay-server audit verify."


class Anchor(msgspec.Struct, frozen=True):
    """One noted row; `mark` signs the others and the tenant."""

    seq: int
    hash: str
    noted_us: int
    mark: str


class Anchors:
    """Those of all tenants of a place. Several processes may note at once: the next note makes up for a lost one."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def file(self, tenant_id: UUID) -> Path:
        """Where a tenant's stand."""
        return self._place.anchors / f"{tenant_id}.jsonl"

    def read(self, tenant_id: UUID) -> list[Head]:
        """The noted rows, oldest first; `BadAnchors` when one was not written by a server with this key."""
        file = self.file(tenant_id)
        if not file.exists():
            return []
        if VARIABLE not in os.environ and not self._place.key_file.exists():
            raise BadAnchors(file=file, why="the secret key that signed it is not here.")
        key, found = open_vault(self._place.key_file).derive(PURPOSE), self._lines(file)
        for each in found:
            if not hmac.compare_digest(each.mark, _mark(key, tenant_id, each.seq, each.hash, each.noted_us)):
                raise BadAnchors(file=file, why="this server's key did not sign it.")
        return [Head(each.seq, bytes.fromhex(each.hash)) for each in found]

    def note(self, tenant_id: UUID, head: Head, now_us: int) -> None:
        """Add a row behind the others, or nothing when it is there; on the disk when this returns."""
        file = self.file(tenant_id)
        known = self._lines(file) if file.exists() else []
        if known and known[-1].seq >= head.seq:
            return
        key, text = open_vault(self._place.key_file).derive(PURPOSE), head.hash.hex()
        lines = _thinned([*known, Anchor(head.seq, text, now_us, _mark(key, tenant_id, head.seq, text, now_us))])
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = file.with_name(f".{file.name}.{new_id().hex}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
                written.writelines(msgspec.json.encode(each) + b"\n" for each in lines)
                written.flush()
                os.fsync(written.fileno())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def settle(self, tenant_id: UUID) -> None:
        """Have the disk hold all that was committed: on SQLite a power cut may take what stands in the log alone."""
        if self._place.is_sqlite:
            file = self._place.tenant_file(tenant_id)
            with suppress(FileNotFoundError), file.with_name(f"{file.name}-wal").open("rb") as log:
                os.fsync(log.fileno())

    @staticmethod
    def _lines(file: Path) -> list[Anchor]:
        try:
            return [msgspec.json.decode(line, type=Anchor) for line in file.read_bytes().splitlines()]
        except msgspec.MsgspecError as error:
            raise BadAnchors(file=file, why="it is damaged.") from error


def head_behind(connection: Connection, tenant_id: UUID, noted: Sequence[Head]) -> Head:
    """The last row; `Rewritten` when the one noted down last is another by now. One that was cut off is past asking."""
    for last in noted[-1:]:
        rows = select(Audit.hash).where(Audit.tenant_id == tenant_id, Audit.seq == last.seq)
        cuts = select(AuditCut.seq).where(AuditCut.tenant_id == tenant_id, AuditCut.seq >= last.seq)
        own = connection.execute(rows).scalar()
        is_cut = own is None and connection.execute(cuts.limit(1)).first() is not None
        if not is_cut and (own is None or bytes(own) != last.hash):
            raise Rewritten(seq=last.seq)
    return head_of(connection, tenant_id)


def _mark(key: bytes, tenant_id: UUID, seq: int, own: str, noted_us: int) -> str:
    return hmac.digest(key, f"{tenant_id}:{seq}:{own}:{noted_us}".encode(), hashlib.sha256).hex()


def _thinned(lines: list[Anchor]) -> list[Anchor]:
    half = MOST_KEPT // 2
    return lines if len(lines) <= MOST_KEPT else [*lines[:-half][::2], *lines[-half:]]
