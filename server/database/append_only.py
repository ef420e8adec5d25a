"""Tables that only grow: the databases themselves refuse to change what was written down, and to delete what is not cut off.

One change they let through: a row that the table of emptied rows names becomes what stands there, once a person was erased.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text, update

from app.kernel.log import Audit, AuditCut, AuditEmptied

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


_LEFT_AS_THEY_ARE = " AND ".join(
    f"NEW.{column.name} {{same}} OLD.{column.name}"
    for column in Audit.__table__.columns
    if column.name not in {"fields", "content"}
)
_IS_NAMED = (
    "EXISTS (SELECT 1 FROM audit_emptied e WHERE e.tenant_id = OLD.tenant_id AND e.seq = OLD.seq"
    " AND NEW.fields {same} e.fields AND NEW.content {same} e.content)"
)
_EMPTYING = f"{_LEFT_AS_THEY_ARE} AND {_IS_NAMED}"
_EMPTYING_ON_SQLITE = (
    "DROP TRIGGER audit_keeps",
    f"CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit WHEN NOT ({_EMPTYING.replace('{same}', 'IS')})"
    " BEGIN SELECT RAISE(ABORT, '{said}'); END",
    "CREATE TRIGGER audit_emptied_keeps BEFORE UPDATE ON audit_emptied BEGIN SELECT RAISE(ABORT, '{said}'); END",
    "CREATE TRIGGER audit_emptied_stays BEFORE DELETE ON audit_emptied"
    " WHEN OLD.seq > coalesce((SELECT max(seq) FROM audit_cut WHERE tenant_id = OLD.tenant_id), 0)"
    " BEGIN SELECT RAISE(ABORT, '{said}'); END",
)
_EMPTYING_ON_POSTGRESQL = (
    "CREATE FUNCTION refuse_but_emptying() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF NOT ({_EMPTYING.replace('{same}', 'IS NOT DISTINCT FROM')})"
    " THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NEW; END $$",
    "DROP TRIGGER audit_keeps ON audit",
    "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_but_emptying()",
    "CREATE TRIGGER audit_emptied_keeps BEFORE UPDATE ON audit_emptied FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_emptied_stays BEFORE DELETE ON audit_emptied FOR EACH ROW EXECUTE FUNCTION refuse_early_cut()",
    "CREATE TRIGGER audit_emptied_whole BEFORE TRUNCATE ON audit_emptied EXECUTE FUNCTION refuse_change()",
    # The server's role may not update; it may ask for this, which puts nothing in a row but what the table of emptied rows says.
    "CREATE FUNCTION empty_audit(vouched_by bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
    " AS $$ DECLARE mine uuid := nullif(current_setting('app.tenant', true), '')::uuid; done bigint; BEGIN"
    " UPDATE audit SET fields = e.fields, content = e.content FROM audit_emptied e"
    " WHERE audit.tenant_id = mine AND e.tenant_id = mine AND e.by_seq = vouched_by AND audit.seq = e.seq;"
    " GET DIAGNOSTICS done = ROW_COUNT; RETURN done; END $$",
    "REVOKE ALL ON FUNCTION empty_audit(bigint) FROM PUBLIC",
    "CREATE OR REPLACE FUNCTION drop_cut_audit(most bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER"
    " SET search_path FROM CURRENT AS $$"
    " DECLARE mine uuid := nullif(current_setting('app.tenant', true), '')::uuid; gone bigint; BEGIN"
    " DELETE FROM audit WHERE tenant_id = mine"
    " AND seq <= (SELECT max(seq) FROM audit_cut WHERE tenant_id = mine)"
    " AND seq < (SELECT min(seq) FROM audit WHERE tenant_id = mine) + most;"
    " GET DIAGNOSTICS gone = ROW_COUNT;"
    " DELETE FROM audit_emptied WHERE tenant_id = mine AND seq < (SELECT min(seq) FROM audit WHERE tenant_id = mine);"
    " RETURN gone; END $$",
)


def fix(connection: Connection) -> None:
    """From now on the audit only grows."""
    _run(connection, _ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE)


def let_empty(connection: Connection) -> None:
    """From now on rows may lose the values of an erased person, as the table of emptied rows says, and change in no other way."""
    _run(connection, _EMPTYING_ON_POSTGRESQL if connection.dialect.name == "postgresql" else _EMPTYING_ON_SQLITE)


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement.replace("{said}", SAID))


def empty(connection: Connection, tenant_id: UUID, by_seq: int) -> None:
    """Make the rows for which this row of the chain vouches what the table of emptied rows says."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.empty_audit(by_seq)))
        return
    named = (AuditEmptied.tenant_id == tenant_id, AuditEmptied.by_seq == by_seq)
    for row in connection.execute(select(AuditEmptied.seq, AuditEmptied.fields, AuditEmptied.content).where(*named)).all():
        here = (Audit.tenant_id == tenant_id, Audit.seq == row.seq)
        connection.execute(update(Audit).where(*here).values(fields=row.fields, content=row.content))


def unfixed(connection: Connection) -> Sequence[str]:
    """The triggers that are missing or switched off."""
    if connection.dialect.name == "postgresql":
        found = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")).scalars()
    else:
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    is_postgresql = connection.dialect.name == "postgresql"
    wanted = (*_ON_POSTGRESQL, *_EMPTYING_ON_POSTGRESQL) if is_postgresql else (*_ON_SQLITE, *_EMPTYING_ON_SQLITE)
    names = {each.split()[2] for each in wanted if each.startswith("CREATE TRIGGER")}
    return sorted(names - set(found))


def drop_cut(connection: Connection, tenant_id: UUID) -> int:
    """Delete some of what is cut off, oldest first; how many rows. Nothing left: 0."""
    if connection.dialect.name == "postgresql":
        gone: int = connection.execute(select(func.drop_cut_audit(CUT_ROWS))).scalar_one()
        return gone
    cut = select(func.max(AuditCut.seq)).where(AuditCut.tenant_id == tenant_id).scalar_subquery()
    first = select(func.min(Audit.seq)).where(Audit.tenant_id == tenant_id).scalar_subquery()
    dropped = delete(Audit).where(Audit.tenant_id == tenant_id, Audit.seq <= cut, Audit.seq < first + CUT_ROWS)
    gone = connection.execute(dropped).rowcount
    connection.execute(delete(AuditEmptied).where(AuditEmptied.tenant_id == tenant_id, AuditEmptied.seq < first))
    return gone
