"""Records leave the workspace as files: as far as the right to export them reaches, without what is hidden, and written down."""

import csv
import io
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from server.web.exports import EXPORTS
from tests.server.access import ROWS, SECRET, SEEN, Cast, make_cast
from tests.server.world import World

PATHS = {each.noun: f"/export/{each.name}" for each in EXPORTS}


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.raise_for_status().text)))


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in answer.raise_for_status().text.splitlines()]


@pytest.fixture
async def cast(world: World) -> Cast:
    return await make_cast(world)


async def test_each_noun_leaves_as_far_as_reading_and_exporting_both_reach(cast: Cast, ben: httpx.AsyncClient) -> None:
    cases = 0
    for level, seen in SEEN.items():
        for read in ("all", "own"):
            await cast.give({f"{noun}:read": read for noun in PATHS} | {f"{noun}:export": level for noun in PATHS})
            for noun, path in PATHS.items():
                answer = await ben.get(path, params={"format": "json"})
                if level == "none":
                    assert (answer.status_code, answer.json()["values"]) == (403, {"permission": f"{noun}:export"})
                else:
                    found = cast.rows_of(noun, (row["id"] for row in lines(answer)))
                    assert found == seen & SEEN[read], (noun, level, read)
                    assert cast.rows_of(noun, (row["id"] for row in table(await ben.get(path)))) == found
                cases += 1
    assert cases == 32
    await cast.give({f"{noun}:export": "all" for noun in PATHS})
    for noun, path in PATHS.items():
        assert (await ben.get(path)).json()["values"] == {"permission": f"{noun}:read"}, "who may not read leads nothing out"


async def test_what_is_hidden_is_in_no_file(cast: Cast, ben: httpx.AsyncClient) -> None:
    rights = {f"{noun}:{verb}": "all" for noun in PATHS for verb in ("read", "export")} | {"identity:read": "all"}
    await cast.give(rights, {"contact.job_title": "hidden", "contact.name": "hidden", "identity.value": "hidden"})
    answer = await ben.get("/export/contacts")
    assert not {"job_title", "name", "phones", "emails"} & table(answer)[0].keys()
    assert "quince" not in answer.text
    whole = await ben.get("/export/contacts", params={"format": "json"})
    assert len(lines(whole)) == len(ROWS)
    assert "quince" not in whole.text
    for path in ("/export/conversations", "/export/calls"):
        assert "contact foreign" not in (await ben.get(path)).text, "nor by another noun"
    await cast.give(rights)
    assert SECRET.format(row="foreign") in (await ben.get("/export/contacts")).text


async def test_a_file_is_whole_harmless_filtered_and_written_down(
    world: World, ana: httpx.AsyncClient, zoe: httpx.AsyncClient
) -> None:
    store, made = world.server.stores.of(world.people.acme), [new_id() for _ in range(203)]
    for number, contact_id in enumerate(made):
        name = "=cmd()" if number == 0 else f"Person {number:03}"
        phones, emails = (("+49301234567", "+49301234568"), ("a@a.example",)) if number == 1 else ((), ())
        command = CreateContact(contact_id=contact_id, name=name, phones=phones, emails=emails, job_title="\n=cmd()")
        await store.issue(command, world.people.ana, "t", command_id=new_id())
    rows = table(await ana.get("/export/contacts"))
    assert [UUID(row["id"]) for row in rows] == made, "every one once, also beyond a page"
    assert rows[0]["name"] == "'=cmd()"
    assert rows[2]["job_title"] == "'\n=cmd()"
    assert (rows[1]["phones"], rows[1]["emails"]) == ("+49301234567; +49301234568", "a@a.example")
    [found] = lines(await ana.get("/export/contacts", params={"format": "json", "search": "son 007"}))
    assert (found["name"], found["owner_name"], found["phones"]) == ("Person 007", "Ana", [])
    assert (await ana.get("/export/contacts", params={"format": "xml"})).status_code == 422
    assert table(await zoe.get("/export/contacts")) == []
    told = (await ana.get("/audit", params={"verb": "contact.export"})).json()["rows"]
    assert [row["fields"] for row in told] == [{"format": [None, "json"], "search": [None, "son 007"]}, {"format": [None, "csv"]}]
    assert told[0]["actor_name"] == "Ana"
    assert told[0]["address"] == "127.0.0.1"
