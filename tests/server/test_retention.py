"""Tombstones are kept as long as the workspace says, by the server's clock, and go with what stands below them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import delete, func, select

from app.domain.contacts.commands import CreateContact, DeleteContact
from app.domain.contacts.records import Contact, ContactIdentity
from app.kernel.ids import new_id
from app.kernel.log import Tenant
from app.kernel.watch import unfenced
from app.protocol.cursor import Cursor, MustResnapshot
from server.database.place import Place
from server.database.store import TenantStore
from server.sync.pull import Pull
from server.sync.retention import purge
from server.sync.scope import sight_of
from tests.server.world import Database, World, stores_of

DAY_US = timedelta(days=1) // timedelta(microseconds=1)


@pytest_asyncio.fixture
async def store(place: Place, database: Database) -> AsyncIterator[TenantStore]:
    """Acme's data, without a server, at a time that tests set."""
    with stores_of(place) as stores:
        yield stores.of(database.people.acme)


async def deleted(store: TenantStore, ana: UUID, phone: str) -> UUID:
    contact = new_id()
    await store.issue(CreateContact(contact_id=contact, name="Mia", phones=(phone,)), ana, "d1")
    await store.issue(DeleteContact(contact_id=contact), ana, "d1")
    return contact


async def later(store: TenantStore, days: float) -> None:
    """The server's clock goes on, and its job runs."""
    now_us = store.now_us() + int(days * DAY_US)
    store.now_us = lambda: now_us
    store.authority._now_us = store.now_us
    await purge(store)


async def counts(store: TenantStore) -> tuple[int, int, int]:
    """Contacts, their numbers, and how far was purged."""
    contacts = select(func.count()).select_from(Contact).where(Contact.tenant_id == store.tenant_id)
    links = select(func.count()).select_from(ContactIdentity).where(ContactIdentity.tenant_id == store.tenant_id)
    purged = select(Tenant.purged).where(Tenant.id == store.tenant_id)
    asked = select(contacts.scalar_subquery(), links.scalar_subquery(), purged.scalar_subquery())
    return tuple(await store.look(lambda connection: connection.execute(asked).one()))


async def test_old_ones_go_with_their_children_and_young_ones_stay(store: TenantStore, database: Database) -> None:
    await deleted(store, database.people.ana, "+442079460001")
    await later(store, 0)
    await later(store, 50)
    await deleted(store, database.people.ana, "+442079460002")
    await store.issue(CreateContact(contact_id=new_id(), name="Kept", phones=("+442079460003",)), database.people.ana, "d1")
    await later(store, 0)
    assert (await counts(store))[:2] == (3, 3)
    await later(store, 45)
    contacts, links, purged = await counts(store)
    assert (contacts, links) == (2, 2)
    assert purged > 0
    await later(store, 60)
    assert (await counts(store))[:2] == (1, 1)
    await later(store, 400)
    assert (await counts(store))[:2] == (1, 1), "what lives stays"


async def test_an_older_cursor_is_told_to_begin_anew(store: TenantStore, database: Database) -> None:
    actor = await store.look(lambda connection: store.authority.actor(database.people.ana, connection))

    def pulled(cursor: Cursor) -> Cursor:
        with store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
            puller = Pull(connection, store.tenant_id, sight_of(actor), 0)
            while True:
                cursor = puller.page(cursor).end
                if cursor.place is None:
                    return cursor

    cursor = pulled(Cursor())
    await deleted(store, database.people.ana, "+442079460001")
    seen = pulled(cursor)
    await later(store, 0)
    await later(store, 91)
    with pytest.raises(MustResnapshot):
        pulled(cursor)
    assert pulled(seen) == seen


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_servers_role_can_delete_tombstones_and_nothing_else(store: TenantStore, database: Database) -> None:
    alive = new_id()
    await store.issue(CreateContact(contact_id=alive, name="Alive"), database.people.ana, "d1")
    await deleted(store, database.people.ana, "+442079460001")
    with store.engine.begin() as connection, unfenced(connection):
        connection.execute(delete(Contact.__table__))
    assert (await counts(store))[0] == 1


async def test_how_long_is_a_setting_within_reason(world: World) -> None:
    async with world.signed_in("acme", "ana@acme.example") as ana:
        answer = await ana.patch("/workspace", json={"deleted_kept_days": 30})
        assert answer.json()["deleted_kept_days"] == 30
        refused: httpx.Response = await ana.patch("/workspace", json={"deleted_kept_days": 1})
        assert (refused.status_code, refused.json()["key"]) == (422, "bad_value")
