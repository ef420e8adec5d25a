"""Who is here: what one may know of colleagues with the right to watch them, and setting their state in their place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect

from app.domain.calls.commands import LogCall
from app.domain.conversations.commands import StartConversation
from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.teams.commands import AddTeamMember, CreateTeam
from app.domain.users.commands import CreateUser, EditUser
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.ids import new_id
from app.protocol.codec import pack
from app.protocol.cursor import Cursor
from app.protocol.live import Hello, Presence
from server.sync.endpoints import live_of
from tests.scale.fleet import until
from tests.server.world import World


async def do(world: World, command: Command, by: UUID | None = None) -> None:
    await world.server.stores.of(world.people.acme).issue(command, by or world.people.ana, "d9")


async def let_ben(world: World, **rights: str) -> None:
    role = new_id()
    await do(
        world, CreateRole(role_id=role, key="watch", name="Watch", rights={f"user:{verb}": at for verb, at in rights.items()})
    )
    await do(world, GrantRole(role_id=role, user_id=world.people.ben))


async def here(caller: httpx.AsyncClient) -> dict[str, Any]:
    answer = (await caller.get("/presences")).raise_for_status().json()
    return {each["name"]: each for each in answer["colleagues"]}


@asynccontextmanager
async def line_of(world: World, caller: httpx.AsyncClient) -> AsyncIterator[ClientConnection]:
    headers = {"Authorization": caller.headers["Authorization"]}
    async with connect(f"ws{world.address.removeprefix('http')}/sync/live", additional_headers=headers, proxy=None) as socket:
        await socket.send(pack(Hello(cursor=Cursor())))
        yield socket


async def is_at(world: World, subject: UUID | None) -> None:
    presences = live_of(world.server.application, world.server.stores.of(world.people.acme)).whereabouts.presences

    def holds() -> bool:
        known = presences.doing(world.people.ana)
        return (known[0].about if known else None) == subject

    await until(holds)


async def test_without_the_right_nobody_is_shown(ben: httpx.AsyncClient, ana: httpx.AsyncClient, world: World) -> None:
    refused = await ben.get("/presences")
    assert (refused.status_code, refused.json()["values"]) == (403, {"permission": "user:monitor"})
    await let_ben(world, **{"*": "all"})
    assert (await ben.get("/presences")).status_code == 403, "it is given by its own name"
    assert (await here(ana)).keys() == {"Ana", "Ben"}
    async with world.stranger() as stranger:
        assert (await stranger.get("/presences")).status_code == 401


async def test_a_call_is_told_with_its_way_and_since_when(ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World) -> None:
    now = moment_from_us(world.server.stores.of(world.people.acme).now_us())
    began = now.replace(microsecond=0) - timedelta(minutes=5)
    call = LogCall(sip_call_id="a@b", direction="out", number="+4930123456", state="active", started_at=began, answered_at=began)
    await do(world, call, by=world.people.ben)
    assert (await here(ana))["Ben"]["call"] is None, "their phone says that they are on none"
    await ben.post(f"/users/{world.people.ben}/state", json={"state": "on_call"})
    told = (await here(ana))["Ben"]
    assert (told["state"], told["call"]["direction"], told["call"]["title"]) == ("on_call", "out", "+4930123456")
    assert datetime.fromisoformat(told["call"]["since"]) == began
    assert told["state_since"]
    await do(world, replace(call, state="ended", ended_at=now, outcome="answered"), by=world.people.ben)
    assert (await here(ana))["Ben"]["call"] is None


async def test_what_somebody_works_on_is_told_as_far_as_it_is_in_sight(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    team, hidden, shown = new_id(), new_id(), new_id()
    await let_ben(world, monitor="all")
    await do(world, CreateTeam(team_id=team, name="Night"))
    await do(world, StartConversation(conversation_id=shown, channel="email", address="mia@example.com"))
    await do(world, StartConversation(conversation_id=hidden, channel="email", address="noa@example.com"))
    (await ana.post(f"/conversations/{hidden}/assign", json={"assignee_id": None, "team_id": str(team)})).raise_for_status()
    async with line_of(world, ana) as socket:
        told = []
        for talk in (hidden, shown):
            await socket.send(pack(Presence(doing="typing", about=talk)))
            await is_at(world, talk)
            told.append((await here(ben))["Ana"]["doing"])
        assert told[0] is None
        assert (told[1]["doing"], told[1]["conversation_id"], told[1]["title"]) == ("typing", str(shown), "mia@example.com")
    await is_at(world, None)
    assert (await here(ben))["Ana"]["doing"] is None


async def test_the_level_says_who_is_shown(ben: httpx.AsyncClient, world: World) -> None:
    people = {name: new_id() for name in ("Mate", "Below", "Other", "Gone")}
    for name, user_id in people.items():
        await do(world, CreateUser(user_id=user_id, name=name, email=f"{name}@acme.example"))
    team = new_id()
    await do(world, CreateTeam(team_id=team, name="Day"))
    for user_id in (people["Mate"], people["Gone"], world.people.ben):
        await do(world, AddTeamMember(team_id=team, user_id=user_id))
    await do(world, EditUser(user_id=people["Below"], patch={"manager_id": str(world.people.ben)}))
    await do(world, EditUser(user_id=people["Gone"], patch={"is_active": False}))
    await let_ben(world, monitor="own")
    assert (await here(ben)).keys() == {"Ben"}
    await let_ben(world, monitor="team")
    shown = (await here(ben)).keys()
    assert {"Ben", "Mate", "Below"} <= shown
    assert not {"Other", "Gone"} & shown
    await let_ben(world, monitor="all")
    assert (await here(ben)).keys() == {"Ana", "Ben", "Mate", "Below", "Other"}


async def test_a_state_that_is_forced_says_who_did_it_and_why(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    bens, anas = f"/users/{world.people.ben}", f"/users/{world.people.ana}"
    assert (await here(ana))["Ben"]["may_force"]
    assert not (await here(ana))["Ana"]["may_force"]
    refused = await ben.post(f"{anas}/state", json={"state": "away", "reason": "I can"})
    assert (refused.status_code, refused.json()["values"]) == (403, {"permission": "user:force"})
    told = (
        (await ana.post(f"{bens}/state", json={"state": "away", "reason": "You left  without a word"})).raise_for_status().json()
    )
    assert told["forced"] == {"by_id": str(world.people.ana), "reason": "You left without a word"}
    assert (await ben.get(bens)).json()["forced"] == told["forced"]
    long = await ana.post(f"{bens}/state", json={"state": "busy", "reason": "x" * 201})
    assert (long.status_code, long.json()["values"]["field"]) == (422, "reason")
    await ana.post(f"{anas}/state", json={"state": "busy", "reason": "my own"})
    assert (await ana.get(anas)).json()["forced"] is None
    own = (await ben.post(f"{bens}/state", json={"state": "away"})).raise_for_status().json()
    assert (own["state"], own["forced"]) == ("away", None), "who chooses themselves stands there by themselves"
