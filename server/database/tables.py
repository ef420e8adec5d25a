"""What only the server keeps: credentials, sessions, inboxes, raw mail, blobs. None of it ever syncs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.kernel.columns import Frozen, Key, Moment


class ServerTable(DeclarativeBase):
    """The server's own tables; each is of a tenant, and its key begins with the tenant."""

    metadata = MetaData()
    type_annotation_map: ClassVar = {
        int: BigInteger, str: Text, UUID: Key, datetime: Moment, bytes: LargeBinary, Mapping[str, Any]: Frozen,
    }  # fmt: skip

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


class Credential(ServerTable):
    """What a person proves themselves with."""

    __tablename__ = "credential"
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime]


class PasswordCode(ServerTable):
    """With which somebody chooses a password, once: who is new, or has lost theirs (server.database.codes)."""

    __tablename__ = "password_code"
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    expires_at: Mapped[datetime]


class SignInSession(ServerTable):
    """One device signed in as one person; its refresh tokens are a family that is revoked together."""

    __tablename__ = "sign_in_session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    device: Mapped[str]
    device_name: Mapped[str]
    address: Mapped[str]
    generation: Mapped[int]  # of the only refresh token that is good
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str | None]

    __table_args__ = (Index("sign_in_session_by_user", "tenant_id", "user_id"),)


class ChangeMark(ServerTable):
    """Where the change numbers stood at a time of the server's own: a device's clock must not say how old a deletion is."""

    __tablename__ = "change_mark"
    version: Mapped[int] = mapped_column(primary_key=True)
    marked_at: Mapped[datetime]
    is_looked_through: Mapped[bool] = mapped_column(default=False)  # no tombstone up to here is left to be purged


class Device(ServerTable):
    """One person's copy on one machine; without its secret nobody opens the copy, so a revoked device has none."""

    __tablename__ = "device"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    device: Mapped[str]  # what the device calls itself
    name: Mapped[str]
    address: Mapped[str]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    secret: Mapped[bytes]  # sealed (server.database.vault)
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str | None]  # lost | retired
    revoked_by: Mapped[UUID | None]
    wiped_at: Mapped[datetime | None]

    __table_args__ = (Index("device_by_user", "tenant_id", "user_id"),)


class DeletionTally(ServerTable):
    """How much of a kind a device has deleted lately, and whether it was stopped or let go on (server.database.breaker)."""

    __tablename__ = "deletion_tally"
    device: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    count: Mapped[int]
    user_id: Mapped[UUID | None]
    held_at: Mapped[datetime | None]
    held_count: Mapped[int] = mapped_column(default=0)
    held_of: Mapped[int] = mapped_column(default=0)
    allowed_until: Mapped[datetime | None]


class Inbox(ServerTable):
    """A shared e-mail inbox and how it is reached; passwords are sealed (server.database.vault)."""

    __tablename__ = "inbox"
    key: Mapped[str] = mapped_column(primary_key=True)  # what conversation.inbox_key says
    name: Mapped[str]
    address: Mapped[str]
    team_id: Mapped[UUID | None]  # whose conversations its mail becomes; nobody's in particular: the tenant's
    is_active: Mapped[bool]
    imap_host: Mapped[str]
    imap_port: Mapped[int]
    imap_security: Mapped[str]  # "tls" | "starttls" | "none"
    imap_user: Mapped[str]
    imap_secret: Mapped[bytes]
    smtp_host: Mapped[str]
    smtp_port: Mapped[int]
    smtp_security: Mapped[str]
    smtp_user: Mapped[str]
    smtp_secret: Mapped[bytes]
    folder: Mapped[str]
    sent_folder: Mapped[str]


class MailCursor(ServerTable):
    """How far a folder was read; never by the flag \\Seen."""

    __tablename__ = "mail_cursor"
    account: Mapped[str] = mapped_column(primary_key=True)
    folder: Mapped[str] = mapped_column(primary_key=True)
    uidvalidity: Mapped[int]
    uid: Mapped[int]
    checked_at: Mapped[datetime]


class RawInbound(ServerTable):
    """Something that came in, before anybody tried to understand it; its bytes are the blob of this hash."""

    __tablename__ = "raw_inbound"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account: Mapped[str]
    folder: Mapped[str]
    uidvalidity: Mapped[int]
    uid: Mapped[int]
    received_at: Mapped[datetime]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    state: Mapped[str]  # received | done | quarantined
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    message_id: Mapped[UUID | None]  # what it became; nothing: no message, or it is not known

    __table_args__ = (
        Index("raw_inbound_by_message", "tenant_id", "message_id"),
        Index("raw_inbound_place", "tenant_id", "account", "folder", "uidvalidity", "uid", unique=True),
        Index("raw_inbound_by_state", "tenant_id", "state", "received_at"),
    )


class BlobHolder(ServerTable):
    """Who gave the server the bytes of a file: knowing a hash is not having the file."""

    __tablename__ = "blob_holder"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)


class BlobRow(ServerTable):
    """A file that the tenant's blob folder holds, and so which hashes the tenant may ask for."""

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    media_type: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]


class SearchState(ServerTable):
    """How far the search index is: made by which version of the program, and the last record of the kind it has come to."""

    __tablename__ = "search_state"
    analysis: Mapped[int]
    kind: Mapped[str | None]  # nothing: it is complete
    after_id: Mapped[UUID | None]


class Lease(ServerTable):
    """What one server process has to itself until then (server.database.leases)."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
