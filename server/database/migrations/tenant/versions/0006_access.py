"""Levels of rights, fields that roles guard, managers, territories, shares, and the role that everybody has."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.domain.roles.grants import EVERYBODYS
from app.domain.roles.rules import preset_id, stored
from app.kernel.columns import Frozen, Key, Moment
from server.database.migrations.shorthand import RECORD, ROOT, index, table

revision = "0006_access"
down_revision: str | None = "0005_devices"

ROOTS = (
    "account", "call", "conflict", "contact", "conversation", "identity", "note", "role", "role_grant", "task", "team", "user",
    "workspace",
)  # fmt: skip
PLACED = f"{ROOT}, territory_id key?, share_count int"
ROLE = sa.table(
    "role", sa.column("tenant_id", Key), sa.column("id", Key), sa.column("version", sa.BigInteger), sa.column("key", sa.Text),
    sa.column("name", sa.Text), sa.column("rights", Frozen), sa.column("sees_all_teams", sa.Boolean), sa.column("team_id", Key),
    sa.column("created_at", Moment), sa.column("created_by", Key), sa.column("updated_at", Moment), sa.column("updated_by", Key),
    sa.column("custom", Frozen), sa.column("scope_version", sa.BigInteger), sa.column("share_count", sa.BigInteger),
)  # fmt: skip


def upgrade() -> None:
    """Bring the database here."""
    for root in ROOTS:
        op.add_column(root, sa.Column("territory_id", Key(), nullable=True))
        op.add_column(root, sa.Column("share_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("user", sa.Column("manager_id", Key(), nullable=True))
    index("user_by_manager_id", "user", "tenant_id manager_id")
    table("territory", PLACED + ", name text, above_id key?", key="tenant_id id")
    index("territory_by_version", "territory", "tenant_id version id")
    table("territory_member", RECORD + ", member_of key, user_id key", key="tenant_id id")
    for name, columns in (("version", "version id"), ("user_id", "user_id"), ("parent", "member_of")):
        index(f"territory_member_by_{name}", "territory_member", f"tenant_id {columns}")
    table(
        "share", PLACED + ", record_kind text, record_id key, user_id key?, with_team_id key?, may_edit bool", key="tenant_id id"
    )
    for name, columns in (("version", "version id"), ("record_id", "record_id"), ("team_id", "team_id")):
        index(f"share_by_{name}", "share", f"tenant_id {columns}")
    _translate_roles()
    op.drop_column("role", "sees_all_teams")


def _translate_roles() -> None:
    """Lists of rights become rights at levels; the fence lets even the owner see no row while it is up."""
    connection = op.get_bind()
    is_fenced = connection.dialect.name == "postgresql"
    if is_fenced:
        op.execute("ALTER TABLE role NO FORCE ROW LEVEL SECURITY")
    tenants: dict[Any, Any] = {}
    for row in connection.execute(sa.select(ROLE)).mappings().all():
        level = "all" if row["sees_all_teams"] else "team"
        rights = leveled(row["rights"].get("rights", ()), level)
        is_it = (ROLE.c.tenant_id == row["tenant_id"]) & (ROLE.c.id == row["id"])
        connection.execute(sa.update(ROLE).where(is_it).values(rights=stored(rights, {})))
        tenants[row["tenant_id"]] = max(row, tenants.get(row["tenant_id"], row), key=lambda each: int(each["version"]))
    for tenant_id, like in tenants.items():
        everybodys = {
            "id": preset_id(tenant_id, EVERYBODYS.key), "key": EVERYBODYS.key, "name": EVERYBODYS.name,
            "rights": stored(EVERYBODYS.rights, {}), "team_id": tenant_id,
        }  # fmt: skip
        connection.execute(sa.insert(ROLE).values({**like, **everybodys, "sees_all_teams": False}))
    if is_fenced:
        op.execute("ALTER TABLE role FORCE ROW LEVEL SECURITY")


def leveled(rights: Any, level: str) -> dict[str, str]:
    """What the list gave: all of a noun also meant to assign it."""
    wide = [right.replace(":*", ":assign") for right in rights if right.endswith(":*")]
    return dict.fromkeys([*rights, *wide], level)
