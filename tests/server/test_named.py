"""What is new names only what there is, or was: a record that never was is refused with the field, and nothing is made."""

from uuid import uuid4

import httpx

from tests.server.test_routes import RING, START, make
from tests.server.world import World


async def test_a_new_record_that_names_what_never_was_is_refused_with_the_field(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    mia, shop = await make(ana, "contacts", name="Mia"), await make(ana, "accounts", name="Shop")
    call = (await ana.post("/calls", json=RING)).raise_for_status().json()
    async with world.signed_in("zenith", "zoe@zenith.example") as zoe:
        others = await make(zoe, "accounts", name="Elsewhere")
    for path, field, body in (
        ("/contacts", "account_id", {"name": "Luca", "account_id": others["id"]}),
        ("/tasks", "contact_id", {"title": "Call", "contact_id": str(uuid4())}),
        ("/tasks", "conversation_id", {"title": "Call", "contact_id": mia["id"], "conversation_id": str(uuid4())}),
        ("/conversations", "contact_id", {**START, "contact_id": str(uuid4())}),
        (f"/calls/{call['id']}/contact", "contact_id", {"contact_id": str(uuid4())}),
    ):
        answer = await ana.post(path, json=body)
        assert (answer.status_code, answer.json()["key"], answer.json()["values"]) == (422, "names_nothing", {"field": field})
        assert "Choose another" in answer.json()["detail"]
    assert (await ana.get("/tasks")).json() == []
    assert [row["channel"] for row in (await ana.get("/conversations")).json()["rows"]] == ["voice"]
    assert [row["name"] for row in (await ana.get("/contacts")).json()["rows"]] == ["Mia"]
    for path in (f"/contacts/{mia['id']}", f"/accounts/{shop['id']}"):
        assert (await ana.delete(path)).status_code == 204
    await make(ben, "contacts", name="Luca", account_id=shop["id"])
    task = await make(ben, "tasks", title="Call", contact_id=mia["id"])
    answer = await ben.patch(f"/tasks/{task['id']}", json={"contact_id": str(uuid4())})
    assert (answer.status_code, answer.json()["key"]) == (422, "names_nothing")
