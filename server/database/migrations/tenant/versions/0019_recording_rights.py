"""The first roles may record calls and listen, as those of a new workspace may, where nobody has changed them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.domain.roles.rules import preset_id
from app.kernel.columns import Frozen, Key

revision = "0019_recording_rights"
down_revision: str | None = "0018_restored"

ROLE = sa.table(
    "role", sa.column("tenant_id", Key), sa.column("id", Key), sa.column("version", sa.BigInteger), sa.column("key", sa.Text),
    sa.column("rights", Frozen), sa.column("deleted_at", sa.BigInteger),
)  # fmt: skip
TENANT = sa.table("tenant", sa.column("id", Key), sa.column("change", sa.BigInteger))

WORK = (
    "contact:*", "account:*", "identity:*", "conversation:*", "message:read", "message:reply", "attachment:*", "call:*", "note:*",
    "task:*", "share:*", "territory:place",
    "contact:assign", "account:assign", "conversation:assign", "call:assign", "note:assign", "task:assign",
    "contact:bulk", "account:bulk", "conversation:bulk", "task:bulk",
)  # fmt: skip
LEAD = (
    "user:edit", "user:force", "user:monitor", "team:edit", "contact:export", "account:export", "conversation:export",
    "call:export", "contact:lock", "account:lock", "conversation:lock",
)  # fmt: skip
FORMER = {"agent": dict.fromkeys(WORK, "team"), "supervisor": dict.fromkeys((*WORK, *LEAD), "all")}  # as founding gave it
MORE = {  # what it gives beside that now
    "agent": {"call:record": "own", "call:listen": "own"}, "supervisor": {"call:record": "all", "call:listen": "all"},
}  # fmt: skip


def upgrade() -> None:
    """Bring the database here; each changed role gets a change number of its own, so that every console hears of it."""
    connection = op.get_bind()
    is_fenced = connection.dialect.name == "postgresql"
    for name in ("role", "tenant") if is_fenced else ():
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    first = sa.select(ROLE).where(ROLE.c.key.in_(sorted(MORE)), ROLE.c.deleted_at.is_(None))
    for row in connection.execute(first).mappings().all():
        if row["id"] == preset_id(row["tenant_id"], row["key"]) and _is_as_founded(row["key"], row["rights"]):
            _give(connection, row)
    for name in ("role", "tenant") if is_fenced else ():
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")


def _is_as_founded(key: str, stored: Any) -> bool:
    """Whether it gives what founding gave it, and guards nothing: then nobody has decided otherwise."""
    return not stored.get("fields") and dict(stored.get("rights", {})) == FORMER[key]


def _give(connection: sa.Connection, row: Any) -> None:
    numbered = sa.update(TENANT).where(TENANT.c.id == row["tenant_id"]).values(change=TENANT.c.change + 1)
    version = connection.execute(numbered.returning(TENANT.c.change)).scalar_one()
    given = {**row["rights"], "rights": dict(sorted({**row["rights"]["rights"], **MORE[row["key"]]}.items()))}
    is_it = (ROLE.c.tenant_id == row["tenant_id"]) & (ROLE.c.id == row["id"])
    connection.execute(sa.update(ROLE).where(is_it).values(rights=given, version=version))
