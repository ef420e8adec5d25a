"""The server's search, on both databases: the same language, in the transaction of each change, in sight only."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, create_engine, update
from sqlalchemy.exc import ProgrammingError

from server.database.place import Place
from server.database.search import go_on, is_complete
from server.database.store import TenantStore
from server.database.tables import SearchState
from tests.server.world import Database, World


async def ask(caller: httpx.AsyncClient, q: str, **more: Any) -> dict[str, list[str]]:
    answer = (await caller.get("/search", params={"q": q, "limit": 50, **more})).raise_for_status().json()
    return {group["kind"]: [hit["title"] for hit in group["hits"]] for group in answer["groups"]}


async def add(caller: httpx.AsyncClient, name: str, **more: object) -> str:
    return str((await caller.post("/contacts", json={"name": name, **more})).raise_for_status().json()["id"])


async def test_what_is_written_is_found_at_once_and_what_is_deleted_no_longer(ana: httpx.AsyncClient) -> None:
    contact_id = await add(ana, "Þórdís Müller", phones=["+442079460018"], emails=["thordis@example.com"])
    await add(ana, "佐藤 健一")
    assert await ask(ana, "thordis") == {"contact": ["Þórdís Müller"], "identity": ["thordis@example.com"]}
    assert (await ask(ana, "mueller"))["contact"] == ["Þórdís Müller"]
    assert (await ask(ana, "健"))["contact"] == ["佐藤 健一"]
    assert (await ask(ana, "020 7946 0018"))["identity"] == (await ask(ana, "0018"))["identity"] == ["+44 20 7946 0018"]
    assert (await ask(ana, "kind:contact th", typing=True)) == {"contact": ["Þórdís Müller"]}
    assert (await ask(ana, '"dis muller"')) == {}
    assert (await ask(ana, "thordis -muller"))["identity"] == ["thordis@example.com"]
    (await ana.patch(f"/contacts/{contact_id}", json={"name": "Renamed"})).raise_for_status()
    assert "contact" not in await ask(ana, "thordis")
    assert (await ask(ana, "renamed"))["contact"] == ["Renamed"]
    (await ana.delete(f"/contacts/{contact_id}")).raise_for_status()
    assert await ask(ana, "kind:contact renamed") == {}


async def test_a_slip_is_put_right_pages_go_on_and_counts_are_said(ana: httpx.AsyncClient) -> None:
    for number in range(7):
        await add(ana, f"Delivery van {number}")
    answer = (await ana.get("/search", params={"q": "delivrey", "limit": 3})).json()
    assert answer["corrected"] == "delivery"
    [group] = answer["groups"]
    assert (group["count"], group["is_more"], len(group["hits"])) == (7, False, 3)
    seen = [hit["title"] for hit in group["hits"]]
    while group["next"]:
        [group] = (await ana.get("/search", params={"q": "delivrey", "limit": 3, "after": group["next"]})).json()["groups"]
        seen += [hit["title"] for hit in group["hits"]]
    assert sorted(seen) == [f"Delivery van {number}" for number in range(7)]


async def test_a_bad_query_is_a_problem_that_says_what_would_be_right(ana: httpx.AsyncClient) -> None:
    answer = await ana.get("/search", params={"q": "kind:unicorn x"})
    assert (answer.status_code, answer.json()["key"]) == (422, "bad_query")
    assert "contact" in answer.json()["detail"]


async def test_another_tenants_records_are_never_found(ana: httpx.AsyncClient, world: World) -> None:
    await add(ana, "Only Acme")
    async with world.signed_in("zenith", "zoe@zenith.example") as zoe:
        assert await ask(zoe, "acme") == {}
        assert (await zoe.get("/search", params={"q": "amce"})).json()["corrected"] is None


async def test_what_is_out_of_sight_is_neither_found_nor_counted_nor_suggested(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    team = (await ana.post("/teams", json={"name": "Hidden"})).raise_for_status().json()["id"]
    await add(ana, "Xanthippe Secret", team_id=team)
    assert (await ask(ana, "xanthippe"))["contact"] == ["Xanthippe Secret"]
    answer = (await ben.get("/search", params={"q": "xantippe"})).json()
    assert answer["groups"] == []
    assert answer["corrected"] is None
    assert await ask(ben, "xanthippe") == {}


async def test_what_was_there_before_the_index_is_indexed_once_the_server_runs(
    world: World, database: Database, ana: httpx.AsyncClient
) -> None:
    await add(ana, "Long Known")
    store: TenantStore = world.server.stores.of(database.people.acme)

    def older(connection: Connection) -> None:
        connection.execute(update(SearchState).values(analysis=1))

    def step(connection: Connection) -> bool:
        """In one transaction: the server may be at it too."""
        is_more = go_on(connection, store.tenant_id)
        assert is_more is not is_complete(connection, store.tenant_id)
        return is_more

    await store.change(older)
    while await store.change(step):
        pass
    assert await store.look(lambda each: is_complete(each, store.tenant_id))
    assert (await ask(ana, "known"))["contact"] == ["Long Known"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_on_postgresql_the_index_is_used_where_the_fence_lets_it(world: World, database: Database, place: Place) -> None:
    store = world.server.stores.of(database.people.acme)
    statement = "EXPLAIN SELECT doc FROM search_entry WHERE words @@ 'x'::tsquery"

    def plan(connection: Connection) -> str:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_indexscan = off")
        return "\n".join(connection.exec_driver_sql(statement).scalars())

    assert "search_entry_by_words" not in await store.look(plan), "the fence comes first: so the server asks by a function"
    owner = create_engine(place.url)
    with owner.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE plain_owner")
        connection.exec_driver_sql("GRANT SELECT ON search_entry TO plain_owner")
        connection.exec_driver_sql("CREATE POLICY plain ON search_entry FOR SELECT TO plain_owner USING (true)")
        connection.exec_driver_sql("SET LOCAL ROLE plain_owner")
        assert "search_entry_by_words" in plan(connection)
    owner.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_functions_see_one_tenant_and_nobody_else_may_call_them(
    world: World, database: Database, ana: httpx.AsyncClient, place: Place
) -> None:
    await add(ana, "Only Acme")
    mine = "SELECT count(*) FROM search_find('acme'::tsquery, 0, 9223372036854775807, 100)"
    counts = [
        await world.server.stores.of(tenant).look(lambda each: each.exec_driver_sql(mine).scalar())
        for tenant in (database.people.acme, database.people.zenith)
    ]
    assert counts == [1, 0]
    owner = create_engine(place.url)
    with owner.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE stranger")
        connection.exec_driver_sql("SET LOCAL ROLE stranger")
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.exec_driver_sql(mine)
    owner.dispose()
