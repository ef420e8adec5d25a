"""Which files a tenant has, and who gave them: statements within `TenantStore.look` or `change`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, except_, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.attachments.records import Attachment
from app.kernel.columns import moment_from_us, us_from_moment
from app.kernel.ids import new_id
from app.kernel.log import Effect, Tenant
from app.kernel.permissions import system_actor
from server.database.blobs import Blob
from server.database.tables import BlobHolder, BlobRow, RawInbound

AWAITED = "Waiting for the file"
UNNAMED = "file.unnamed"  # the effect that takes bytes away
LET_GO_AT_ONCE = 100
BYTES_STAY = timedelta(days=1)
NAMING: tuple[Any, ...] = (Attachment, RawInbound)

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
    """Note a file that the store has, and who gave it; one that is noted already is young again."""
    values = {
        "tenant_id": tenant_id, "sha256": blob.sha256, "size_bytes": blob.size_bytes, "media_type": media_type,
        "created_at": moment_from_us(now_us), "created_by": user_id,
    }  # fmt: skip
    insert_once = INSERTS[connection.dialect.name]
    noted = insert_once(BlobRow).values(values)
    is_again = {"created_at": noted.excluded.created_at}
    connection.execute(noted.on_conflict_do_update(index_elements=[BlobRow.tenant_id, BlobRow.sha256], set_=is_again))
    if user_id is not None:
        holder = {"tenant_id": tenant_id, "sha256": blob.sha256, "user_id": user_id}
        connection.execute(insert_once(BlobHolder).values(holder).on_conflict_do_nothing())


def hurry(connection: Connection, tenant_id: UUID, now_us: int) -> None:
    """What waited for a file need not wait any longer."""
    connection.execute(
        update(Effect)
        .where(Effect.tenant_id == tenant_id, Effect.state == "waiting", Effect.error.contains(AWAITED))
        .values(run_at=moment_from_us(now_us))
    )


def renew(connection: Connection, tenant_id: UUID, sha256: str, now_us: int) -> None:
    """Somebody was told that the file is here, and will name it without giving it once more."""
    one = (BlobRow.tenant_id == tenant_id, BlobRow.sha256 == sha256)
    connection.execute(update(BlobRow).where(*one).values(created_at=moment_from_us(now_us)))


def unnamed(connection: Connection, tenant_id: UUID, before: datetime, limit: int = LET_GO_AT_ONCE) -> list[str]:
    """Some of the files that were last given before then and that nothing names: no attachment, deleted or not, no raw mail."""
    old = select(BlobRow.sha256).where(BlobRow.tenant_id == tenant_id, BlobRow.created_at < before)
    named = [select(table.sha256).where(table.tenant_id == tenant_id) for table in NAMING]
    return list(connection.execute(except_(old, *named).limit(limit)).scalars())


def rowless(connection: Connection, tenant_id: UUID, hashes: Sequence[str]) -> list[str]:
    """Those of the hashes that are no file of the tenant's: without a row, named by nothing, and not let go of lately."""
    known: set[str] = set()
    for table in (BlobRow, *NAMING):
        found = select(table.sha256).where(table.tenant_id == tenant_id, table.sha256.in_(hashes))
        known.update(connection.execute(found).scalars())
    letting = select(Effect.payload).where(Effect.tenant_id == tenant_id, Effect.name == UNNAMED, Effect.state != "done")
    for payload in connection.execute(letting).scalars():
        known.update(payload["hashes"])
    return [each for each in hashes if each not in known]


def let_go(connection: Connection, tenant_id: UUID, hashes: Sequence[str], before: datetime, now: datetime) -> int:
    """Those of the files that still nothing names are the tenant's no longer; a job takes their bytes away.

    The tenant's lock comes first: nobody can name one meanwhile. The bytes stay until a backup that has read the rows has them.
    """
    connection.execute(update(Tenant).where(Tenant.id == tenant_id).values(change=Tenant.change))
    old = select(BlobRow.sha256).where(BlobRow.tenant_id == tenant_id, BlobRow.created_at < before, BlobRow.sha256.in_(hashes))
    named = [select(each.sha256).where(each.tenant_id == tenant_id, each.sha256.in_(hashes)) for each in NAMING]
    gone = list(connection.execute(except_(old, *named)).scalars())
    if not gone:
        return 0
    for table in (BlobHolder, BlobRow):
        connection.execute(delete(table).where(table.tenant_id == tenant_id, table.sha256.in_(gone)))
    connection.execute(
        insert(Effect).values(
            tenant_id=tenant_id, id=new_id(), name=UNNAMED, payload={"hashes": gone, "before": us_from_moment(before)},
            run_at=now + BYTES_STAY, attempts=0, state="waiting",
        )
    )  # fmt: skip
    return len(gone)
