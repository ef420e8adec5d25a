"""Everybody may say what their devices keep, also where everybody's role is older than that right."""

import sqlalchemy as sa
from alembic import op

from app.domain.roles.rules import BASELINE
from app.kernel.columns import Frozen, Key

revision = "0012_scope_rights"
down_revision: str | None = "0011_scopes"

GIVEN = {"scope:*": "own"}
ROLE = sa.table(
    "role", sa.column("tenant_id", Key), sa.column("id", Key), sa.column("version", sa.BigInteger), sa.column("key", sa.Text),
    sa.column("rights", Frozen), sa.column("deleted_at", sa.BigInteger),
)  # fmt: skip
TENANT = sa.table("tenant", sa.column("id", Key), sa.column("change", sa.BigInteger))


def upgrade() -> None:
    """Bring the database here; each changed role gets a change number of its own, so that every console hears of it."""
    connection = op.get_bind()
    is_fenced = connection.dialect.name == "postgresql"
    for name in ("role", "tenant") if is_fenced else ():
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    older = sa.select(ROLE).where(ROLE.c.key == BASELINE, ROLE.c.deleted_at.is_(None))
    for row in connection.execute(older).mappings().all():
        rights = dict(row["rights"].get("rights", {}))
        if any(right.startswith("scope:") for right in rights):
            continue  # somebody has decided already
        numbered = sa.update(TENANT).where(TENANT.c.id == row["tenant_id"]).values(change=TENANT.c.change + 1)
        version = connection.execute(numbered.returning(TENANT.c.change)).scalar_one()
        given = {**row["rights"], "rights": dict(sorted({**rights, **GIVEN}.items()))}
        is_it = (ROLE.c.tenant_id == row["tenant_id"]) & (ROLE.c.id == row["id"])
        connection.execute(sa.update(ROLE).where(is_it).values(rights=given, version=version))
    for name in ("role", "tenant") if is_fenced else ():
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
