"""Tables that only grow: the databases themselves refuse to change what was written down, and to delete what is not cut off."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text

from app.kernel.log import Audit, AuditCut

SAID = "the audit is append-only"
CUT_ROWS = 5_000  # in one transaction: others write between
_ON_SQLITE = (
    "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{said}'); END",
    "CREATE TRIGGER audit_stays BEFORE DELETE ON audit"
    " WHEN OLD.seq > coalesce((SELECT max(seq) FROM audit_cut WHERE tenant_id = OLD.tenant_id), 0)"
    " BEGIN SELECT RAISE(ABORT, '{said}'); END",
    "CREATE TRIGGER audit_cut_keeps BEFORE UPDATE ON audit_cut BEGIN SELECT RAISE(ABORT, '{said}'); END",
    "CREATE TRIGGER audit_cut_stays BEFORE DELETE ON audit_cut BEGIN SELECT RAISE(ABORT, '{said}'); END",
)
_ON_POSTGRESQL = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = 'insufficient_privilege'; END $$",
    "CREATE FUNCTION refuse_early_cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF OLD.seq > coalesce((SELECT max(seq) FROM audit_cut WHERE tenant_id = OLD.tenant_id), 0)"
    " THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN OLD; END $$",
    "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_stays BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_early_cut()",
    "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_cut_keeps BEFORE UPDATE OR DELETE ON audit_cut FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_cut_whole BEFORE TRUNCATE ON audit_cut EXECUTE FUNCTION refuse_change()",
    # The server's role may not delete; it may ask for this, which deletes nothing but what is cut off.
    "CREATE FUNCTION drop_cut_audit(most bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS"
    " $$ DECLARE mine uuid := nullif(current_setting('app.tenant', true), '')::uuid; gone bigint; BEGIN"
    " DELETE FROM audit WHERE tenant_id = mine"
    " AND seq <= (SELECT max(seq) FROM audit_cut WHERE tenant_id = mine)"
    " AND seq < (SELECT min(seq) FROM audit WHERE tenant_id = mine) + most;"
    " GET DIAGNOSTICS gone = ROW_COUNT; RETURN gone; END $$",
    "REVOKE ALL ON FUNCTION drop_cut_audit(bigint) FROM PUBLIC",
)


def fix(connection: Connection) -> None:
    """From now on the audit only grows."""
    for statement in _ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE:
        connection.exec_driver_sql(statement.replace("{said}", SAID))


def unfixed(connection: Connection) -> Sequence[str]:
    """The triggers that are missing or switched off."""
    if connection.dialect.name == "postgresql":
        found = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")).scalars()
    else:
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    wanted = _ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE
    names = {each.split()[2] for each in wanted if each.startswith("CREATE TRIGGER")}
    return sorted(names - set(found))


def drop_cut(connection: Connection, tenant_id: UUID) -> int:
    """Delete some of what is cut off, oldest first; how many rows. Nothing left: 0."""
    if connection.dialect.name == "postgresql":
        gone: int = connection.execute(select(func.drop_cut_audit(CUT_ROWS))).scalar_one()
        return gone
    cut = select(func.max(AuditCut.seq)).where(AuditCut.tenant_id == tenant_id).scalar_subquery()
    first = select(func.min(Audit.seq)).where(Audit.tenant_id == tenant_id).scalar_subquery()
    return connection.execute(
        delete(Audit).where(Audit.tenant_id == tenant_id, Audit.seq <= cut, Audit.seq < first + CUT_ROWS)
    ).rowcount
