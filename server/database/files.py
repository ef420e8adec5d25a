"""Which files a tenant has, and who gave them: statements within `TenantStore.look` or `change`."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.kernel.columns import moment_from_us
from app.kernel.log import Effect
from app.kernel.permissions import system_actor
from server.database.blobs import Blob
from server.database.tables import BlobHolder, BlobRow

AWAITED = "Waiting for the file"

INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # those that know ON CONFLICT


def is_kept(connection: Connection, tenant_id: UUID, sha256: str) -> bool:
    """Whether the tenant has a file of this hash."""
    query = select(BlobRow.size_bytes).where(BlobRow.tenant_id == tenant_id, BlobRow.sha256 == sha256)
    return connection.execute(query).first() is not None


def is_given_by(connection: Connection, tenant_id: UUID, sha256: str, user_id: UUID) -> bool:
    """Whether this person gave the bytes; what came in by a gateway is the system's."""
    if user_id == system_actor(tenant_id).user_id:
        return is_kept(connection, tenant_id, sha256)
    query = select(BlobHolder.user_id).where(
        BlobHolder.tenant_id == tenant_id, BlobHolder.sha256 == sha256, BlobHolder.user_id == user_id
    )
    return connection.execute(query).first() is not None


def keep(connection: Connection, tenant_id: UUID, blob: Blob, media_type: str, user_id: UUID | None, now_us: int) -> None:
    """Note a file that the folder has, and who gave it; nothing changes when it is noted already."""
    values = {
        "tenant_id": tenant_id, "sha256": blob.sha256, "size_bytes": blob.size_bytes, "media_type": media_type,
        "created_at": moment_from_us(now_us), "created_by": user_id,
    }  # fmt: skip
    insert = INSERTS[connection.dialect.name]
    connection.execute(insert(BlobRow).values(values).on_conflict_do_nothing())
    if user_id is not None:
        holder = {"tenant_id": tenant_id, "sha256": blob.sha256, "user_id": user_id}
        connection.execute(insert(BlobHolder).values(holder).on_conflict_do_nothing())


def hurry(connection: Connection, tenant_id: UUID, now_us: int) -> None:
    """What waited for a file need not wait any longer."""
    connection.execute(
        update(Effect)
        .where(Effect.tenant_id == tenant_id, Effect.state == "waiting", Effect.error.contains(AWAITED))
        .values(run_at=moment_from_us(now_us))
    )
