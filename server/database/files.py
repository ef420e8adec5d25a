"""Which files a tenant has: the statements behind the blob folder. All run within `TenantStore.look` or `change`."""

from uuid import UUID

from sqlalchemy import Connection, insert, select

from app.kernel.columns import moment_from_us
from server.database.blobs import Blob
from server.database.tables import BlobRow


def is_kept(connection: Connection, tenant_id: UUID, sha256: str) -> bool:
    """Whether the tenant has a file of this hash."""
    query = select(BlobRow.size_bytes).where(BlobRow.tenant_id == tenant_id, BlobRow.sha256 == sha256)
    return connection.execute(query).first() is not None


def keep(connection: Connection, tenant_id: UUID, blob: Blob, media_type: str, user_id: UUID | None, now_us: int) -> None:
    """Note a file that the folder has; nothing changes when it is noted already."""
    if not is_kept(connection, tenant_id, blob.sha256):
        connection.execute(
            insert(BlobRow).values(
                tenant_id=tenant_id,
                sha256=blob.sha256,
                size_bytes=blob.size_bytes,
                media_type=media_type,
                created_at=moment_from_us(now_us),
                created_by=user_id,
            )
        )
