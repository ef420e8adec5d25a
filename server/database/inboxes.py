"""The settings of shared e-mail inboxes. All run within `TenantStore.look` or `change`."""

from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, insert, select

from server.database.tables import Inbox


class InboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How an inbox is reached; the secrets are sealed (`Vault.open`)."""

    key: str
    name: str
    address: str
    imap_host: str
    imap_port: int
    imap_user: str
    imap_secret: bytes
    smtp_host: str
    smtp_port: int
    smtp_user: str
    smtp_secret: bytes
    team_id: UUID | None = None
    is_active: bool = True
    imap_security: str = "tls"
    smtp_security: str = "starttls"
    folder: str = "INBOX"
    sent_folder: str = "Sent"


def inboxes(connection: Connection, tenant_id: UUID) -> list[InboxSettings]:
    """All inboxes of the tenant, by key."""
    columns = [getattr(Inbox, name) for name in InboxSettings.__struct_fields__]
    rows = connection.execute(select(*columns).where(Inbox.tenant_id == tenant_id).order_by(Inbox.key))
    return [msgspec.convert(row, InboxSettings, from_attributes=True) for row in rows]


def keep_inbox(connection: Connection, tenant_id: UUID, settings: InboxSettings) -> None:
    """Add an inbox, or replace the one of this key."""
    connection.execute(delete(Inbox).where(Inbox.tenant_id == tenant_id, Inbox.key == settings.key))
    connection.execute(insert(Inbox).values(tenant_id=tenant_id, **msgspec.structs.asdict(settings)))
