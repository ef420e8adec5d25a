"""Whoever deletes too much through the API is stopped too, until they or an administrator say that it is meant."""

from collections.abc import Iterator
from unittest.mock import patch

import httpx
import pytest

from server.database import breaker
from tests.server.world import World


@pytest.fixture(autouse=True)
def few() -> Iterator[None]:
    with patch.object(breaker, "MOST_DELETIONS", 2):
        yield


async def deleted_by_ben(ben: httpx.AsyncClient) -> list[int]:
    made = [(await ben.post("/contacts", json={"name": f"n{number}"})).json()["id"] for number in range(5)]
    return [(await ben.delete(f"/contacts/{each}")).status_code for each in made]


async def holds_of(world: World, caller: httpx.AsyncClient) -> list[str]:
    answer = await caller.get(f"{world.address}/sync/holds")
    return [each["device"] for each in answer.raise_for_status().json()["holds"]]


async def allow(world: World, caller: httpx.AsyncClient, device: str) -> int:
    return (await caller.post(f"{world.address}/sync/holds/allow", json={"device": device})).status_code


async def test_the_api_is_stopped_and_goes_on_when_the_person_says_so(world: World) -> None:
    async with world.signed_in("acme", "ben@acme.example", device="script") as ben:
        assert await deleted_by_ben(ben) == [204, 204, 409, 409, 409]
        assert await holds_of(world, ben) == ["script"]
        assert await allow(world, ben, "script") == 204
        assert await deleted_by_ben(ben) == [204] * 5
        assert await holds_of(world, ben) == []
        assert await allow(world, ben, "script") == 404


async def test_an_administrator_may_say_so_and_a_stranger_may_not(world: World) -> None:
    async with (
        world.signed_in("acme", "ben@acme.example", device="script") as ben,
        world.signed_in("acme", "ana@acme.example") as ana,
        world.signed_in("zenith", "zoe@zenith.example") as zoe,
    ):
        assert (await deleted_by_ben(ben))[-1] == 409
        assert await holds_of(world, zoe) == []
        assert await allow(world, zoe, "script") == 404
        assert (await ana.post(f"{world.address}/sync/holds/allow", json={"device": 7})).status_code == 422
        assert await holds_of(world, ana) == ["script"]
        assert await allow(world, ana, "script") == 204
        assert await deleted_by_ben(ben) == [204] * 5
