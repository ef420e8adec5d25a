"""On PostgreSQL, through the fence and by the server's role, a page of a list reads a page and not the workspace."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, event

from app.domain.contacts.queries import contacts
from app.domain.contacts.records import Contact
from app.kernel.ids import new_id
from app.kernel.reader import Reader
from server.database.batch import named_records
from server.database.migrate import TENANT, tables_of
from server.database.security import COUNTED
from server.database.store import Stores, TenantStore
from tests.server.world import Database

COUNT = 20_000
FILL = """
INSERT INTO contact (tenant_id, id, version, created_at, created_by, updated_at, updated_by, custom, name, is_vip, team_id,
 share_count, scope_version)
SELECT %(tenant)s, gen_random_uuid(), n, now(), %(tenant)s, now(), %(tenant)s, '{}', 'Person ' || n, false, %(tenant)s, 0, 1
FROM generate_series(1, %(count)s) n
"""


@pytest.fixture(scope="module")
def acme(on_postgresql: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantStore]:
    """A workspace with thousands of contacts, all of which PostgreSQL has counted."""
    place = on_postgresql.copy(Path(tmp_path_factory.mktemp("plans")))
    with psycopg.connect(place.url.replace("+psycopg", "")) as owner:
        owner.execute(FILL, {"tenant": on_postgresql.people.acme, "count": COUNT})
        owner.execute("ANALYZE contact")
    stores = Stores(place)
    yield stores.of(on_postgresql.people.acme)
    stores.close()


def plan_of(connection: Connection, statement: str, values: object) -> str:
    """How PostgreSQL goes about it."""
    lines = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars()  # type: ignore[arg-type]  # as it was asked
    return "\n".join(lines)


@pytest.mark.parametrize("who", ["ana", "ben"])  # one sees all, one by keys
async def test_a_page_of_contacts_comes_in_the_order_of_its_index(acme: TenantStore, on_postgresql: Database, who: str) -> None:
    asked: list[tuple[str, object]] = []

    def look(_connection: Connection, _cursor: object, statement: str, values: object, *_: object) -> None:
        if statement.startswith("SELECT contact."):
            asked.append((statement, values))

    def plans(reader: Reader) -> list[str]:
        event.listen(reader.connection, "before_cursor_execute", look)
        page = contacts(reader, limit=50)
        contacts(reader, limit=50, after=page.next)
        event.remove(reader.connection, "before_cursor_execute", look)
        assert len(page.rows) == 50
        return [plan_of(reader.connection, *each) for each in asked]

    found = await acme.read(plans, getattr(on_postgresql.people, who))
    assert len(found) == 2
    for plan in found:
        assert "contact_by_name_id" in plan, plan
        assert "Sort" not in plan, plan


async def test_records_that_are_named_are_looked_up_by_their_ids(acme: TenantStore) -> None:
    def plan(connection: Connection) -> str:
        asked: list[tuple[str, object]] = []
        event.listen(connection, "before_cursor_execute", lambda _c, _u, statement, values, *_: asked.append((statement, values)))
        ids: list[UUID] = [new_id() for _ in range(50)]
        connection.execute(named_records(Contact), {"tenant": acme.tenant_id, "ids": ids})
        return plan_of(connection, *asked[0])

    said = await acme.look(plan)
    assert "contact_pkey" in said, said
    assert "Filter: (id = ANY" not in said, said


async def test_every_table_of_a_tenant_is_counted_again_soon(acme: TenantStore) -> None:
    def loose(connection: Connection) -> set[str]:
        found = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE array_to_string(reloptions, ',') = %s", (COUNTED,))
        return set(tables_of(TENANT)) - set(found.scalars())

    assert await acme.look(loose) == set()
