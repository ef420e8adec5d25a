"""Whatever place of the API takes an id, another workspace's says no more there than one that nobody has."""

import itertools
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.kernel.command import COMMANDS
from server.jobs.runner import Runner
from tests.server.test_tenants import cast_of, changes
from tests.server.world import World

SKIPPED = {  # what ends the caller's own sessions, or would: tried by tests of its own
    "sign_out", "end_sessions", "refresh", "sign_in", "change_password", "use_password_code", "device_wiped",
    "revoke_other_devices",
}  # fmt: skip
NOUN_OF = {"people": "user", "users": "user", "identities": "identity", "history": "contact", "shares": "share", "jobs": "job"}
TEXTS = {"record_kind": "contact", "kind": "contact", "channel": "email", "status": "resolved", "state": "busy", "text": "x"}
PLAIN = {"date-time": "2026-11-20T10:00:00Z"}
Schemas = dict[str, Any]
NAMED = {name.replace(".", "_"): kind for name, kind in COMMANDS.items()}
NAMED_MOST = ("contact", "user", "team")  # what other records are about, and whose they are
number = itertools.count(1)  # no two addresses are the same


def sample(schema: Schemas, known: Schemas, other: str, name: str = "", pick: int = 0) -> Any:
    """A value that fits a schema, with the other's id wherever one is taken; of several alternatives, one."""
    if "$ref" in schema:
        return sample(known[schema["$ref"].rpartition("/")[2]], known, other, name)
    if "anyOf" in schema:
        parts = [part for part in schema["anyOf"] if part != {"type": "null"}]
        return sample(parts[pick % len(parts)], known, other, name)
    match "enum" if "enum" in schema else schema.get("type"):
        case "object":  # all that may name a record is in it, and of the rest what must be
            return {
                each: sample(part, known, other, each)
                for each, part in schema.get("properties", {}).items()
                if each in schema.get("required", ()) or "uuid" in repr(part)
            }
        case "array":
            return [sample(schema.get("items", {}), known, other, name)]
        case "string":
            return (
                other
                if schema.get("format") == "uuid"
                else PLAIN.get(schema.get("format", ""), TEXTS.get(name, f"p{next(number)}@x.example"))
            )
    fit = {"integer": max(1, schema.get("minimum", 1)), "boolean": True, "number": 1.0}
    return schema["enum"][0] if "enum" in schema else fit.get(schema.get("type", ""), {})


def body_of(described: Schemas, schema: Schemas | None, known: Schemas, other: str, pick: int) -> Any:
    """Without the ids that what is made shall have: those are the caller's to choose."""
    body = sample(schema, known, other, pick=pick) if schema is not None else None
    command = NAMED.get(described["operationId"])
    made = {argument for argument, mark in command.refs if mark.new} if command is not None else set()
    return {name: value for name, value in body.items() if name not in made} if isinstance(body, dict) else body


def alternatives(schema: Schemas | None) -> int:
    """How many bodies there are to try."""
    return len(schema["anyOf"]) if schema is not None and "anyOf" in schema else 1


def operations(document: Schemas) -> Iterator[tuple[str, str, Schemas]]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if described["operationId"] not in SKIPPED:
                yield method.upper(), path.removeprefix("/api/v1"), described


def noun_of(path: str) -> str:
    first = path.split("/")[1]
    return NOUN_OF.get(first, {"territories": "territory"}.get(first, first.removesuffix("s")))


def told(answer: httpx.Response) -> tuple[int, str]:
    """What somebody learns of it: ids aside, which they gave or which are of what was made."""
    said = re.sub(r'"\d{4}-[^"]+Z"|p\d+@x.example|"(version|message_count)":\d+', "…", answer.text)
    return answer.status_code, re.sub(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", "…", said)


async def test_no_place_of_the_api_tells_another_workspaces_ids_from_nobodys(zoe: httpx.AsyncClient, world: World) -> None:
    cast, theirs = await cast_of(world)
    theirs |= {"user": world.people.ben}
    runner = next(each for each in world.server.services if isinstance(each, Runner))
    await runner.stop()  # it writes what became of the mails of the cast
    document = (await zoe.get("/openapi.json")).json()
    known, own = document["components"]["schemas"], await records_of(zoe, world)
    before, tried, others = await changes(cast.store), 0, []
    most = len(NAMED_MOST) + 1 if world.server.stores.place.is_sqlite else 1  # the ids go the same way on both
    for method, path, described in operations(document):
        schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        for start, other in places(path, schema, known, own, theirs, most):
            for pick in range(alternatives(schema)):
                pair = [
                    await ask(zoe, method, path, described, body_of(described, schema, known, each, pick), start, each)
                    for each in (other, str(uuid4()))
                ]
                assert pair[0] == pair[1], (method, path, start, pick)
                assert pair[0][0] != 500, (method, path)
                if start is None and "{" in path and pair[0][0] != 404 and "{sha256}" not in path:
                    others.append((method, path, *pair[0]))
                tried += 1
    assert others == []
    assert tried > 120
    assert await changes(cast.store) == before, "and nothing of theirs was touched"


def places(
    path: str, schema: Schemas | None, known: Schemas, own: dict[str, str], theirs: dict[str, UUID], most: int
) -> Iterator[tuple[str | None, str]]:
    """Theirs in the path; then one's own in the path, and one of each kind of theirs in all other places."""
    noun = noun_of(path)
    takes_more = path.count("{") > 1 or (schema is not None and "uuid" in repr(resolved(schema, known)))
    yield None, str(theirs.get(noun, theirs["contact"]))
    if "{" in path and takes_more and noun in own:
        yield from ((own[noun], str(theirs[kind])) for kind in dict.fromkeys([noun, *NAMED_MOST][:most]))


async def ask(
    zoe: httpx.AsyncClient, method: str, path: str, described: Schemas, body: Any, start: str | None, other: str
) -> tuple[int, str]:
    ids = itertools.chain([start or other], itertools.repeat(other))
    where = re.sub(r"{\w+}", lambda _: next(ids), path)
    queries = [each["name"] for each in described["parameters"] if each["in"] == "query" and "uuid" in repr(each["schema"])]
    answer = await zoe.request(method, where, json=body, params=dict.fromkeys(queries, other) | required(described))
    return told(answer)


def resolved(schema: Schemas, known: Schemas) -> Any:
    """With what its references stand for, one step deep."""
    return [schema, *(known[name] for name in re.findall(r"schemas/(\w+)", repr(schema)))]


def required(described: Schemas) -> Schemas:
    return {
        each["name"]: TEXTS.get(each["name"], "x")
        for each in described["parameters"]
        if each["in"] == "query" and each.get("required")
    }


async def records_of(zoe: httpx.AsyncClient, world: World) -> dict[str, str]:
    """One of each of the caller's own."""
    made: dict[str, str] = {"user": str(world.people.zoe)}

    async def make(noun: str, path: str, **body: Any) -> None:
        answer = (await zoe.post(path, json=body)).raise_for_status().json()
        made[noun] = str(answer["id"])

    await make("contact", "/contacts", name="Mia", phones=["+4930123456"])
    await make("account", "/accounts", name="Firm")
    await make("conversation", "/conversations", channel="email", address="a@x.example")
    await make("task", "/tasks", title="x")
    await make("note", "/notes", text="x", contact_id=made["contact"])
    await make("team", "/teams", name="T")
    await make("territory", "/territories", name="T")
    await make("role", "/roles", key="k", name="K", rights={"contact:read": "own"})
    await make(
        "call", "/calls", sip_call_id="c@x", direction="in", number="1", state="ringing", started_at="2026-11-20T10:00:00Z"
    )
    made["identity"] = (await zoe.get(f"/contacts/{made['contact']}")).json()["identities"][0]["id"]
    (await zoe.post(f"/conversations/{made['conversation']}/reply", json={"text": "x"})).raise_for_status()
    made["message"] = (await zoe.get(f"/conversations/{made['conversation']}/messages")).json()[0]["id"]
    return made
