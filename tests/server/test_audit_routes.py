"""The audit over the API: searched, paged, exported, and only by who may; the history of a record by who sees it; undo."""

import csv
import io
from typing import Any

import httpx
import msgspec

from app.kernel.ids import new_id
from tests.server.world import World


async def _contact(caller: httpx.AsyncClient, name: str = "Luca") -> str:
    made = await caller.post("/contacts", json={"name": name, "job_title": "Baker"})
    return str(made.raise_for_status().json()["id"])


async def _rows(caller: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await caller.get("/audit", params={"limit": 3, **asked, **after})).raise_for_status().json()
        found += page["rows"]
        if not page.get("next"):
            return found
        after = {"after": page["next"]}


async def test_every_filter_finds_what_it_names_and_pages_meet(
    world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    contact_id = await _contact(ana)
    await ana.patch(f"/contacts/{contact_id}", json={"job_title": "Miller", "pinned_note": 'say "name":[1] twice'})
    await ben.post("/tasks", json={"title": "Call back"})
    refused = await ben.post("/teams", json={"name": "Mine"})
    assert refused.status_code == 403
    rows = await _rows(ana)
    assert [row["seq"] for row in rows] == list(range(len(rows), 0, -1))
    edited = (await _rows(ana, record_id=contact_id, verb="contact.edit"))[0]
    assert edited["fields"]["job_title"] == ["Baker", "Miller"]
    assert (edited["actor_name"], edited["address"], edited["device"]) == ("Ana", "127.0.0.1", "d1")
    assert [row["verb"] for row in await _rows(ana, record_id=contact_id, field="job_title")] == [
        "contact.edit",
        "contact.create",
    ]
    assert [row["verb"] for row in await _rows(ana, record_id=contact_id, field="name")] == ["contact.create"]
    by_ben = await _rows(ana, actor_id=str(world.people.ben))
    assert {row["verb"] for row in by_ben} == {"sign_in", "task.create", "team.create"}
    assert [row["fields"]["error"] for row in by_ben if row["operation"] == "refused"] == [[None, "not_allowed"]]
    assert {row["kind"] for row in await _rows(ana, kind="task")} == {"task"}
    assert {row["device"] for row in await _rows(ana, device="d2")} == {"d2"}
    assert len(await _rows(ana, address="127.0.0.1", verb="contact.edit")) == 1
    assert await _rows(ana, address="192.0.2.1") == []
    moment = edited["applied_at"]
    late, early = await _rows(ana, since=moment), await _rows(ana, until=moment)
    assert min(row["seq"] for row in late) == edited["seq"]
    assert len(late) + len(early) == len(await _rows(ana))
    assert (await ana.get("/audit", params={"field": 'x"'})).status_code == 422


async def test_sign_ins_refused_ones_and_the_end_of_a_session_are_there(world: World, ana: httpx.AsyncClient) -> None:
    assert (await world.try_sign_in("acme", "ben@acme.example", "wrong password", device="lost")).status_code == 401
    assert (await world.try_sign_in("acme", "nobody@acme.example", "wrong password")).status_code == 401
    async with world.signed_in("acme", "ben@acme.example", device="d2") as ben:
        await ben.post("/sign-out")
    refused = await _rows(ana, verb="sign_in.refused")
    assert [row["fields"]["email"][1] for row in refused] == ["nobody@acme.example", "ben@acme.example"]
    assert refused[1]["actor_id"] == str(world.people.ben)
    assert [row["fields"]["reason"] for row in await _rows(ana, verb="session.end")] == [[None, "signed out"]]


async def test_who_may_not_read_it_is_refused_and_others_workspaces_are_not_in_it(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, zoe: httpx.AsyncClient
) -> None:
    contact_id = await _contact(ana)
    for path in ("/audit", "/audit/export"):
        answer = await ben.get(path)
        assert (answer.status_code, answer.json()["key"]) == (403, "not_allowed")
    assert await _rows(zoe, record_id=contact_id) == []
    assert (await zoe.get(f"/history/{contact_id}", params={"kind": "contact"})).status_code == 404


async def test_the_export_is_whole_harmless_and_written_down(ana: httpx.AsyncClient) -> None:
    contact_id = await _contact(ana, "=1+1")
    for number in range(3):
        await ana.patch(f"/contacts/{contact_id}", json={"job_title": f"Title {number}"})
    as_csv = await ana.get("/audit/export", params={"record_id": contact_id})
    lines = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert as_csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [(line["field"], line["before"], line["after"]) for line in lines][:3] == [
        ("job_title", f"Title {number - 1}" if number else "Baker", f"Title {number}") for number in (2, 1, 0)
    ]
    assert "'=1+1" in {line["after"] for line in lines}
    everything = await ana.get("/audit/export", params={"format": "json"})
    rows = [msgspec.json.decode(line) for line in everything.text.splitlines()]
    exports = [row for row in await _rows(ana) if row["verb"] == "audit.export"]
    assert len(rows) == exports[0]["seq"] - 1, "all but itself"
    assert [row["fields"].get("record_id") for row in exports] == [None, [None, contact_id]]
    assert (await ana.get("/audit/export", params={"format": "xml"})).status_code == 422


async def test_the_history_of_a_record_is_for_who_sees_it(ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    contact_id = await _contact(ben)
    await ben.patch(f"/contacts/{contact_id}", json={"job_title": "Miller"})
    for caller in (ana, ben):
        page = (await caller.get(f"/history/{contact_id}", params={"kind": "contact", "field": "job_title"})).json()
        assert [row["fields"]["job_title"] for row in page["rows"]] == [["Baker", "Miller"], [None, "Baker"]]
    assert (await ben.get(f"/history/{contact_id}", params={"kind": "nothing"})).status_code == 422
    assert (await ben.get(f"/history/{new_id()}", params={"kind": "contact"})).status_code == 404
    mine = (await ben.get("/acts")).json()["rows"]
    assert [row["verb"] for row in mine if row["kind"] == "contact"] == ["contact.edit", "contact.create"]


async def test_an_act_is_undone_over_the_api_once(ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    contact_id = await _contact(ben)
    await ben.patch(f"/contacts/{contact_id}", json={"job_title": "Miller"})
    command_id = (await ben.get("/acts")).json()["rows"][0]["command_id"]
    assert (await ben.post("/undo", json={"command_id": command_id})).status_code == 204
    assert (await ben.get(f"/contacts/{contact_id}")).json()["job_title"] == "Baker"
    again = await ben.post("/undo", json={"command_id": command_id})
    assert (again.status_code, again.json()["key"]) == (409, "changed_since_done")
    assert (await ben.post("/undo", json={"command_id": str(new_id())})).json()["key"] == "nothing_to_undo"


async def test_retention_is_set_over_the_api(ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    assert (await ana.put("/workspace/audit-retention", json={"days": 400})).json()["audit_days"] == 400
    assert (await ana.put("/workspace/audit-retention", json={"days": 3})).status_code == 422
    assert (await ben.put("/workspace/audit-retention", json={"days": None})).status_code == 403
    assert (await ana.put("/workspace/audit-retention", json={"days": None})).json()["audit_days"] is None
