"""What the REST API does for each noun, and what it says when it does not."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.domain.contacts.commands import EditContact
from server.bootstrap import ROUTES
from tests.server.world import World

START = {"channel": "email", "address": "mia@example.com", "subject": "Broken lamp"}
RING = {
    "sip_call_id": "abc@host", "direction": "in", "number": "+442079460018", "state": "ringing",
    "started_at": "2026-11-23T10:00:00Z",
}  # fmt: skip


async def make(caller: httpx.AsyncClient, noun: str, **body: Any) -> dict[str, Any]:
    answer = await caller.post(f"/{noun}", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_contact_from_making_to_deleting(ana: httpx.AsyncClient) -> None:
    made = await make(ana, "contacts", name="Mia Wong", phones=["020 7946 0018"], emails=["Mia@Example.com"], country="GB")
    assert {each["value"] for each in made["identities"]} == {"+442079460018", "mia@example.com"}
    path = f"/contacts/{made['id']}"
    answer = await ana.patch(path, json={"job_title": "Buyer", "is_vip": True})
    assert (answer.json()["job_title"], answer.headers["ETag"]) == ("Buyer", f'"{answer.json()["version"]}"')
    added = await ana.post(f"{path}/identities", json={"kind": "phone", "value": "+4930123456"})
    phone = next(each for each in added.json()["identities"] if each["value"] == "+4930123456")
    assert (await ana.delete(f"{path}/identities/{phone['id']}")).status_code == 204
    assert len((await ana.get(path)).json()["identities"]) == 2
    bounced = await ana.post(f"/identities/{made['identities'][1]['id']}/bounced", json={"reason": "no such mailbox"})
    assert bounced.json()["bounced"] == "no such mailbox"
    assert (await ana.delete(path)).status_code == 204
    assert (await ana.get(path)).json()["key"] == "not_here"
    assert (await ana.get("/contacts")).json() == {"rows": [], "next": None}


async def test_a_conversation_and_its_reply(ana: httpx.AsyncClient, world: World) -> None:
    contact = await make(ana, "contacts", name="Mia")
    talk = await make(ana, "conversations", **START)
    path = f"/conversations/{talk['id']}"
    assert (await ana.post(f"{path}/contact", json={"contact_id": contact["id"]})).json()["contact_name"] == "Mia"
    given = await ana.post(f"{path}/assign", json={"assignee_id": str(world.people.ben)})
    assert given.json()["owner_id"] == str(world.people.ben)
    assert (await ana.post(f"{path}/read", json={"is_unread": True})).json()["is_unread"] is True
    answered = await ana.post(f"{path}/reply", json={"text": "A new one is on its way."})
    assert (answered.status_code, answered.json()["message_count"]) == (200, 1)
    message = (await ana.get(f"{path}/messages")).json()[0]
    assert (message["text"], message["author_name"]) == ("A new one is on its way.", "Ana")
    file = {"name": "lamp.txt", "media_type": "text/plain", "size_bytes": 4, "sha256": "0" * 64}
    assert (await ana.post(f"/messages/{message['id']}/attachments", json=file)).status_code == 200
    assert [each["name"] for each in (await ana.get(f"{path}/attachments")).json()] == ["lamp.txt"]
    for _ in range(500):  # no inbox is there to send it from: it fails soon
        message = (await ana.get(f"{path}/messages")).json()[0]
        if message["state"] == "failed":
            break
        await asyncio.sleep(0.02)
    assert (await ana.post(f"/messages/{message['id']}/retry", json={})).json()["state"] == "queued"
    assert (await ana.post(f"{path}/status", json={"status": "resolved"})).json()["status"] == "resolved"
    assert (await ana.get("/conversations", params={"status": "resolved"})).json()["rows"][0]["id"] == talk["id"]
    timeline = (await ana.get(f"/contacts/{contact['id']}/timeline")).json()
    assert [each["kind"] for each in timeline] == ["message"]


async def test_a_call_told_twice_is_one_call(ana: httpx.AsyncClient) -> None:
    ringing = await make(ana, "calls", **RING)
    ended = {"state": "ended", "answered_at": "2026-11-23T10:00:05Z", "ended_at": "2026-11-23T10:03:00Z", "outcome": "answered"}
    call = await make(ana, "calls", **RING | ended)
    assert (call["id"], call["state"]) == (ringing["id"], "ended")
    assert len((await ana.get("/calls")).json()["rows"]) == 1
    assert [each["role"] for each in (await ana.get(f"/calls/{call['id']}/legs")).json()] == ["customer"]
    contact = await make(ana, "contacts", name="Mia")
    assert (await ana.post(f"/calls/{call['id']}/contact", json={"contact_id": contact["id"]})).json()["contact_name"] == "Mia"
    refused = await ana.post(f"/calls/{call['id']}/wrap-up", json={"disposition": "no such thing"})
    assert refused.json()["values"]["field"] == "disposition"


async def test_notes_and_tasks(ana: httpx.AsyncClient, world: World) -> None:
    contact = await make(ana, "contacts", name="Mia")
    note = await make(ana, "notes", text="Likes lamps", contact_id=contact["id"])
    assert (await ana.patch(f"/notes/{note['id']}", json={"text": "Loves lamps"})).json()["author_name"] == "Ana"
    assert (await ana.post(f"/notes/{note['id']}/pin", json={"is_pinned": True})).json()["is_pinned"] is True
    assert [each["text"] for each in (await ana.get("/notes", params={"contact_id": contact["id"]})).json()] == ["Loves lamps"]
    assert (await ana.delete(f"/notes/{note['id']}")).status_code == 204
    task = await make(ana, "tasks", title="Call back", contact_id=contact["id"], due_at="2026-11-24T09:00:00+01:00")
    assert task["due_at"] == "2026-11-24T08:00:00Z"
    assert (await ana.patch(f"/tasks/{task['id']}", json={"due_at": None})).json()["due_at"] is None
    assert (await ana.post(f"/tasks/{task['id']}/complete", json={})).json()["done_at"]
    assert (await ana.get("/tasks")).json() == []
    assert (await ana.get("/tasks", params={"is_done": "true"})).json()[0]["owner_id"] == str(world.people.ana)
    assert (await ana.post(f"/tasks/{task['id']}/reopen", json={})).json()["done_at"] is None
    assert (await ana.delete(f"/tasks/{task['id']}")).status_code == 204


async def test_people_teams_roles_and_the_workspace(ana: httpx.AsyncClient) -> None:
    user = await make(ana, "users", name="Cara", email="cara@acme.example")
    assert (await ana.patch(f"/users/{user['id']}", json={"language": "de"})).json()["language"] == "de"
    assert (await ana.post(f"/users/{user['id']}/state", json={"state": "away"})).json()["state"] == "away"
    team = await make(ana, "teams", name="Lamps")
    assert (await ana.patch(f"/teams/{team['id']}", json={"name": "Lights"})).json()["name"] == "Lights"
    assert (await ana.post(f"/teams/{team['id']}/members", json={"user_id": user["id"]})).json()["members"] == [user["id"]]
    assert (await ana.delete(f"/teams/{team['id']}/members/{user['id']}")).status_code == 204
    assert (await ana.get(f"/teams/{team['id']}")).json()["members"] == []
    role = await make(ana, "roles", key="reader", name="Reader", rights={"contact:read": "own"})
    rights = await ana.put(f"/roles/{role['id']}/rights", json={"rights": {"contact:*": "team"}})
    assert rights.json()["rights"] == {"contact:*": "team"}
    assert (await ana.post(f"/roles/{role['id']}/grants", json={"user_id": user["id"]})).status_code == 200
    assert (await ana.delete(f"/roles/{role['id']}/grants/{user['id']}")).status_code == 204
    assert (await ana.patch("/workspace", json={"time_zone": "Europe/London"})).json()["time_zone"] == "Europe/London"
    account = await make(ana, "accounts", name="Lamps Ltd")
    assert (await ana.patch(f"/accounts/{account['id']}", json={"domain": "lamps.example"})).json()["domain"] == "lamps.example"
    assert (await ana.delete(f"/accounts/{account['id']}")).status_code == 204


async def test_pages_are_whole_and_in_order_whatever_is_added_meanwhile(ana: httpx.AsyncClient) -> None:
    for number in range(7):
        await make(ana, "contacts", name=f"Person {number}")
    found, after = [], None
    for _ in range(4):
        answer = (await ana.get("/contacts", params={"limit": 2} | ({"after": after} if after else {}))).json()
        found += [row["name"] for row in answer["rows"]]
        after = answer["next"]
        await make(ana, "contacts", name="Aaron")  # before the place that was reached
    assert (found, after) == ([f"Person {number}" for number in range(7)], None)
    searched = (await ana.get("/contacts", params={"search": "son 3"})).json()
    assert [row["name"] for row in searched["rows"]] == ["Person 3"]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": 0}, "limit"), ({"limit": "x"}, "limit"), ({"after": "%%"}, "after"), ({"after": "WyJcdTAwMDAiXQ"}, "after"),
     ({"account_id": "1"}, "account_id"), ({"search": "a\x00b"}, "search")],
)  # fmt: skip
async def test_an_unfit_parameter_is_named(ana: httpx.AsyncClient, query: dict[str, Any], field: str) -> None:
    answer = await ana.get("/contacts", params=query)
    assert (answer.status_code, answer.json()["key"], answer.json()["values"]["field"]) == (422, "bad_value", field)


async def test_what_cannot_be_read_is_answered_with_a_problem(ana: httpx.AsyncClient) -> None:
    cases = [
        (await ana.get("/nothing"), 404, "no_such_path"),
        (await ana.get("/contacts/1"), 404, "no_such_path"),
        (await ana.put("/contacts"), 405, "wrong_method"),
        (await ana.post("/contacts", content=b"{"), 415, "wrong_media_type"),
        (await ana.post("/contacts", content=b"{", headers={"Content-Type": "application/json"}), 400, "unreadable"),
        (await ana.post("/contacts", content=b"\xff", headers={"Content-Type": "application/json"}), 400, "unreadable"),
        (await ana.post("/contacts", json={"name": "x" * 5_000_000}), 413, "too_large"),
        (await ana.post("/contacts", json={"name": 1}), 422, "bad_value"),
        (await ana.post("/contacts", json={"name": "M", "surname": "W"}), 422, "bad_value"),
        (await ana.post("/contacts", json={"name": "nul\x00"}), 422, "bad_value"),
        (await ana.post("/tasks", json={"title": "t", "due_at": "2026-01-01T00:00:00"}), 422, "bad_value"),
        (await ana.post("/tasks", json={"title": "t", "due_at": "0001-01-01T00:00:00+14:00"}), 422, "bad_value"),
        (await ana.get("/contacts", headers={"Authorization": "Basic x"}), 401, "not_signed_in"),
    ]
    for answer, status, key in cases:
        assert (answer.status_code, answer.json()["key"], answer.json()["status"]) == (status, key, status), answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"].endswith((".", ")"))


@pytest.mark.parametrize(
    ("field", "value"), [("size_bytes", 1 << 64), ("size_bytes", -(1 << 63) - 1), ("media_type", "nul\x00"), ("name", "nul\x00")]
)
async def test_what_no_database_holds_is_named_however_deep_it_lies(ana: httpx.AsyncClient, field: str, value: object) -> None:
    talk = await make(ana, "conversations", **START)
    file = {"name": "a", "media_type": "text/plain", "size_bytes": 1, "sha256": "0" * 64, field: value}
    answer = await ana.post(f"/conversations/{talk['id']}/reply-files", json={"text": "Hello", "files": [file]})
    assert (answer.status_code, answer.json()["key"], answer.json()["values"]["field"]) == (422, "bad_value", field)


async def test_a_problem_is_told_in_the_language_asked_for(ana: httpx.AsyncClient) -> None:
    english = (await ana.get(f"/contacts/{uuid4()}")).json()
    german = (await ana.get(f"/contacts/{uuid4()}", headers={"Accept-Language": "de-DE,de;q=0.9"})).json()
    assert english["key"] == german["key"] == "not_here"
    assert english["detail"] != german["detail"]


@pytest.mark.expects_errors
async def test_a_bug_is_logged_whole_and_told_without_details(
    ana: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch, error_log: list[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(world.server.stores.of(world.people.acme), "read", broken)
    answer = await ana.get("/contacts")
    assert (answer.status_code, answer.json()["key"]) == (500, "broken")
    assert "secret" not in answer.text
    assert ["ZeroDivisionError: a secret detail" in line for line in error_log] == [True]


async def test_every_record_of_another_tenant_is_simply_not_there(
    ana: httpx.AsyncClient, zoe: httpx.AsyncClient, world: World
) -> None:
    contact = await make(ana, "contacts", name="Mia", emails=["mia@example.com"])
    talk = await make(ana, "conversations", **START)
    await ana.post(f"/conversations/{talk['id']}/reply", json={"text": "Hello"})
    message = (await ana.get(f"/conversations/{talk['id']}/messages")).json()[0]
    file = {"name": "a", "media_type": "text/plain", "size_bytes": 1, "sha256": "0" * 64}
    await ana.post(f"/messages/{message['id']}/attachments", json=file)
    ids = {
        "contacts": contact["id"], "identities": contact["identities"][0]["id"], "conversations": talk["id"],
        "messages": message["id"], "attachments": (await ana.get(f"/conversations/{talk['id']}/attachments")).json()[0]["id"],
        "accounts": (await make(ana, "accounts", name="A"))["id"], "calls": (await make(ana, "calls", **RING))["id"],
        "notes": (await make(ana, "notes", text="n", contact_id=contact["id"]))["id"],
        "tasks": (await make(ana, "tasks", title="t"))["id"], "teams": (await make(ana, "teams", name="T"))["id"],
        "users": str(world.people.ben), "roles": (await ana.get("/roles")).json()[0]["id"],
        "territories": (await make(ana, "territories", name="T"))["id"], "history": contact["id"],
    }  # fmt: skip
    ids["conflicts"] = await _conflict(world, ana, UUID(contact["id"]), contact["version"])
    bodies: dict[str, Any] = {
        "contact_edit": {"name": "X"}, "account_edit": {"name": "X"}, "task_edit": {"title": "X"}, "note_edit": {"text": "X"},
        "user_edit": {"name": "X"}, "contact_assign": {"owner_id": None, "team_id": None}, "note_pin": {"is_pinned": True},
        "contact_add_identity": {"kind": "phone", "value": "+49301"}, "conversation_assign": {"assignee_id": None},
        "conversation_set_status": {"status": "open"}, "conversation_link_contact": {"contact_id": None},
        "message_reply": {"text": "X"}, "message_reply_files": {"text": "X", "files": []}, "conflict_settle": {"choice": "mine"},
        "call_keep_recording": {"files": [file], "began_at": "2026-01-01T00:00:00Z", "seconds": 1},
        "attachment_add": file, "call_wrap_up": {"disposition": "resolved"},
        "call_link_contact": {"contact_id": contact["id"]}, "user_set_state": {"state": "away"}, "team_rename": {"name": "X"},
        "team_add_member": {"user_id": str(world.people.zoe)}, "role_set_rights": {"rights": {}},
        "role_grant": {"user_id": str(world.people.zoe)}, "identity_mark_bounced": {"reason": "X"},
        "role_rename": {"name": "X"}, "territory_rename": {"name": "X"}, "territory_move": {"above_id": None},
        "territory_add_member": {"user_id": str(world.people.zoe)},
        "territory_place": {"record_kind": "contact", "record_id": contact["id"]},
        "territory_take_out": {"record_kind": "contact", "record_id": contact["id"]},
        "account_assign": {"owner_id": None}, "task_assign": {"owner_id": str(world.people.ben)},
        "contact_merge": {"other_id": contact["id"]},
    }  # fmt: skip
    tried = 0
    for route in ROUTES:
        if "{id}" not in route.path:
            continue
        path = route.path.replace("{id}", ids[route.path.split("/")[1]]).replace("{identity_id}", ids["identities"])
        body = bodies.get(route.name, {}) if route.body else None
        query = {"kind": "contact"} if route.name == "history" else None
        answer = await zoe.request(route.method, path.replace("{user_id}", str(world.people.zoe)), json=body, params=query)
        assert (answer.status_code, answer.json()["key"]) == (404, "not_here"), (route.name, answer.text)
        tried += 1
    assert tried > 30
    assert (await ana.get(f"/contacts/{contact['id']}")).json()["name"] == "Mia"


async def _conflict(world: World, ana: httpx.AsyncClient, contact_id: UUID, seen: int) -> str:
    """Two devices of hers, and neither knew of the other."""
    store = world.server.stores.of(world.people.acme)
    for device in ("d1", "d2"):
        edit = EditContact(contact_id=contact_id, patch={"job_title": device})
        await store.issue(edit, world.people.ana, device, seen={contact_id: seen})
    found: str = (await ana.get("/conflicts")).json()[0]["id"]
    return found


async def test_who_may_not_is_told_so(ben: httpx.AsyncClient) -> None:
    refused = await ben.post("/users", json={"name": "Cara", "email": "cara@acme.example"})
    assert (refused.status_code, refused.json()["values"]) == (403, {"permission": "user:create"})
    assert (await ben.get("/contacts")).status_code == 200


async def test_the_same_key_does_it_once(ana: httpx.AsyncClient) -> None:
    for key in (str(uuid4()), "order 4711"):
        headers = {"Idempotency-Key": key}
        answers = [await ana.post("/contacts", json={"name": "Mia"}, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
    assert len((await ana.get("/contacts")).json()["rows"]) == 2


async def test_a_refusal_is_repeated_under_its_key(ana: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    answers = [await ana.post("/contacts", json={"name": " "}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()


async def test_a_change_over_one_that_was_not_seen_is_noticed(ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    made = await make(ana, "contacts", name="Mia")
    path, seen = f"/contacts/{made['id']}", {"If-Match": f'"{made["version"]}"'}
    assert (await ben.patch(path, json={"name": "Mia Wong"})).status_code == 200
    refused = await ana.delete(path, headers=seen)
    assert (refused.status_code, refused.json()["key"]) == (409, "changed_since")
    assert (await ana.delete(path, headers={"If-Match": "x"})).status_code == 400
    assert (await ana.delete(path)).status_code == 204
