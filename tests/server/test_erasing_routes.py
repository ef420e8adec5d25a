"""Erasing a person over the API: its right and no other, what would go, and all that is held as a file."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import select

from app.domain.contacts.merging import MergeContacts
from app.kernel.log import Audit
from tests.server.access import ROWS, SEEN, Cast, make_cast
from tests.server.erasing import SECRETS, acquaint
from tests.server.world import World

DOORS: dict[str, tuple[str, str, Any]] = {  # right → method, path, body
    "contact:erase": ("GET", "/contacts/{id}/erasure", None), "contact:export": ("GET", "/export/person/{id}", None),
    "contact:edit": ("PATCH", "/contacts/{id}", {"is_vip": True}), "contact:assign": ("POST", "/contacts/{id}/assign", None),
    "contact:read": ("GET", "/contacts/{id}", None),
}  # fmt: skip


@pytest.fixture
async def cast(world: World) -> Cast:
    return await make_cast(world)


async def asked(caller: httpx.AsyncClient, right: str, contact_id: UUID) -> int:
    method, path, body = DOORS[right]
    if right == "contact:assign":
        body = {"owner_id": None, "team_id": None}
    answer = await caller.request(method, path.replace("{id}", str(contact_id)), json=body)
    return answer.status_code


async def test_the_right_reaches_over_the_records_of_its_level_and_over_no_others(cast: Cast, ben: httpx.AsyncClient) -> None:
    for level, seen in SEEN.items():
        await cast.give({"contact:read": "all", "contact:erase": level})
        for row in ROWS:
            path = f"/contacts/{cast.ids['contact', row]}"
            is_only_read = row == "shared" and level != "all"  # shared with him to be read, not to be changed
            expected = 200 if row in seen and not is_only_read else 403
            assert (await ben.get(f"{path}/erasure")).status_code == expected, (level, row)
            if expected == 403:
                assert (await ben.post(f"{path}/erase", json={})).status_code == 403, (level, row)
    await cast.give({"contact:read": "own", "contact:erase": "all"})
    out_of_sight = f"/contacts/{cast.ids['contact', 'foreign']}"
    assert (await ben.get(f"{out_of_sight}/erasure")).status_code == 404
    assert (await ben.post(f"{out_of_sight}/erase", json={})).status_code == 404
    done = await ben.post(f"/contacts/{cast.ids['contact', 'own']}/erase", json={})
    assert (done.status_code, done.json()["name"]) == (200, "Erased person")


async def test_who_may_not_erase_all_of_a_merged_person_is_not_told_who_it_is(cast: Cast, ben: httpx.AsyncClient) -> None:
    own = cast.ids["contact", "own"]
    await cast.do(MergeContacts(contact_id=own, other_id=cast.ids["contact", "foreign"]))
    await cast.give({"contact:read": "all", "contact:erase": "own"})
    for answer in (await ben.get(f"/contacts/{own}/erasure"), await ben.post(f"/contacts/{own}/erase", json={})):
        assert (answer.status_code, answer.json()["values"]) == (403, {"permission": "contact:erase"})
    await cast.give({"contact:read": "all", "contact:erase": "all"}, {"contact.name": "hidden"})
    told = (await ben.get(f"/contacts/{own}/erasure")).raise_for_status().json()
    assert (told["name"], told["merged"], told["counts"]["contact"]) == ("", [], 2)
    await cast.give({"contact:read": "all", "contact:erase": "all"})
    told = (await ben.get(f"/contacts/{own}/erasure")).raise_for_status().json()
    assert told["name"]
    assert len(told["merged"]) == 1


async def test_each_right_that_is_taken_alone_closes_its_own_door(cast: Cast, ben: httpx.AsyncClient) -> None:
    person = cast.ids["contact", "own"]
    for taken in (*DOORS, ""):
        await cast.give({right: "all" for right in DOORS if right != taken})
        for right in DOORS:
            is_closed = taken in {right, "contact:read"}  # who may not see it does nothing with it
            assert (await asked(ben, right, person) in {403, 404}) is is_closed, (taken, right)
    await cast.give({"contact:*": "all"})
    assert await asked(ben, "contact:erase", person) == 403, "all rights of the noun do not give it"


async def test_all_that_is_held_leaves_as_far_as_one_may_see_it_and_is_written_down(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, zoe: httpx.AsyncClient
) -> None:
    store = world.server.stores.of(world.people.acme)
    known = await acquaint(store, world.people.ana)
    path = f"/export/person/{known.merged}"
    answer = (await ana.get(path)).raise_for_status()
    heading, *lines = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    assert heading["out_of_sight"] == {}
    assert heading["records"]["contact"] == 2
    assert len(lines) == sum(heading["records"].values())
    told = answer.text.lower()
    assert {secret for secret in SECRETS if secret.lower() in told} >= {
        "Maddalena Quirrel", "quirrel@kells.example", "ledger enclosed", "whispered about geese", "ring her on Sunday",
    }  # fmt: skip
    assert "Somebody Else" not in answer.text
    events = select(Audit.record_id).where(Audit.tenant_id == store.tenant_id, Audit.verb == "contact.export")
    assert (await store.look(lambda each: each.execute(events).scalars().all())) == [known.merged]
    assert (await ben.get(path)).status_code == 403
    assert (await zoe.get(path)).status_code == 404
    assert (await zoe.get(f"/contacts/{known.contact}/erasure")).status_code == 404
