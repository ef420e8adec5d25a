"""No statement of the API's crosses tenants, and what is unique is unique within one: the database can be sharded by tenant."""

from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData, Table, UniqueConstraint, create_engine, inspect, select, text

from app.domain.contacts.records import Contact
from app.kernel.record import Base
from server.database.migrate import TENANT
from server.database.place import Place
from server.database.tables import ServerTable
from tests.server.one_tenant import ROOT, TABLES, StatementWatch, loose, touched
from tests.server.world import Database, World, stores_of


def tables() -> list[Table]:
    metadatas: tuple[MetaData, ...] = (Base.metadata, ServerTable.metadata)
    return [table for metadata in metadatas for table in metadata.tables.values() if table.name != "tenant"]


def test_every_key_and_every_unique_index_holds_the_tenant() -> None:
    for table in tables():
        keys = [list(table.primary_key.columns.keys()), *(list(index.columns.keys()) for index in table.indexes if index.unique)]
        keys += [list(rule.columns.keys()) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
        assert [key for key in keys if "tenant_id" not in key] == [], table.name
        assert not table.foreign_keys, table.name  # references are checked by commands; none leaves the shard


def test_the_real_database_has_no_other_key(place: Place, database: Database) -> None:
    url = f"sqlite:///{place.tenant_file(database.people.acme)}" if place.is_sqlite else place.url
    engine = create_engine(url)
    found = inspect(engine)
    try:
        assert set(found.get_table_names()) >= TABLES
        for table in (
            TABLES - {"tenant"} - set(TENANT.more if place.is_sqlite else ())
        ):  # search on SQLite: a file of one tenant's
            keys = [found.get_pk_constraint(table)["constrained_columns"]]
            keys += [[str(name) for name in index["column_names"]] for index in found.get_indexes(table) if index["unique"]]
            keys += [rule["column_names"] for rule in found.get_unique_constraints(table)]
            assert [key for key in keys if "tenant_id" not in key] == [], (TENANT.name, table)
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT contact.id FROM contact WHERE contact.tenant_id = ?", ()),
        ("SELECT contact.id FROM contact WHERE contact.id = ?", ("contact",)),
        ("SELECT 1 FROM contact JOIN account AS a ON a.id = contact.account_id WHERE contact.tenant_id = ?", ("account",)),
        ("SELECT 1 FROM contact JOIN account AS a ON a.tenant_id = contact.tenant_id WHERE contact.tenant_id = ?", ()),
        ("SELECT 1 FROM contact, task WHERE contact.tenant_id = ?", ("task",)),
        ('SELECT 1 FROM "user" WHERE "user".tenant_id = %(t)s::UUID AND EXISTS (SELECT 1 FROM team)', ("team",)),
        ("UPDATE effect SET state=? WHERE effect.id = ?", ("effect",)),
        ("UPDATE effect SET state=? WHERE effect.tenant_id = ? AND effect.id = ?", ()),
        ("DELETE FROM lease WHERE lease.name = ?", ("lease",)),
        ("INSERT INTO effect (id, name) VALUES (?, ?)", ("effect",)),
        ("INSERT INTO effect (tenant_id, id) VALUES (?, ?)", ()),
        ("WITH one AS (INSERT INTO effect (id) VALUES (?)) INSERT INTO audit (tenant_id, seq) VALUES (?, ?)", ("effect",)),
        ("WITH one AS (INSERT INTO effect (tenant_id) VALUES (?)) INSERT INTO audit (seq) SELECT 1", ("audit",)),
        ("WITH one AS (INSERT INTO effect (tenant_id) VALUES (?)) INSERT INTO audit (tenant_id, seq) VALUES (?, ?)", ()),
        ("UPDATE tenant SET change=1 WHERE tenant.id = ?", ()),
        ("SELECT tenant.change FROM tenant", ("tenant",)),
        ("SELECT 1 FROM directory", ()),
        ("SELECT effect.id FROM effect WHERE effect.tenant_id = %(t)s FOR UPDATE SKIP LOCKED", ()),
    ],
)  # fmt: skip
def test_the_watch_sees_what_is_loose(statement: str, found: tuple[str, ...]) -> None:
    assert loose(statement) == found


def test_the_watch_is_on(place: Place, database: Database, statements: StatementWatch) -> None:
    planted: dict[str, Any] = {}
    source = "def ask(connection, statement):\n    connection.execute(statement)\n"
    exec(compile(source, str(ROOT / "server" / "planted.py"), "exec"), planted)  # noqa: S102  # as if the server did so
    with stores_of(place) as stores, stores.of(database.people.acme).engine.connect() as connection, connection.begin():
        connection.execute(select(Contact.id).where(Contact.name == "Ada"))  # a test may
        assert statements.loose == set()
        planted["ask"](connection, select(Contact.id).where(Contact.name == "Ada"))
        planted["ask"](connection, text("SELECT 1"))
    assert [touched(each) for each in statements.loose] == [{("contact", "contact")}]
    statements.loose.clear()


async def test_a_round_through_the_api_touches_many_tables_and_always_says_whose(
    world: World, ana: httpx.AsyncClient, statements: StatementWatch
) -> None:
    made = (await ana.post("/contacts", json={"name": "Ada", "phones": ["+442079460018"]})).raise_for_status().json()
    talk = (await ana.post("/conversations", json={"channel": "email", "address": "mia@example.com"})).raise_for_status().json()
    (await ana.post(f"/conversations/{talk['id']}/reply", json={"text": "Hello"})).raise_for_status()
    for path in ("/contacts", f"/contacts/{made['id']}/timeline", "/conversations", "/tasks", "/calls", "/users", "/sessions"):
        (await ana.get(path)).raise_for_status()
    seen = {table for each in statements.tied for table, _ in touched(each)}
    assert {"contact", "contact_identity", "identity", "conversation", "message", "effect", "audit", "sign_in_session"} <= seen
    assert statements.loose == set()
