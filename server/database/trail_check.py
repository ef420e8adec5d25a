"""Reads a tenant's audit from where it was cut to its end, and names the first row that is not as it was written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, select, type_coerce
from sqlalchemy.types import Text

from app.kernel.log import Audit, AuditCut, Tenant
from app.kernel.trail import COVERED, NO_HASH, Head, digest, json_text

CUT = "audit.cut"  # the event that tells of a cut, in the chain itself
EMPTIED = "audit.emptied"  # the event that vouches for rows that lost the values of an erased person
AT_ONCE = 2_000
AS_WRITTEN = [type_coerce(column, Text) if column.key in {"fields", "content"} else column for column in Audit.__table__.columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the beginning was cut off: the last row that went, and what signs that it was this server that cut."""

    last: Head
    mark: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check came to. `problem` is empty when the whole chain stands; `seq` is of the first row that is wrong."""

    rows: int
    head: Head
    cut: Cut | None = None
    noted: int = 0  # the last row that is noted down outside of the database
    seq: int = 0
    problem: str = ""


class _Broken(Exception):
    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq, self.problem = seq, problem


def verify(connection: Connection, tenant_id: UUID, noted: Sequence[Head] = ()) -> Found:
    """Check every row that is left, in one read transaction, and that those `noted` outside of the database are among them."""
    cut = last_cut(connection, tenant_id)
    head = head_of(connection, tenant_id)
    place, rows = cut.last if cut else Head(), 0
    start, told = place.seq, set[str]()
    anchors = _Anchors(noted, place)
    vouched = _vouched(connection, tenant_id)
    try:
        anchors.check(place)
        for row in _rows(connection, tenant_id, place.seq):
            _check(connection, row, place, vouched)
            anchors.check(Head(row.seq, bytes(row.hash)))
            place, rows = Head(row.seq, bytes(row.hash)), rows + 1
            if row.verb == CUT and row.operation == "event":
                told.add(row.fields)
        _check_ends(place, head, cut, told)
        anchors.check_end(head)
    except _Broken as broken:
        rows = max(broken.seq - 1 - start, 0)
        return Found(rows=rows, head=head, cut=cut, noted=anchors.good, seq=broken.seq, problem=broken.problem)
    return Found(rows=rows, head=head, cut=cut, noted=anchors.good)


class _Anchors:
    """The rows that were noted down outside of the database; `good` is the last of them that was found as noted."""

    def __init__(self, noted: Sequence[Head], start: Head) -> None:
        self._noted: dict[int, set[bytes]] = {}
        for each in noted:
            self._noted.setdefault(each.seq, set()).add(each.hash)
        self.good, self._last, self._from = 0, max(self._noted, default=0), start.seq

    def check(self, place: Head) -> None:
        """A rewritten row takes all behind it with it, so the first that is wrong stands behind the last good one."""
        known = self._noted.get(place.seq)
        if known is None:
            return
        first = max(self.good, self._from) + 1
        if known != {place.hash}:
            rows = f"row {place.seq} was" if first >= place.seq else f"rows {first} to {place.seq} were, from some row on,"
            raise _Broken(min(first, place.seq), f"{rows} written anew: row {place.seq} was noted down outside with another hash")
        self.good = place.seq

    def check_end(self, head: Head) -> None:
        if self._last > head.seq:
            lost = f"from {head.seq + 1} to {self._last}"
            raise _Broken(head.seq + 1, f"the last rows were cut off, {lost}: row {self._last} was noted down outside")


def as_told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says as a row keeps it: before it there was nothing."""
    return {name: (None, value) for name, value in fields.items()}


def cut_fields(cut: Head) -> dict[str, Any]:
    """What the event of a cut says: how far, and the hash that the rest hangs on."""
    return {"seq": cut.seq, "hash": cut.hash.hex()}


def emptied_fields(rows: Sequence[Head]) -> dict[str, Any]:
    """What the event says that vouches for emptied rows: which, and the digest of each with what is left in it."""
    return {"rows": [(row.seq, row.hash.hex()) for row in rows]}


def digest_of(row: Row[Any], **left: str | None) -> bytes:
    """Of a row of the audit as it stands, or with other values in it."""
    return digest(bytes(row.previous), tuple(left.get(name, getattr(row, name)) for name in COVERED))


def _check(connection: Connection, row: Row[Any], place: Head, vouched: Mapping[int, Head]) -> None:
    own, previous = bytes(row.hash), bytes(row.previous)
    if row.seq != place.seq + 1:
        lost = f"row {place.seq + 1} is" if row.seq == place.seq + 2 else f"rows {place.seq + 1} to {row.seq - 1} are"
        raise _Broken(place.seq + 1, f"{lost} missing")
    if (found := digest_of(row)) != own and not _is_vouched_for(vouched, row.seq, found):
        raise _Broken(row.seq, f"row {row.seq} was changed after it was written ({_words(row)})")
    if previous == place.hash:
        return
    if previous == NO_HASH or _is_known(connection, row.tenant_id, previous):
        raise _Broken(row.seq, f"row {row.seq} stands in another's place ({_words(row)})")
    raise _Broken(place.seq, f"row {place.seq} was replaced after row {row.seq} was written")


def _check_ends(place: Head, head: Head, cut: Cut | None, told: set[str]) -> None:
    if place.seq < head.seq:
        raise _Broken(place.seq + 1, f"the last rows are missing, from {place.seq + 1} to {head.seq}")
    if place != head:
        raise _Broken(place.seq, f"row {place.seq} is not the one that was written last")
    if cut is not None and json_text(as_told(cut_fields(cut.last))) not in told:
        raise _Broken(cut.last.seq, f"the rows up to {cut.last.seq} were not cut by the server: nothing in the chain tells of it")


def _is_vouched_for(vouched: Mapping[int, Head], seq: int, found: bytes) -> bool:
    """Whether a later row says that this one was emptied, and to what: that row is checked in its turn."""
    by = vouched.get(seq)
    return by is not None and by.seq > seq and by.hash == found


def _vouched(connection: Connection, tenant_id: UUID) -> dict[int, Head]:
    """For which rows others vouch: the number of the other, and the digest of what is left. Vouchers must be as written."""
    told = (Audit.tenant_id == tenant_id, Audit.verb == EMPTIED, Audit.operation == "event")
    found: dict[int, Head] = {}
    for row in connection.execute(select(*AS_WRITTEN).where(*told).order_by(Audit.seq)):
        if digest_of(row) == bytes(row.hash):
            _before, rows = msgspec.json.decode(row.fields)["rows"]
            found |= {seq: Head(row.seq, bytes.fromhex(left)) for seq, left in rows}
    return found


def _is_known(connection: Connection, tenant_id: UUID, own: bytes) -> bool:
    """Whether some row has this hash; looked for only when something is wrong."""
    found = connection.execute(select(Audit.seq).where(Audit.tenant_id == tenant_id, Audit.hash == own).limit(1)).first()
    return found is not None


def _rows(connection: Connection, tenant_id: UUID, after: int) -> Iterator[Row[Any]]:
    while True:
        mine = (Audit.tenant_id == tenant_id, Audit.seq > after)
        rows = connection.execute(select(*AS_WRITTEN).where(*mine).order_by(Audit.seq).limit(AT_ONCE)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].seq


def last_cut(connection: Connection, tenant_id: UUID) -> Cut | None:
    """Where the audit begins, as the database says."""
    query = select(AuditCut.seq, AuditCut.hash, AuditCut.mark).where(AuditCut.tenant_id == tenant_id)
    row = connection.execute(query.order_by(AuditCut.seq.desc()).limit(1)).first()
    if row is None:
        return None
    return Cut(last=Head(row.seq, bytes(row.hash)), mark=None if row.mark is None else bytes(row.mark))


def head_of(connection: Connection, tenant_id: UUID) -> Head:
    """The last row, as the tenant says."""
    row = connection.execute(select(Tenant.audit_seq, Tenant.audit_hash).where(Tenant.id == tenant_id)).one()
    return Head(row.audit_seq, NO_HASH if row.audit_hash is None else bytes(row.audit_hash))


def _words(row: Row[Any]) -> str:
    return f"{row.verb or row.operation} of {row.kind or 'nothing'} {row.record_id}"
