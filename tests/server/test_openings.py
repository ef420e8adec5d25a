"""Who only looked at a record is in the audit, where the workspace wants to know: once a quarter of an hour, whichever way."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from app.domain.contacts.commands import CreateContact
from app.domain.conversations.commands import StartConversation
from app.domain.messages.commands import Reply
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.kernel.log import Audit
from app.protocol.openings import AT_ONCE, WINDOW_US
from server.database.openings import Opened, Opener
from server.database.place import Place
from server.database.trail_check import verify
from tests.server.world import Database, World, stores_of


@pytest.fixture
async def luca(world: World, ana: httpx.AsyncClient) -> UUID:
    """Somebody everybody of Acme sees, whose readers are told of from now on."""
    contact_id = await _contact(world)
    (await ana.put("/workspace/watched", json={"kinds": ["conversation", "contact"]})).raise_for_status()
    return contact_id


async def _contact(world: World) -> UUID:
    contact_id, people = new_id(), world.people
    made = CreateContact(contact_id=contact_id, name="Luca", team_id=people.acme)
    await world.server.stores.of(people.acme).issue(made, people.ana, "desk")
    return contact_id


async def _rows(ana: httpx.AsyncClient, **asked: str) -> list[dict[str, Any]]:
    answer = await ana.get("/audit", params={"verb": "record.open", "limit": "200", **asked})
    rows: list[dict[str, Any]] = answer.raise_for_status().json()["rows"]
    return rows


def _later(world: World, by_us: int) -> None:
    store = world.server.stores.of(world.people.acme)
    before = store.now_us
    store.now_us = lambda: before() + by_us


async def test_nobody_is_told_of_unless_the_workspace_says_so_and_that_is_written_down(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    contact_id = await _contact(world)
    assert (await ana.get("/workspace")).json()["watched"] == []
    (await ben.get(f"/contacts/{contact_id}")).raise_for_status()
    assert await _rows(ana) == []
    refused = await ben.put("/workspace/watched", json={"kinds": ["contact"]})
    assert (refused.status_code, refused.json()["values"]) == (403, {"permission": "audit:watch"})
    assert (await ana.put("/workspace/watched", json={"kinds": ["contact", "note"]})).status_code == 422
    answer = await ana.put("/workspace/watched", json={"kinds": ["call", "contact"]})
    assert answer.raise_for_status().json()["watched"] == ["contact", "call"]
    told = (await ana.get("/audit", params={"verb": "tenant.watch_reading", "operation": "update"})).json()["rows"]
    assert [row["fields"]["custom"] for row in told] == [[{}, {"watched": ["contact", "call"]}]]
    (await ben.get(f"/contacts/{contact_id}")).raise_for_status()
    assert len(await _rows(ana)) == 1
    (await ana.post("/undo", json={"command_id": told[0]["command_id"]})).raise_for_status()
    assert (await ana.get("/workspace")).json()["watched"] == []
    _later(world, 2 * WINDOW_US)
    (await ben.get(f"/contacts/{contact_id}")).raise_for_status()
    assert len(await _rows(ana)) == 1, "no longer told of"


async def test_a_row_says_who_from_where_and_how_and_is_one_for_a_quarter_of_an_hour(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, luca: UUID
) -> None:
    for path in ("", "/timeline", "/alike", ""):
        (await ben.get(f"/contacts/{luca}{path}")).raise_for_status()
    [row] = await _rows(ana)
    assert (row["actor_name"], row["device"], row["address"]) == ("Ben", "d2", "127.0.0.1")
    assert (row["kind"], row["record_id"], row["operation"], row["fields"]) == (
        "contact", str(luca), "event", {"way": [None, "api"]},
    )  # fmt: skip
    (await ana.get(f"/contacts/{luca}")).raise_for_status()
    assert len(await _rows(ana)) == 2, "another person's looking is another row"
    _later(world, WINDOW_US)
    (await ben.get(f"/contacts/{luca}")).raise_for_status()
    assert len(await _rows(ana, actor_id=str(world.people.ben))) == 2
    assert (await ben.get(f"/contacts/{new_id()}")).status_code == 404
    assert len(await _rows(ana)) == 3, "what is not seen was not opened"
    store = world.server.stores.of(world.people.acme)
    assert (await store.look(lambda each: verify(each, store.tenant_id))).problem == ""


async def test_what_was_done_with_a_record_is_part_of_it(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, luca: UUID
) -> None:
    (await ben.get(f"/history/{luca}", params={"kind": "contact"})).raise_for_status()
    [row] = await _rows(ana)
    assert (row["actor_name"], row["fields"]["way"]) == ("Ben", [None, "history"])
    (await ana.get("/audit", params={"record_id": str(luca)})).raise_for_status()
    (await ana.get("/audit/export", params={"record_id": str(luca)})).raise_for_status()
    assert [row["actor_name"] for row in await _rows(ana)] == ["Ana", "Ben"]
    own = (await ana.get(f"/history/{luca}", params={"kind": "contact"})).raise_for_status().json()["rows"]
    assert [each["verb"] for each in own] == ["record.open", "record.open", "contact.create"]
    pages: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await ana.get(f"/history/{luca}", params={"kind": "contact", "limit": "1", **after})).json()
        pages += [each["verb"] for each in page["rows"]]
        if not page.get("next"):
            break
        after = {"after": page["next"]}
    assert pages == ["record.open", "record.open", "contact.create"], "rows of one change number each come once"
    others = (await ben.get(f"/history/{luca}", params={"kind": "contact"})).json()["rows"]
    assert [each["verb"] for each in others] == ["contact.create"], "not for those who may not read the audit"


async def test_a_message_or_a_file_of_a_conversation_opens_the_conversation(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, luca: UUID
) -> None:
    people, store = world.people, world.server.stores.of(world.people.acme)
    conversation_id, message_id = new_id(), new_id()
    start = StartConversation(conversation_id=conversation_id, channel="email", address="luca@x.example", contact_id=luca)
    await store.issue(start, people.ben, "d2")
    await store.issue(Reply(conversation_id=conversation_id, message_id=message_id, text="Hello"), people.ben, "d2")
    for path in (f"/messages/{message_id}", f"/conversations/{conversation_id}/messages", f"/conversations/{conversation_id}"):
        (await ben.get(path)).raise_for_status()
        assert {row["record_id"] for row in await _rows(ana, kind="conversation")} == {str(conversation_id)}
        _later(world, WINDOW_US)
    assert len(await _rows(ana, kind="conversation")) == 3
    assert await _rows(ana, kind="message") == []


async def test_a_console_tells_later_what_was_looked_at_offline(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient, luca: UUID
) -> None:
    now_us = world.server.stores.of(world.people.acme).now_us()

    def opening(minutes_ago: int, kind: str = "contact") -> dict[str, str]:
        at = moment_from_us(now_us - minutes_ago * 60_000_000)
        return {"kind": kind, "record_id": str(luca), "opened_at": at.isoformat()}

    told = [opening(60), opening(50), opening(40), opening(20), opening(19, "call"), opening(-600)]
    for _ in range(2):  # an answer that was lost: it comes again
        assert (await ben.post("/openings", json={"openings": told})).status_code == 204
    rows = await _rows(ana)
    assert len(rows) == 4, "60, 40, 20 minutes ago, and not in the time to come; calls are not told of"
    assert [row["acted_at"][:16] for row in rows[1:]] == [
        moment_from_us(now_us - minutes * 60_000_000).isoformat()[:16] for minutes in (20, 40, 60)
    ]
    assert all(row["acted_at"] <= row["applied_at"] and row["fields"]["way"] == [None, "console"] for row in rows)
    for wrong in ({"openings": [opening(1, "note")]}, {"openings": [opening(1)] * (AT_ONCE + 1)}, {"openings": [{"kind": "x"}]}):
        assert (await ben.post("/openings", json=wrong)).status_code == 422
    assert len(await _rows(ana)) == 4


async def test_another_workspace_neither_sees_nor_makes_such_rows(
    world: World, ana: httpx.AsyncClient, zoe: httpx.AsyncClient, luca: UUID
) -> None:
    assert (await zoe.get(f"/contacts/{luca}")).status_code == 404
    (await zoe.put("/workspace/watched", json={"kinds": ["contact"]})).raise_for_status()
    (await zoe.get("/audit", params={"record_id": str(luca)})).raise_for_status()
    assert await _rows(ana) == await _rows(zoe) == []


async def test_two_servers_that_write_at_once_write_one_row(place: Place, database: Database) -> None:
    people = database.people
    with stores_of(place) as one, stores_of(place) as other:
        stores = [each.of(people.acme) for each in (one, other)]
        opener = Opener(user_id=people.ben, device="d2", address="192.0.2.1")
        for store in stores:
            store.openings._watched = frozenset({"contact"})
        opened = [Opened(kind="contact", record_id=new_id(), at_us=stores[0].now_us()) for _ in range(10)]
        await asyncio.gather(*(store.openings.note(opener, [each], "api") for each in opened for store in stores))
        counted = await stores[0].look(
            lambda each: each.execute(
                select(func.count()).where(Audit.tenant_id == people.acme, Audit.verb == "record.open")
            ).scalar_one()
        )
        assert counted == len(opened)
