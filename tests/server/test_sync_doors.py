"""What a console says of itself and of where it stands is believed no further than the server knows it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.domain.contacts.commands import CreateContact, EditContact
from app.kernel.command import Command, Issued, body_of
from app.kernel.ids import new_id
from app.protocol.codec import CONTENT_TYPE, Frames, pack, unpack
from app.protocol.cursor import Cursor, Place, cursor_to_text
from app.protocol.envelopes import Answer, Outcome, Page, Push
from tests.server.together import ana as ana  # noqa: PLC0414 - a fixture
from tests.server.together import ben as ben  # noqa: PLC0414 - a fixture
from tests.server.together import world as world  # noqa: PLC0414 - a fixture
from tests.server.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
HUGE = (1 << 63) - 1


async def push(world: World, caller: httpx.AsyncClient, issued: Issued) -> Outcome:
    pushed = await caller.post(
        f"{world.address}/sync/push", content=pack(Push(device=issued.device, commands=[issued])),
        headers={"Content-Type": CONTENT_TYPE},
    )  # fmt: skip
    return unpack(pushed.raise_for_status().content, Answer).outcomes[0]


def issue(command: Command, by: UUID, **more: Any) -> Issued:
    said = {"id": new_id(), "device": "d2", "acted_us": 1, **more}
    return Issued(name=command.verb, body=body_of(command), actor_id=by, **said)


async def test_an_act_is_of_the_device_that_signed_in_whatever_it_says(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    contact_id = new_id()
    await push(world, ben, issue(CreateContact(contact_id=contact_id, name="Mia"), world.people.ben, device="d1"))
    edited = issue(EditContact(contact_id=contact_id, patch={"is_vip": "no"}), world.people.ben, device="x" * 100_000)
    assert (await push(world, ben, edited)).status == "rejected"
    rows = (await ana.get("/audit", params={"record_id": str(contact_id)})).raise_for_status().json()["rows"]
    assert [(row["operation"], row["device"]) for row in rows] == [("refused", "d2"), ("insert", "d2")]


async def test_an_id_that_somebody_else_gave_to_an_act_answers_for_no_other_one(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    first = issue(CreateContact(contact_id=new_id(), name="First"), world.people.ben)
    assert (await push(world, ben, first)).status == "applied"
    again = issue(CreateContact(contact_id=new_id(), name="Second"), world.people.ana, id=first.id)
    outcome = await push(world, ana, again)
    assert (outcome.status, outcome.error) == ("rejected", "already_exists")
    answer = await ana.post("/contacts", json={"name": "Third"}, headers={"Idempotency-Key": str(first.id)})
    assert answer.status_code == 409
    assert (await push(world, ben, first)).status == "applied", "whoever gave it gets the first answer for ever"
    assert (await ana.get("/contacts", params={"search": "Second"})).json()["rows"] == []


async def test_nobody_is_told_how_much_there_is_that_they_do_not_see(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    async def first(caller: httpx.AsyncClient, cursor: Cursor | None = None) -> tuple[int, int, Cursor]:
        body = cursor_to_text(cursor).encode() if cursor else b""
        whole = (await caller.post(f"{world.address}/sync/pull", content=body)).raise_for_status()
        pages = [unpack(frame, Page) for frame in Frames().feed(whole.content)]
        return pages[0].total, sum(len(block.rows) for page in pages for block in page.blocks), pages[-1].end

    _, _, before = await first(ben)
    team = (await ana.post("/teams", json={"name": "Elsewhere"})).raise_for_status().json()["id"]
    for number in range(20):
        theirs = {"name": f"Theirs {number}", "emails": [f"{number}@x.example"], "team_id": team}
        (await ana.post("/contacts", json=theirs)).raise_for_status()
    told, came, _ = await first(ben, before)
    assert told == came, "the bar comes to its end, and says nothing of others'"
    told, came, _ = await first(ben)
    assert abs(told - came) < 10, "in a first download about as many"
    assert (await first(ana))[0] >= told + 20


Forge = Callable[[Cursor], Cursor]


def at_a_place(**said: Any) -> Forge:
    def forge(end: Cursor) -> Cursor:
        place: dict[str, Any] = {
            "since": 0, "version": end.version, "sight": end.sight, "purge": False, "kind": "contact", "stage": "new",
            "after_version": 0, "after_id": bytes(16),
        }  # fmt: skip
        return msgspec.structs.replace(end, place=Place(**place | said))

    return forge


@pytest.mark.parametrize(
    ("forge", "status"),
    [
        (at_a_place(after_id=b"short"), 422),
        (at_a_place(since=1 << 63), 422),
        (at_a_place(after_version=-2), 422),
        (at_a_place(version=HUGE), 410),
        (lambda end: msgspec.structs.replace(end, version=HUGE), 410),
        (lambda end: msgspec.structs.replace(end, version=-1), 422),
        (lambda end: msgspec.structs.replace(end, sight=msgspec.structs.replace(end.sight, floor=1 << 63)), 422),
    ],
)  # fmt: skip
async def test_a_cursor_that_no_server_made_is_refused(world: World, ben: httpx.AsyncClient, forge: Forge, status: int) -> None:
    whole = (await ben.post(f"{world.address}/sync/pull")).raise_for_status()
    end = [unpack(frame, Page) for frame in Frames().feed(whole.content)][-1].end
    answer = await ben.post(f"{world.address}/sync/pull", content=cursor_to_text(forge(end)).encode())
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("days", [-1, 4_000, 99_999_999_999])
async def test_days_that_no_device_can_keep_are_refused(world: World, ben: httpx.AsyncClient, days: int) -> None:
    assert (await ben.post(f"{world.address}/sync/size", json={"days": days})).status_code == 422


async def test_a_device_of_a_name_that_no_database_holds_has_nothing_held(world: World, ben: httpx.AsyncClient) -> None:
    assert (await ben.post(f"{world.address}/sync/holds/allow", json={"device": "a\0b"})).status_code == 404


@pytest.mark.parametrize("path", ["/sync/size", "/sync/holds/allow"])
async def test_a_body_that_is_too_long_is_refused_at_once(world: World, ben: httpx.AsyncClient, path: str) -> None:
    assert (await ben.post(f"{world.address}{path}", content=b" " * 100_000)).status_code == 413
