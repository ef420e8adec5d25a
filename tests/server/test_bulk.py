"""One act on many records: the ones that can be changed are, the others are named, and all of it is taken back at once."""

from typing import Any
from uuid import UUID

import httpx

from app.domain.contacts.commands import CreateContact, LockContact
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.kernel.ids import new_id
from tests.server.world import World

MANY = 120  # more than go into one transaction


async def contacts(world: World, count: int) -> list[UUID]:
    store = world.server.stores.of(world.people.acme)
    ids = [new_id() for _ in range(count)]
    for place, each in enumerate(ids):
        await store.issue(CreateContact(contact_id=each, name=f"Somebody {place:03}"), world.people.ana, "maker")
    return ids


async def bulk(caller: httpx.AsyncClient, ids: list[UUID], key: str = "", **body: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = await caller.post("/contacts/bulk", json={"ids": [str(each) for each in ids], **body}, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def vips(caller: httpx.AsyncClient) -> int:
    rows = (await caller.get("/contacts", params={"limit": 200, "search": "Somebody"})).json()["rows"]
    return sum(row["is_vip"] for row in rows)


async def test_what_is_locked_is_named_and_the_rest_is_done_and_taken_back(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    ids = await contacts(world, MANY)
    locked = ids[::10]
    store = world.server.stores.of(world.people.acme)
    for each in locked:
        await store.issue(LockContact(contact_id=each), world.people.ana, "maker")
    told = await bulk(ben, [*ids, ids[0]], act="edit", is_vip=True)
    assert (told["done"], told["held"]) == (MANY - len(locked), 0)
    assert {each["id"] for each in told["not_done"]} == {str(each) for each in locked}
    assert {each["key"] for each in told["not_done"]} == {"locked"}
    assert "was locked by" in told["not_done"][0]["detail"]
    assert await vips(ana) == MANY - len(locked)
    done = [each for each in ids if each not in locked]
    taken = await bulk(ben, done, act="undo", of=told["group"])
    assert (taken["done"], taken["not_done"], await vips(ana)) == (len(done), [], 0)


async def test_the_same_key_again_does_nothing_twice(world: World, ana: httpx.AsyncClient) -> None:
    ids = await contacts(world, 3)
    first = await bulk(ana, ids[:2], key="monday", act="edit", job_title="Baker")
    again = await bulk(ana, ids, key="monday", act="edit", job_title="Baker")
    assert (first["done"], again["done"], first["group"]) == (2, 3, again["group"])
    for each in ids:
        history = (await ana.get(f"/history/{each}", params={"kind": "contact"})).json()
        assert sum("job_title" in entry["fields"] for entry in history["rows"]) == 1


async def test_each_record_is_judged_by_how_far_the_rights_reach(world: World, ben: httpx.AsyncClient) -> None:
    ids = await contacts(world, 2)
    store = world.server.stores.of(world.people.acme)
    own = new_id()
    await store.issue(CreateContact(contact_id=own, name="Own"), world.people.ben, "maker")
    agent = preset_id(store.tenant_id, "agent")
    for rights in ({"contact:bulk": "own", "contact:edit": "all"}, {"contact:bulk": "all", "contact:edit": "own"}):
        wide = SetRoleRights(role_id=agent, rights={"contact:read": "all", **rights})
        await store.issue(wide, world.people.ana, "maker")
        told = await bulk(ben, [*ids, own, new_id()], act="edit", is_vip=True)
        assert told["done"] == 1
        assert [each["key"] for each in told["not_done"]] == ["not_allowed", "not_allowed", "not_here"]


async def test_many_deletions_are_held_until_they_are_confirmed(world: World, ben: httpx.AsyncClient) -> None:
    ids = await contacts(world, MANY)
    told = await bulk(ben, ids, act="delete")
    assert told["done"] == 100
    assert told["held"] == MANY - 100


async def test_a_bulk_act_without_ids_without_a_field_or_of_another_kind_is_told_so(ana: httpx.AsyncClient) -> None:
    one = [str(new_id())]
    for body in (
        {"act": "edit", "ids": []}, {"act": "edit", "ids": one}, {"act": "merge", "ids": one}, {"ids": one},
        {"act": "edit", "ids": one * 1001, "is_vip": True}, {"act": "edit", "ids": one, "tenant_id": "x"},
    ):  # fmt: skip
        answer = await ana.post("/contacts/bulk", json=body)
        assert (answer.status_code, answer.json()["key"]) == (422, "bad_value"), (body, answer.text)


async def test_nobody_of_another_workspace_reaches_a_record_or_takes_a_group_back(
    world: World, ana: httpx.AsyncClient, zoe: httpx.AsyncClient
) -> None:
    ids = await contacts(world, 2)
    told = await bulk(ana, ids, act="edit", is_vip=True)
    for act in ({"act": "edit", "is_vip": False}, {"act": "delete"}, {"act": "lock"}, {"act": "undo", "of": told["group"]}):
        answer = await bulk(zoe, ids, **act)
        assert answer["done"] == 0, act
        assert {each["id"] for each in answer["not_done"]} == {str(each) for each in ids}
    assert await vips(ana) == 2
