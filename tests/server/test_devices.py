"""Devices: who signed in from where, and what ending one does at once, at its next request, and for good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from app.protocol.codec import pack
from app.protocol.cursor import Cursor
from app.protocol.live import Hello
from server.sync.contacts import ContactWatch
from tests.server.world import World

LOST = {"reason": "lost"}


@asynccontextmanager
async def live(world: World, token: str) -> AsyncIterator[ClientConnection]:
    """A live socket that has said hello."""
    address = f"ws{world.address.removeprefix('http')}/sync/live"
    async with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as socket:
        await socket.send(pack(Hello(cursor=Cursor())))
        await socket.recv()
        yield socket


async def assert_cut(socket: ClientConnection) -> None:
    """The server cuts it."""
    async with asyncio.timeout(60):
        await socket.wait_closed()
    assert socket.close_reason == "device_revoked"


def watch_of(world: World) -> ContactWatch:
    """What looks every few seconds who is out."""
    return next(each for each in world.server.services if isinstance(each, ContactWatch))


async def listed(caller: httpx.AsyncClient, path: str = "/devices") -> dict[str, str]:
    """State by id."""
    return {each["id"]: each["state"] for each in (await caller.get(path)).raise_for_status().json()}


async def test_a_device_says_when_and_from_where_it_was_here(world: World, ana: httpx.AsyncClient) -> None:
    async with world.stranger() as caller:
        body = {"workspace": "acme", "email": "ana@acme.example", "password": "correct horse battery", "device": "laptop"}
        await caller.post("/sign-in", json={**body, "device_name": "ana-thinkpad"})
        again = (await caller.post("/sign-in", json={**body, "device_name": "ana-thinkpad"})).json()
        turned = await caller.post("/refresh", json={"refresh_token": again["refresh_token"], "device": "laptop"})
    assert turned.json()["device_key"] == again["device_key"]
    assert len(again["device_key"]) == 64
    assert again["lock_after_days"] == 14
    devices = (await ana.get("/devices")).json()
    laptop = next(each for each in devices if each["name"] == "ana-thinkpad")
    assert laptop["address"] == "127.0.0.1"
    assert laptop["first_seen"] < laptop["last_seen"]
    assert [each["state"] for each in devices] == ["signed_in", "signed_in"]
    assert [each["is_this_one"] for each in devices] == [False, True]


async def test_ending_a_device_cuts_its_socket_and_its_next_requests_say_so(world: World, ana: httpx.AsyncClient) -> None:
    phone = (await world.try_sign_in("acme", "ana@acme.example", device="phone")).json()
    async with live(world, phone["access_token"]) as socket:
        await watch_of(world).stop()  # it is cut by the act itself
        key = next(each["id"] for each in (await ana.get("/devices")).json() if not each["is_this_one"])
        assert (await ana.post(f"/devices/{key}/revoke", json=LOST)).status_code == 204
        await assert_cut(socket)
    async with world.stranger(headers={"Authorization": f"Bearer {phone['access_token']}"}) as caller:
        told = await caller.get("/workspace")
        assert (told.status_code, told.json()["key"]) == (401, "device_revoked")
        assert told.json()["values"] == {"why": "lost", "device": "phone"}
        spent = {"refresh_token": phone["refresh_token"], "device": "phone"}
        assert (await caller.post("/refresh", json=spent)).json()["key"] == "device_revoked"
        assert (await listed(ana))[key] == "revoked"
        assert (await caller.post("/devices/wiped", json=spent)).status_code == 204
        assert (await caller.post("/devices/wiped", json=spent)).status_code == 401
    assert (await listed(ana))[key] == "wiped"
    assert (await ana.get("/workspace")).status_code == 200
    fresh = (await world.try_sign_in("acme", "ana@acme.example", device="phone")).json()
    assert fresh["device_key"] != phone["device_key"], "what the old copy was sealed with is gone for ever"
    assert (await listed(ana))[key] == "signed_in"


async def test_all_others_are_ended_and_this_one_stays(world: World, ana: httpx.AsyncClient) -> None:
    for device in ("phone", "tablet"):
        await world.try_sign_in("acme", "ana@acme.example", device=device)
    assert len((await ana.post("/devices/revoke-others", json={"reason": "retired"})).json()) == 2
    assert sorted((await listed(ana)).values()) == ["revoked", "revoked", "signed_in"]
    assert (await ana.post("/devices/revoke-others", json={})).json() == []


async def test_an_administrator_ends_anybodys_and_an_agent_only_their_own(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, zoe: httpx.AsyncClient
) -> None:
    bens, anas = f"/users/{world.people.ben}/devices", f"/users/{world.people.ana}/devices"
    assert (await ben.get(anas)).status_code == 403
    assert (await ben.post(f"{anas}/revoke", json=LOST)).status_code == 403
    own = next(iter(await listed(ana)))
    assert (await ben.post(f"/devices/{own}/revoke", json=LOST)).status_code == 404
    assert (await zoe.get(anas)).status_code == 404
    assert (await zoe.post(f"{anas}/{own}/revoke", json=LOST)).status_code == 404
    assert (await ana.post(f"/users/{uuid4()}/devices/revoke", json=LOST)).status_code == 404
    (key,) = await listed(ana, bens)
    assert (await ana.post(f"{bens}/{key}/revoke", json=LOST)).status_code == 204
    assert (await ana.post(f"{bens}/{key}/revoke", json=LOST)).status_code == 404
    assert (await ben.get("/workspace")).json()["values"]["why"] == "lost"
    assert await listed(ana, bens) == {key: "revoked"}


async def test_who_left_the_company_hears_it_on_every_device(world: World, ana: httpx.AsyncClient) -> None:
    tickets = (await world.try_sign_in("acme", "ben@acme.example")).json()
    async with live(world, tickets["access_token"]) as socket:
        await ana.patch(f"/users/{world.people.ben}", json={"is_active": False})
        await watch_of(world).look(is_noted=True)
        await assert_cut(socket)
    async with world.stranger() as caller:
        answer = await caller.post("/refresh", json={"refresh_token": tickets["refresh_token"], "device": "d1"})
    assert (answer.json()["key"], answer.json()["values"]["why"]) == ("device_revoked", "deactivated")


async def test_what_another_process_ended_is_cut_and_a_live_device_is_in_contact(world: World, ana: httpx.AsyncClient) -> None:
    phone = (await world.try_sign_in("acme", "ana@acme.example", device="phone")).json()
    watch = watch_of(world)
    async with live(world, phone["access_token"]) as socket:
        before = max(each["last_seen"] for each in (await ana.get("/devices")).json())
        await watch.look(is_noted=True)
        devices = (await ana.get("/devices")).json()
        assert devices[0]["last_seen"] > before
        assert not devices[0]["is_this_one"]
        known = world.server.gate.known
        listeners, known.on_end = known.on_end, []  # as if it had been told in another process
        assert (await ana.post(f"/devices/{devices[0]['id']}/revoke", json=LOST)).status_code == 204
        known.on_end = listeners
        await assert_cut(socket)


@pytest.mark.parametrize("days", [0, 61, -1])
async def test_the_days_until_a_copy_locks_are_the_workspaces_to_set(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, days: int
) -> None:
    assert (await ana.patch("/workspace", json={"lock_after_days": days})).status_code == 422
    assert (await ben.patch("/workspace", json={"lock_after_days": 7})).status_code == 403
    assert (await ana.patch("/workspace", json={"lock_after_days": 7})).json()["lock_after_days"] == 7
    assert (await world.try_sign_in("acme", "ben@acme.example")).json()["lock_after_days"] == 7
