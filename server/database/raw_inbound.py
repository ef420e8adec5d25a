"""What came in, stored before anybody tried to understand it. All run within `TenantStore.look` or `change`."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from app.kernel.columns import moment_from_us
from app.kernel.ids import derived_id
from server.database.blobs import Blob
from server.database.tables import MailCursor, RawInbound

MOST_ATTEMPTS = 5


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A raw mail in the store."""

    id: UUID
    account: str
    sha256: str
    state: str
    attempts: int
    error: str | None


def keep_raw(
    connection: Connection, tenant_id: UUID, *, account: str, folder: str, uidvalidity: int, uid: int, blob: Blob, now_us: int
) -> UUID:
    """Note a raw mail by its place on the server; the same place again is the same row."""
    own_id = derived_id(tenant_id, "raw", account, folder, str(uidvalidity), str(uid))
    known = select(RawInbound.id).where(RawInbound.tenant_id == tenant_id, RawInbound.id == own_id)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(RawInbound).values(
                tenant_id=tenant_id, id=own_id, account=account, folder=folder, uidvalidity=uidvalidity, uid=uid,
                received_at=moment_from_us(now_us), sha256=blob.sha256, size_bytes=blob.size_bytes, state="received", attempts=0,
                error=None, message_id=None,
            )
        )  # fmt: skip
    return own_id


def raw_of(connection: Connection, tenant_id: UUID, raw_id: UUID) -> Received | None:
    """One raw mail."""
    columns = [getattr(RawInbound, name) for name in Received.__struct_fields__]
    row = connection.execute(select(*columns).where(RawInbound.tenant_id == tenant_id, RawInbound.id == raw_id)).first()
    return msgspec.convert(row, Received, from_attributes=True) if row else None


def in_state(connection: Connection, tenant_id: UUID, account: str, state: str, limit: int = 500) -> list[UUID]:
    """Raw mails that wait (received) or that could not be read (quarantined), oldest first."""
    query = select(RawInbound.id).where(
        RawInbound.tenant_id == tenant_id, RawInbound.account == account, RawInbound.state == state
    )
    return list(connection.execute(query.order_by(RawInbound.received_at).limit(limit)).scalars())


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A raw mail that could not be taken in."""

    id: UUID
    received_at: datetime
    size_bytes: int
    sha256: str
    error: str | None


def quarantined(connection: Connection, tenant_id: UUID, account: str, limit: int = 500) -> list[Quarantined]:
    """What an inbox has in quarantine, oldest first."""
    columns = [getattr(RawInbound, name) for name in Quarantined.__struct_fields__]
    mine = (RawInbound.tenant_id == tenant_id, RawInbound.account == account, RawInbound.state == "quarantined")
    rows = connection.execute(select(*columns).where(*mine).order_by(RawInbound.received_at).limit(limit))
    return [msgspec.convert(row, Quarantined, from_attributes=True) for row in rows]


def count_quarantined(connection: Connection, tenant_id: UUID) -> dict[str, int]:
    """How many mails of each inbox are in quarantine."""
    query = select(RawInbound.account, func.count()).where(RawInbound.tenant_id == tenant_id, RawInbound.state == "quarantined")
    rows = connection.execute(query.group_by(RawInbound.account).order_by(RawInbound.account))
    return {row[0]: row[1] for row in rows}


def settle(
    connection: Connection, tenant_id: UUID, raw_id: UUID, state: str, error: str | None = None, message_id: UUID | None = None
) -> None:
    """Say what became of it: done, or quarantined with the reason, or received once more."""
    connection.execute(
        update(RawInbound).where(RawInbound.tenant_id == tenant_id, RawInbound.id == raw_id)
        .values(state=state, error=error, attempts=RawInbound.attempts + 1, message_id=message_id)
    )  # fmt: skip


def replay(connection: Connection, tenant_id: UUID, account: str) -> int:
    """Let all that an inbox has in quarantine be tried again; how many that are."""
    mine = (RawInbound.tenant_id == tenant_id, RawInbound.account == account, RawInbound.state == "quarantined")
    return int(connection.execute(update(RawInbound).where(*mine).values(state="received", error=None)).rowcount)


def load_cursor(connection: Connection, tenant_id: UUID, account: str, folder: str) -> tuple[int, int]:
    """UIDVALIDITY and the last UID that was stored; zeros before the first."""
    row = connection.execute(
        select(MailCursor.uidvalidity, MailCursor.uid).where(
            MailCursor.tenant_id == tenant_id, MailCursor.account == account, MailCursor.folder == folder
        )
    ).first()
    return (row.uidvalidity, row.uid) if row else (0, 0)


def save_cursor(
    connection: Connection, tenant_id: UUID, account: str, folder: str, *, uidvalidity: int, uid: int, now_us: int
) -> None:
    """All up to this UID is stored."""
    place = (MailCursor.tenant_id == tenant_id, MailCursor.account == account, MailCursor.folder == folder)
    values = {"uidvalidity": uidvalidity, "uid": uid, "checked_at": moment_from_us(now_us)}
    if connection.execute(update(MailCursor).where(*place).values(**values)).rowcount == 0:
        connection.execute(insert(MailCursor).values(tenant_id=tenant_id, account=account, folder=folder, **values))
