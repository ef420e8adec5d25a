"""The access matrix: for every level, noun, verb and reason to see a record, all doors come to the same answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from app.domain.contacts.queries import contacts
from app.domain.roles.actors import actor_of
from app.domain.roles.commands import CreateRole, GrantRole, RevokeRole
from app.domain.search.queries import search
from app.kernel.database import open_sqlite
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Page
from app.replica.replica import Replica
from server.features.bulk import command_id
from server.sync.pull import Pull
from server.sync.scope import sight_of
from tests.server.access import NOUNS, ROWS, SECRET, SEEN, Cast, looking, make_cast, seen_of
from tests.server.world import Database, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
SEARCHED = ("contact", "account", "call", "note")  # where the cast's secret word stands
PATHS = {noun: f"/{noun}s" for noun in NOUNS}
WRITES: dict[tuple[str, str], tuple[str, str, Any]] = {  # noun, verb → method, path below the record, body
    ("contact", "edit"): ("PATCH", "", {"is_vip": True, "tags": {"add": ["matrix"]}}),
    ("contact", "delete"): ("DELETE", "", None),
    ("contact", "assign"): ("POST", "/assign", {"owner_id": None, "team_id": None}),
    ("contact", "lock"): ("POST", "/lock", {}),
    ("account", "edit"): ("PATCH", "", {"domain": "new.example"}),
    ("account", "delete"): ("DELETE", "", None),
    ("account", "lock"): ("POST", "/lock", {}),
    ("conversation", "edit"): ("POST", "/status", {"status": "resolved"}),
    ("conversation", "assign"): ("POST", "/assign", {"assignee_id": None}),
    ("conversation", "lock"): ("POST", "/lock", {}),
    ("call", "edit"): ("POST", "/wrap-up", {"disposition": "resolved"}),
    ("note", "edit"): ("PATCH", "", {"text": "Quite another thing"}),
    ("task", "delete"): ("DELETE", "", None),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cast(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cast]:
    """Made once: every test puts back what it changed, and gives Ben's role the rights of its own cases."""
    place = database.copy(tmp_path_factory.mktemp("matrix") / "place")
    async with running(place, database.people) as world:
        yield await make_cast(world)
    database.drop(place)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ben(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with cast.world.signed_in("acme", "ben@acme.example", device="d2") as caller:
        yield caller


def rows_in(answer: httpx.Response) -> list[dict[str, Any]]:
    """Of a page, or of a list that is whole."""
    said = answer.raise_for_status().json()
    found: list[dict[str, Any]] = said["rows"] if isinstance(said, dict) else said
    return found


def everything(cast: Cast) -> list[Page]:
    """A first download of Ben's, as it goes over the wire."""
    pages: list[Page] = []
    with looking(cast.store) as connection:
        actor = actor_of(connection, cast.store.tenant_id, cast.world.people.ben)
        cursor = Cursor()
        while not pages or cursor.place is not None:
            pages.append(unpack(pack(Pull(connection, cast.store.tenant_id, sight_of(actor), 0).page(cursor)), Page))
            cursor = pages[-1].end
    return pages


def pulled(pages: list[Page], noun: str) -> set[UUID]:
    """The ids of a kind in the pages."""
    blocks = [block for page in pages for block in page.blocks if block.kind == noun]
    return {UUID(bytes=row[block.columns.index("id")]) for block in blocks for row in block.rows}


async def test_reading_comes_to_the_same_by_every_door(ben: httpx.AsyncClient, cast: Cast, tmp_path: Path) -> None:
    cases = 0
    for level, seen in SEEN.items():
        await cast.give({f"{noun}:read": level for noun in NOUNS})
        pages = everything(cast)
        for noun in NOUNS:
            listed = await ben.get(PATHS[noun])
            if level == "none":
                assert listed.status_code == 403, (noun, listed.text)
            else:
                assert cast.rows_of(noun, (row["id"] for row in rows_in(listed))) == seen_of(noun, level), (level, noun)
            assert cast.rows_of(noun, pulled(pages, noun)) == seen_of(noun, level), (level, noun)
            for row in ROWS:
                answer = await ben.get(f"{PATHS[noun]}/{cast.ids[noun, row]}")
                expected = 403 if level == "none" else 200 if row in seen_of(noun, level) else 404
                assert answer.status_code == expected, (level, noun, row, answer.text)
                cases += 3
        await _check_timelines(ben, cast, level)
        await _check_messages(ben, cast, level)
        _check_file(cast, pages, tmp_path / f"{level}.db", seen)
        cases += 2 * len(ROWS)
    assert cases >= 200


async def _check_timelines(ben: httpx.AsyncClient, cast: Cast, level: str) -> None:
    """Whatever is hung on a person, the timeline shows what is in sight of its own noun."""
    for row in ROWS:
        await cast.give({"contact:read": "all", "call:read": level})
        entries = (await ben.get(f"/contacts/{cast.ids['contact', row]}/timeline")).json()
        assert [each["title"] for each in entries] == ([f"call {row}"] if row in SEEN[level] else []), (level, row, entries)
    await cast.give({f"{noun}:read": level for noun in NOUNS})


async def _check_messages(ben: httpx.AsyncClient, cast: Cast, level: str) -> None:
    """A message is in sight no further than its conversation, nor than its own right reaches."""
    for other, right in (("conversation", "message"), ("message", "conversation")):
        await cast.give({f"{other}:read": "all", f"{right}:read": level})
        assert cast.rows_of("message", pulled(everything(cast), "message")) == SEEN[level], (right, level)
        for row in ROWS:
            answer = await ben.get(f"/messages/{cast.ids['message', row]}")
            refused = 403 if (right, level) == ("message", "none") else 404
            assert answer.status_code == (200 if row in SEEN[level] else refused), (right, level, row)
    await cast.give({f"{noun}:read": level for noun in NOUNS})


def _check_file(cast: Cast, pages: list[Page], path: Path, seen: frozenset[str]) -> None:
    """No byte of what is out of sight is in the replica's file."""
    engine = open_sqlite(str(path))
    replica = Replica(engine, cast.store.tenant_id, cast.world.people.ben, "d2", cast.store.now_us)
    for page in pages:
        assert replica.apply(page)
    while replica.search.go_on(replica.engine):
        pass
    found = replica.read(lambda reader: search(reader, q="quince", limit=50)).groups
    hits = {group.kind: [hit.id for hit in group.hits] for group in found}
    assert all(cast.rows_of(noun, hits.get(noun, ())) == seen for noun in SEARCHED), (path.name, hits)
    known = replica.read(contacts).rows if seen else []
    assert cast.rows_of("contact", (each.id for each in known)) == seen
    engine.dispose()
    held = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    for row in ROWS:
        assert (SECRET.format(row=row).encode() in held) == (row in seen), (path.name, row)


async def test_each_verb_reaches_as_far_as_its_own_level(ben: httpx.AsyncClient, cast: Cast) -> None:
    cases = 0
    for (noun, verb), (method, below, body) in WRITES.items():
        for level in SEEN:
            await cast.give({f"{noun}:read": "all", f"{noun}:{verb}": level})
            for row in ROWS:
                case, key = f"{noun} {verb} {level} {row}", new_id()
                path = f"{PATHS[noun]}/{cast.ids[noun, row]}{below}"
                answer = await ben.request(method, path, json=body, headers={"Idempotency-Key": str(key)})
                is_its = row != "shared" or level == "all" or seen_of(noun, level) == frozenset(ROWS)  # shared for reading
                may = row in seen_of(noun, level) and is_its
                assert (answer.status_code < 300) == may, (case, answer.text)
                assert may or (answer.status_code, answer.json()["values"]) == (403, {"permission": f"{noun}:{verb}"}), case
                cases += 1
                if may:
                    await cast.undo(key)
    assert cases >= 200


DOORS: dict[str, tuple[frozenset[str], str, str, Any]] = {  # name → rights that it takes, method, path, body
    "edit": (frozenset({"edit"}), "PATCH", "/contacts/{id}", {"is_vip": True}),
    "delete": (frozenset({"delete"}), "DELETE", "/contacts/{id}", None),
    "assign": (frozenset({"assign"}), "POST", "/contacts/{id}/assign", {"owner_id": None, "team_id": None}),
    "lock": (frozenset({"lock"}), "POST", "/contacts/{id}/lock", {}),
    "export": (frozenset({"export"}), "GET", "/export/contacts", None),
    "edit many": (frozenset({"bulk", "edit"}), "POST", "/contacts/bulk", {"act": "edit", "is_vip": True}),
    "assign many": (
        frozenset({"bulk", "assign"}),
        "POST",
        "/contacts/bulk",
        {"act": "assign", "owner_id": None, "team_id": None},
    ),
    "lock many": (frozenset({"bulk", "lock"}), "POST", "/contacts/bulk", {"act": "lock"}),
    "delete many": (frozenset({"bulk", "delete"}), "POST", "/contacts/bulk", {"act": "delete"}),
}


async def test_each_right_removed_alone_disables_just_what_takes_it(ben: httpx.AsyncClient, cast: Cast) -> None:
    rights = sorted(set().union(*(taken for taken, *_ in DOORS.values())))
    contact = cast.ids["contact", "own"]
    for removed in ("", *rights):
        await cast.give({"contact:read": "all"} | {f"contact:{each}": "all" for each in rights if each != removed})
        for name, (taken, method, path, body) in DOORS.items():
            key = new_id()
            asked = body | {"ids": [str(contact)]} if path.endswith("/bulk") else body
            answer = await ben.request(method, path.format(id=contact), json=asked, headers={"Idempotency-Key": str(key)})
            if removed in taken:
                assert (answer.status_code, answer.json()["values"]) == (403, {"permission": f"contact:{removed}"}), (
                    removed,
                    name,
                )
                continue
            assert answer.status_code < 300, (removed, name, answer.text)
            if method != "GET":
                await cast.undo(command_id(key, contact) if path.endswith("/bulk") else key)


FIELDS = {  # guarded field → path of a list, field in its rows, command that sets it
    "contact.job_title": ("contact", "job_title", ("PATCH", {"job_title": "X"})),
    "contact.name": ("contact", "name", ("PATCH", {"name": "X"})),
    "contact.tags": ("contact", "tags", ("PATCH", {"tags": {"add": ["x"]}})),
    "account.tags": ("account", "tags", ("PATCH", {"tags": ["x"]})),
    "account.industry": ("account", "industry", ("PATCH", {"industry": "X"})),
    "conversation.contact_id": ("conversation", "contact_id", ("POST", {"contact_id": None})),
    "call.disposition": ("call", "disposition", ("POST", {"disposition": "resolved"})),
    "note.text": ("note", "text", ("PATCH", {"text": "X"})),
    "task.title": ("task", "title", ("PATCH", {"title": "X"})),
}
BELOW = {"conversation": "/contact", "call": "/wrap-up"}


async def test_what_a_role_withholds_is_in_no_answer_and_cannot_be_set(ben: httpx.AsyncClient, cast: Cast) -> None:
    wide = {f"{noun}:*": "all" for noun in NOUNS}
    for guarded, (noun, field, (method, body)) in FIELDS.items():
        path = f"{PATHS[noun]}/{cast.ids[noun, 'own']}"
        for state in ("hidden", "read_only"):
            await cast.give(wide, {guarded: state})
            listed, one = rows_in(await ben.get(PATHS[noun])), (await ben.get(path)).json()
            assert [field in row for row in [*listed, one]] == [state == "read_only"] * (len(listed) + 1)
            refused = await ben.request(method, path + BELOW.get(noun, ""), json=body)
            assert (refused.status_code, refused.json()["key"]) == (403, "field_not_allowed"), (guarded, refused.text)
            assert refused.json()["values"] == {"field": field, "kind": noun}
        await cast.give(wide)
        key = new_id()
        done = await ben.request(method, path + BELOW.get(noun, ""), json=body, headers={"Idempotency-Key": str(key)})
        assert done.status_code == 200
        await cast.undo(key)


async def test_a_hidden_field_answers_no_question(ben: httpx.AsyncClient, cast: Cast) -> None:
    """Neither a filter, nor an order, nor another noun's list, nor search, nor the timeline tells what it holds."""
    wide = {f"{noun}:*": "all" for noun in NOUNS}
    guarded = ("contact.name", "call.reason", "call.queue", "note.text", "message.text")
    await cast.give(wide | {"message:*": "all"}, dict.fromkeys(guarded, "hidden"))
    assert (await ben.get("/contacts", params={"search": "contact"})).json()["rows"] == []
    first = (await ben.get("/contacts", params={"limit": 2})).json()
    more = (await ben.get("/contacts", params={"limit": 200, "after": first["next"]})).json()
    assert len(first["rows"]) + len(more["rows"]) == len(ROWS)
    for path in ("/conversations", "/calls"):
        assert "contact foreign" not in (await ben.get(path)).text, path
    timeline = await ben.get(f"/contacts/{cast.ids['contact', 'own']}/timeline")
    assert {each["kind"]: each["hidden"] for each in timeline.json()} == {
        "call": ["title", "body"], "note": ["body"], "message": ["body"],
    }, "what is hidden is said to be"  # fmt: skip
    assert "quince" not in timeline.text
    assert "call own" not in timeline.text


async def test_a_role_that_shows_a_field_opens_it_whatever_another_hides(ben: httpx.AsyncClient, cast: Cast) -> None:
    await cast.give({"contact:*": "all"}, {"contact.job_title": "hidden"})
    other, path = new_id(), f"/contacts/{cast.ids['contact', 'own']}"
    await cast.do(CreateRole(role_id=other, key="reader", name="Reader", rights={"contact:read": "own"}))
    assert "job_title" not in (await ben.get(path)).json()
    await cast.do(GrantRole(role_id=other, user_id=cast.world.people.ben))
    assert (await ben.get(path)).json()["job_title"] == SECRET.format(row="own")
    refused = await ben.patch(path, json={"job_title": "X"})  # the other role lets nothing be edited
    assert refused.json()["key"] == "field_not_allowed"
    await cast.do(RevokeRole(role_id=other, user_id=cast.world.people.ben))
