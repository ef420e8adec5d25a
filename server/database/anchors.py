"""The audit's last rows as they were noted down outside of the database: whoever writes the end of the chain anew, or cuts it
off, would have to write here too, and has not the key.

A file for each tenant, beside the secret key: a line for each noted row, signed, with where the beginning was cut last. Read it
before the database: what is noted was committed by then. A cut that was made since, here or on another machine, is known by its
own signature.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from app.kernel.errors import PatchbayError
from app.kernel.ids import new_id
from app.kernel.log import Audit, AuditCut
from app.kernel.trail import Head
from server.database.place import Place
from server.database.trail_check import Cut, head_of
from server.database.vault import VARIABLE, open_vault

PURPOSE = "audit anchors"
CUT_PURPOSE = "audit cuts"
NO_CUT = Head()
MOST_KEPT = 1_000  # lines; of more every second one of the older half goes


class BadAnchors(PatchbayError):
    """What was noted down cannot be believed."""

    key = "bad_anchors"
    text = "What is noted down of the audit outside of the database cannot be believed ({file}): {why}"


class Rewritten(PatchbayError):
    """The row that was noted down last is not in the audit any more."""

    key = "audit_rewritten"
    text = "Row {seq} of the audit, noted down outside of the database, is gone or another. Run: patchbay-server audit verify."


class ForgedCut(PatchbayError):
    """The beginning of the audit was cut by somebody else than the server."""

    key = "audit_cut_forged"
    text = "The rows up to {seq} were not cut by this server: nothing of it is noted down outside of the database, or signed."


class Anchor(msgspec.Struct, frozen=True, omit_defaults=True):
    """One noted row, and the last that was cut off by then (none: of row 0); `mark` signs all of it and the tenant."""

    seq: int
    hash: str
    noted_us: int
    mark: str = ""
    cut_seq: int = 0
    cut_hash: str = ""  # empty in lines of an older version, which knows nothing of cuts

    def signed(self, key: bytes, tenant_id: UUID) -> str:
        """What `mark` must be."""
        cut = f":{self.cut_seq}:{self.cut_hash}" if self.cut_hash else ""
        return hmac.digest(key, f"{tenant_id}:{self.seq}:{self.hash}:{self.noted_us}{cut}".encode(), hashlib.sha256).hex()


class Noted(NamedTuple):
    """What is noted of a tenant's audit: its rows, oldest first, and the last that was cut off (nothing: none was noted yet)."""

    rows: Sequence[Head] = ()
    cut: Head | None = None


class Anchors:
    """Those of all tenants of a place. Several processes may note at once: the next note makes up for a lost one."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def file(self, tenant_id: UUID) -> Path:
        """Where a tenant's stand."""
        return self._place.anchors / f"{tenant_id}.jsonl"

    def read(self, tenant_id: UUID) -> Noted:
        """What is noted; `BadAnchors` when some of it was not written by a server with this key."""
        file = self.file(tenant_id)
        if not file.exists():
            return Noted()
        if VARIABLE not in os.environ and not self._place.key_file.exists():
            raise BadAnchors(file=file, why="the secret key that signed it is not here.")
        key, found = self._key(), self._lines(file)
        if not all(hmac.compare_digest(each.mark, each.signed(key, tenant_id)) for each in found):
            raise BadAnchors(file=file, why="this server's key did not sign it.")
        cuts = [Head(each.cut_seq, bytes.fromhex(each.cut_hash)) for each in found if each.cut_hash]
        return Noted([Head(each.seq, bytes.fromhex(each.hash)) for each in found], max(cuts, default=None))

    def note(self, tenant_id: UUID, head: Head, now_us: int, cut: Head = NO_CUT) -> None:
        """Add a row, with where the audit begins, or nothing when one as late is there; on the disk when this returns."""
        file = self.file(tenant_id)
        known = self._lines(file) if file.exists() else []
        if known and known[-1].seq >= head.seq:
            return
        line = Anchor(head.seq, head.hash.hex(), now_us, cut_seq=cut.seq, cut_hash=cut.hash.hex())
        lines = _thinned([*known, msgspec.structs.replace(line, mark=line.signed(self._key(), tenant_id))])
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

    def set_aside(self, tenant_id: UUID, now_us: int) -> None:
        """Keep what is noted under another name, where nobody asks it: the next note begins anew."""
        file = self.file(tenant_id)
        if file.exists():
            file.rename(file.with_name(f"{file.stem}.until-{now_us}"))

    def settle(self, tenant_id: UUID) -> None:
        """Have the disk hold all that was committed: on SQLite a power cut may take what stands in the log alone."""
        if self._place.is_sqlite:
            file = self._place.tenant_file(tenant_id)
            with suppress(FileNotFoundError), file.with_name(f"{file.name}-wal").open("rb") as log:
                os.fsync(log.fileno())

    def sign_cut(self, tenant_id: UUID, cut: Head) -> bytes:
        """What tells a cut that a server with this key makes from any other."""
        key = open_vault(self._place.key_file).derive(CUT_PURPOSE)
        return hmac.digest(key, f"{tenant_id}:{cut.seq}:{cut.hash.hex()}".encode(), hashlib.sha256)

    def check_cut(self, tenant_id: UUID, cut: Cut | None, noted: Noted) -> Head:
        """Where the audit may begin; `ForgedCut` when the database says another place, and has no signature for it.

        Of a workspace for which no cut was noted yet (an older version signed none) it is what the database says.
        """
        if noted.cut is None:
            return cut.last if cut else NO_CUT
        if cut is None or cut.last.seq < noted.cut.seq or cut.last == noted.cut:  # an older copy: that much was cut rightly since
            return noted.cut
        if cut.mark is None or not hmac.compare_digest(cut.mark, self.sign_cut(tenant_id, cut.last)):
            raise ForgedCut(seq=cut.last.seq)
        return cut.last

    def _key(self) -> bytes:
        return open_vault(self._place.key_file).derive(PURPOSE)

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


def _thinned(lines: list[Anchor]) -> list[Anchor]:
    half = MOST_KEPT // 2
    return lines if len(lines) <= MOST_KEPT else [*lines[:-half][::2], *lines[-half:]]
