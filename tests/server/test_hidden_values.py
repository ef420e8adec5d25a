"""What is hidden, or out of sight, is told by no side way: by what is not found, what is refused, or what one did."""

from typing import Any

import httpx
import pytest

from app.domain.roles.rules import PRESETS, preset_id
from app.kernel.ids import new_id
from tests.server.together import ana as ana  # noqa: PLC0414 - a fixture
from tests.server.together import ben as ben  # noqa: PLC0414 - a fixture
from tests.server.together import world as world  # noqa: PLC0414 - a fixture
from tests.server.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT = next(dict(preset.rights) for preset in PRESETS if preset.key == "agent")


async def hide(ana: httpx.AsyncClient, world: World, *fields: str, **rights: str) -> None:
    """From agents, of whom Ben is one."""
    given = AGENT | {name.replace("__", ":"): level for name, level in rights.items()}
    body = {"rights": given, "fields": dict.fromkeys(fields, "hidden")}
    (await ana.put(f"/roles/{preset_id(world.people.acme, 'agent')}/rights", json=body)).raise_for_status()


async def made(caller: httpx.AsyncClient, name: str, **more: Any) -> str:
    return str((await caller.post("/contacts", json={"name": name, **more})).raise_for_status().json()["id"])


async def found(caller: httpx.AsyncClient, q: str, **more: Any) -> tuple[list[str], str | None]:
    answer = (await caller.get("/search", params={"q": q, "limit": 50, **more})).raise_for_status().json()
    return [hit["title"] for group in answer["groups"] for hit in group["hits"]], answer.get("corrected")


# ── search ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_hidden_word_neither_finds_nor_shuts_out_nor_goes_first(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    for name, title in (("Olga Pike", "bankruptcy"), ("Olga Pond", "teacher"), ("Olga Bankruptcyson", "")):
        await made(ana, name, job_title=title or None)
    assert await found(ana, "bankruptcy", typing="true") == (["Olga Pike", "Olga Bankruptcyson"], None)
    await hide(ana, world, "contact.job_title")
    assert await found(ben, "bankruptcy", typing="true") == (["Olga Bankruptcyson"], None)
    everybody = (await found(ben, "olga", typing="true"))[0]
    assert sorted(everybody) == ["Olga Bankruptcyson", "Olga Pike", "Olga Pond"]
    for word in ("teacher", "bankruptcy", "nowhere"):
        assert sorted((await found(ben, f"olga -{word}"))[0]) == sorted(everybody), word
    shown = sorted((await found(ben, "olga -pike"))[0])
    assert shown == ["Olga Bankruptcyson", "Olga Pond"], "what may be seen shuts out as ever"
    await made(ana, "Petra Zz", job_title="olg")
    assert (await found(ben, "olg", typing="true"))[0] == everybody, "newest first, whoever else has the whole word hidden"


async def test_putting_words_right_tells_of_no_word_out_of_sight(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    """A word that is known is not put right: so whoever keeps one a slip away learns whether the other is written anywhere."""
    await hide(ana, world, "contact.pinned_note")
    team = (await ana.post("/teams", json={"name": "Apart"})).raise_for_status().json()["id"]
    await made(ana, "Wanda Insolventia", team_id=team)
    noted = await made(ana, "Rolf Noted")
    (await ana.patch(f"/contacts/{noted}", json={"pinned_note": "syndicatum"})).raise_for_status()
    for mine, typed in (("Insolventiam", "insolventia"), ("Syndicatums", "syndicatum"), ("Moratoriums", "moratorium")):
        await made(ben, f"Bait {mine}")
        assert await found(ben, typed) == ([f"Bait {mine}"], mine.lower()), (
            f"{typed}: alike, whether it is written somewhere or not"
        )
    assert await found(ana, "insolventia") == (["Wanda Insolventia"], None)


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_merging_tells_nothing_of_what_is_hidden_in_both(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    pairs = []
    for title, tags in (("same", ["a"]), ("other", ["b"])):
        pairs.append((await made(ana, "Kay", job_title="same", tags=["a"]), await made(ana, "Kay", job_title=title, tags=tags)))
    await hide(ana, world, "contact.job_title")
    told = [(await ben.post(f"/contacts/{a}/merge", json={"other_id": b, "take": ["job_title"]})).json() for a, b in pairs]
    assert told[0] == told[1], "whether they are alike"
    assert told[0]["values"] == {"field": "job_title", "kind": "contact"}
    await hide(ana, world, "contact.tags")
    told = [(await ben.post(f"/contacts/{a}/merge", json={"other_id": b})).json() for a, b in pairs]
    assert told[0] == told[1], "whether the other has tags that this one has not"
    assert told[0]["values"] == {"field": "tags", "kind": "contact"}
    await hide(ana, world, "contact.job_title")
    assert (await ben.post(f"/contacts/{pairs[0][0]}/merge", json={"other_id": pairs[0][1]})).status_code == 200


async def test_a_duplicate_whose_name_is_hidden_has_no_name(ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World) -> None:
    await made(ana, "Xenia Quill", phones=["+442079460099"])
    await hide(ana, world, "contact.name")
    refused = await ben.post("/contacts", json={"name": "X", "phones": ["+442079460099"], "only_if_new": True})
    assert refused.json()["key"] == "duplicate_contact"
    assert "Quill" not in refused.text


async def test_undoing_says_of_a_hidden_field_only_that_it_may_not_be_set(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    await hide(ana, world)
    people, keys = [await made(ben, "Ute", job_title="first") for _ in range(2)], [new_id(), new_id()]
    for person, key in zip(people, keys, strict=True):
        changed = await ben.patch(f"/contacts/{person}", json={"job_title": "second"}, headers={"Idempotency-Key": str(key)})
        changed.raise_for_status()
    (await ana.patch(f"/contacts/{people[1]}", json={"job_title": "third"})).raise_for_status()
    await hide(ana, world, "contact.job_title")
    told = [(await ben.post("/undo", json={"command_id": str(key)})).json() for key in keys]
    assert [each["key"] for each in told] == ["field_not_allowed"] * 2, "whether it was changed since is not told"


# ── history, audit, what one did ───────────────────────────────────────────────────────────────────────────────────────


async def test_history_and_audit_find_nothing_by_a_hidden_field(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    person = await made(ana, "Hilde", job_title="hush")
    (await ana.patch(f"/contacts/{person}", json={"job_title": "hush hush"})).raise_for_status()
    await hide(ana, world, "contact.job_title", audit__read="all", audit__export="all")
    for path, more in ((f"/history/{person}", {"kind": "contact"}), ("/audit", {"record_id": person})):
        for field, count in (("job_title", 0), ("name", 1)):
            answer = (await ben.get(path, params={**more, "field": field})).raise_for_status()
            assert len(answer.json()["rows"]) == count, (path, field)
        assert "hush" not in (await ben.get(path, params=more)).text
    assert "hush" not in (await ben.get("/audit/export", params={"record_id": person})).text
    assert len((await ana.get("/audit", params={"record_id": person, "field": "job_title"})).json()["rows"]) == 2


async def test_a_settled_conflict_tells_the_audit_nothing_of_a_hidden_field(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    await hide(ana, world)
    person = await made(ana, "Greta")
    seen = {"If-Match": (await ana.get(f"/contacts/{person}")).headers["ETag"]}
    (await ana.patch(f"/contacts/{person}", json={"pinned_note": "whisper", "job_title": "hushed"})).raise_for_status()
    (await ben.patch(f"/contacts/{person}", json={"pinned_note": "murmur"}, headers=seen)).raise_for_status()
    [conflict] = [each for each in (await ana.get("/conflicts")).json() if each["record_id"] == person]
    (await ana.post(f"/conflicts/{conflict['id']}/settle", json={"choice": "theirs"})).raise_for_status()
    assert "whisper" in (await ana.get("/audit", params={"kind": "conflict"})).text
    await hide(ana, world, "contact.pinned_note", "contact.job_title", audit__read="all", audit__export="all")
    for path, more in (("/audit", {}), ("/audit/export", {"format": "json"}), ("/audit/export", {"format": "csv"})):
        told = (await ben.get(path, params={"kind": "conflict", **more})).raise_for_status().text
        assert conflict["id"] in told
        assert not [word for word in ("whisper", "murmur", "hushed") if word in told], path


async def test_a_refusal_quotes_nothing_of_a_hidden_field(ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World) -> None:
    await hide(ana, world)
    person = await made(ana, "Ines")
    long = "whisper" + "x" * 200_000
    assert (await ana.patch(f"/contacts/{person}", json={"pinned_note": long})).status_code == 422
    told = {"record_id": person, "operation": "refused"}
    assert "whisper" in (await ana.get("/audit", params=told)).text
    await hide(ana, world, "contact.pinned_note", audit__read="all", audit__export="all")
    for path, more in (("/audit", {}), ("/audit/export", {"format": "json"}), ("/audit/export", {"format": "csv"})):
        answer = (await ben.get(path, params={**told, **more})).raise_for_status().text
        assert "pinned_note" in answer
        assert "whisper" not in answer, path


async def test_what_one_did_to_what_left_ones_sight_is_told_without_what_was_in_it(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, world: World
) -> None:
    await hide(ana, world)
    team = (await ana.post("/teams", json={"name": "Elsewhere"})).raise_for_status().json()["id"]
    moved, gone, kept = [await made(ben, name, job_title=f"of {name}") for name in ("Vanished", "Buried", "Remaining")]
    (await ben.delete(f"/contacts/{gone}")).raise_for_status()
    before = (await ben.get("/acts", params={"limit": 20})).text
    assert all(name in before for name in ("Vanished", "Buried", "Remaining"))
    for each in (moved, kept):
        body = {"owner_id": str(world.people.ana), "team_id": team if each == moved else None}
        (await ana.post(f"/contacts/{each}/assign", json=body)).raise_for_status()
    told = (await ben.get("/acts", params={"limit": 20})).raise_for_status()
    assert "Vanished" not in told.text
    assert "Buried" in told.text, "of what is deleted it is told as long as it was in sight"
    assert "Remaining" in told.text
    assert moved in [row["record_id"] for row in told.json()["rows"]], "that it was done is told"
