"""The first roles may what those of a new workspace may (change many, lock, watch, export), where nobody has changed them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.domain.roles.rules import preset_id
from app.kernel.columns import Frozen, Key

revision = "0016_founders_rights"
down_revision: str | None = "0015_erasing"

ROLE = sa.table(
    "role", sa.column("tenant_id", Key), sa.column("id", Key), sa.column("version", sa.BigInteger), sa.column("key", sa.Text),
    sa.column("rights", Frozen), sa.column("deleted_at", sa.BigInteger),
)  # fmt: skip
TENANT = sa.table("tenant", sa.column("id", Key), sa.column("change", sa.BigInteger))

WORK = (
    "contact:*", "account:*", "identity:*", "conversation:*", "message:read", "message:reply", "attachment:*", "call:*", "note:*",
    "task:*", "share:*", "territory:place",
    "contact:assign", "account:assign", "conversation:assign", "call:assign", "note:assign", "task:assign",
)  # fmt: skip
BULK = ("contact:bulk", "account:bulk", "conversation:bulk", "task:bulk")
LEAD = ("user:edit", "user:force", "team:edit")
EXPORT = ("contact:export", "account:export", "conversation:export", "call:export")
LOCK = ("contact:lock", "account:lock", "conversation:lock")
FIRST_LEAD = (
    *LEAD, *EXPORT, "territory:assign", "task:export", "contact:bulk", "conversation:bulk", "task:bulk", "call:monitor",
    "conversation:monitor", "user:monitor",
)  # fmt: skip
BEFORE_LEVELS = (  # what a role of that time became when rights got their levels
    "user:read", "user:set_state", "team:read", "role:read", "tenant:read", "contact:*", "account:*", "identity:*",
    "conversation:*", "message:read", "message:reply", "attachment:*", "call:*", "note:*", "task:*", "undo:create",
    "contact:assign", "account:assign", "identity:assign", "conversation:assign", "attachment:assign", "call:assign",
    "note:assign", "task:assign",
)  # fmt: skip
WITH_CONFLICTS = (*BEFORE_LEVELS, "conflict:*", "conflict:assign")


def _at(level: str, *rights: str) -> dict[str, str]:
    return dict.fromkeys(rights, level)


OLDER = (BEFORE_LEVELS, WITH_CONFLICTS)
FORMER: dict[str, tuple[dict[str, str], ...]] = {  # all that founding ever gave, before
    "agent": (*(_at("team", *each) for each in OLDER), _at("team", *WORK)),
    "supervisor": (
        *(_at("all", *each, "user:edit", "team:edit") for each in OLDER), _at("all", *WORK, *FIRST_LEAD),
        _at("all", *WORK, *LEAD), _at("all", *WORK, *LEAD, *EXPORT), _at("all", *WORK, *LEAD, *EXPORT, *LOCK),
        _at("all", *WORK, *LEAD, *EXPORT, *LOCK, "user:monitor"),
    ),
}  # fmt: skip
GIVEN = {  # what it gives now
    "agent": _at("team", *WORK, *BULK),
    "supervisor": _at("all", *WORK, *BULK, *LEAD, *EXPORT, *LOCK, "user:monitor"),
}


def upgrade() -> None:
    """Bring the database here; each changed role gets a change number of its own, so that every console hears of it."""
    connection = op.get_bind()
    is_fenced = connection.dialect.name == "postgresql"
    for name in ("role", "tenant") if is_fenced else ():
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    first = sa.select(ROLE).where(ROLE.c.key.in_(sorted(GIVEN)), ROLE.c.deleted_at.is_(None))
    for row in connection.execute(first).mappings().all():
        if row["id"] == preset_id(row["tenant_id"], row["key"]) and _is_as_founded(row["key"], row["rights"]):
            _give(connection, row)
    for name in ("role", "tenant") if is_fenced else ():
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")


def _is_as_founded(key: str, stored: Any) -> bool:
    """Whether it gives what founding gave it, and guards nothing: then nobody has decided otherwise."""
    return not stored.get("fields") and dict(stored.get("rights", {})) in FORMER[key]


def _give(connection: sa.Connection, row: Any) -> None:
    numbered = sa.update(TENANT).where(TENANT.c.id == row["tenant_id"]).values(change=TENANT.c.change + 1)
    version = connection.execute(numbered.returning(TENANT.c.change)).scalar_one()
    given = {**row["rights"], "rights": dict(sorted(GIVEN[row["key"]].items()))}
    is_it = (ROLE.c.tenant_id == row["tenant_id"]) & (ROLE.c.id == row["id"])
    connection.execute(sa.update(ROLE).where(is_it).values(rights=given, version=version))
