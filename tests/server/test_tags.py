"""Tags over the REST API and in what leaves the workspace, on both databases."""

from typing import Any

import httpx
import msgspec

from tests.server.test_routes import START, make
from tests.server.world import World


async def test_tags_from_making_to_filtering(ana: httpx.AsyncClient) -> None:
    mia = await make(ana, "contacts", name="Mia Wong", tags=["VIP", "Key Account"])
    await make(ana, "contacts", name="Ben Ray", tags=["renewal"])
    path = f"/contacts/{mia['id']}"
    assert mia["tags"] == ["key account", "vip"]
    turned = await ana.patch(path, json={"tags": {"add": ["Réf ✓"], "remove": ["vip"]}})
    assert turned.json()["tags"] == ["key account", "réf ✓"]
    assert (await ana.patch(path, json={"tags": ["only this"], "is_vip": True})).json()["tags"] == ["only this"]
    for tag, names in (("ONLY this", ["Mia Wong"]), ("renewal", ["Ben Ray"]), ("only", []), ("%", [])):
        answer = await ana.get("/contacts", params={"tag": tag})
        assert [each["name"] for each in answer.json()["rows"]] == names, tag
    refused = await ana.patch(path, json={"tags": {"add": ["a,b"]}})
    assert (refused.status_code, refused.json()["values"]["field"]) == (422, "tags")
    assert (await ana.patch(path, json={"tags": {"put": ["a"]}})).status_code in {400, 422}


async def test_accounts_and_conversations_are_tagged_alike(ana: httpx.AsyncClient) -> None:
    for noun, body in (("accounts", {"name": "Lamps Ltd", "tags": ["reseller"]}), ("conversations", START)):
        made = await make(ana, noun, **body)
        answer = await ana.patch(f"/{noun}/{made['id']}", json={"tags": {"add": ["refund"]}})
        assert "refund" in answer.json()["tags"]
        for tag, count in (("refund", 1), ("nobody has it", 0)):
            assert len((await ana.get(f"/{noun}", params={"tag": tag})).json()["rows"]) == count
        assert (await ana.get(f"/{noun}", params={"tag": "x" * 99})).status_code == 422


async def test_tags_are_searched_for_by_filter_and_by_word(ana: httpx.AsyncClient) -> None:
    await make(ana, "contacts", name="Mia Wong", tags=["vip", "key account"])
    await make(ana, "contacts", name="Vip Lee", tags=["lead"])
    talk = await make(ana, "conversations", **START)
    await ana.patch(f"/conversations/{talk['id']}", json={"tags": ["vip"]})

    async def found(q: str) -> set[tuple[str, str]]:
        groups: list[dict[str, Any]] = (await ana.get("/search", params={"q": q})).json()["groups"]
        return {(group["kind"], hit["title"]) for group in groups for hit in group["hits"]}

    both = {("contact", "Mia Wong"), ("conversation", "Broken lamp")}
    assert await found("tag:VIP") == both
    assert await found("vip") == {*both, ("contact", "Vip Lee")}
    assert await found('tag:"key account" mia') == await found("tag:vip tag:lead kind:contact") | {("contact", "Mia Wong")}
    assert await found("tag:lead") == {("contact", "Vip Lee")}
    assert await found("tag:key") == set()
    assert (await ana.get("/search", params={"q": "tag:"})).json()["values"]["hint"].startswith("Write a tag")


async def test_the_tags_in_use_are_told_most_used_first(ana: httpx.AsyncClient) -> None:
    for name, tags in (("A", ["vip", "late"]), ("B", ["vip"]), ("C", []), ("D", ["Very late"])):
        await make(ana, "contacts", name=name, tags=tags)
    await make(ana, "accounts", name="Lamps Ltd", tags=["vip", "reseller"])

    async def told(**asked: str) -> list[tuple[str, int]]:
        return [(each["tag"], each["count"]) for each in (await ana.get("/tags", params=asked)).json()]

    assert await told() == [("vip", 3), ("late", 1), ("reseller", 1), ("very late", 1)]
    assert await told(kind="contact", starting_with="V") == [("vip", 2), ("very late", 1)]
    assert await told(limit="1") == [("vip", 3)]
    for asked in ({"kind": "message"}, {"limit": "0"}):
        assert (await ana.get("/tags", params=asked)).status_code in {400, 422}


async def test_what_leaves_carries_its_tags(ana: httpx.AsyncClient) -> None:
    await make(ana, "contacts", name="Mia Wong", tags=["vip", "=cmd()"])
    await make(ana, "contacts", name="Ben Ray")
    answer = await ana.get("/export/contacts", params={"tag": "VIP"})
    head, *lines = answer.text.splitlines()
    assert "tags" in head.split(",")
    assert [line for line in lines if "Ben Ray" in line] == []
    assert "'=cmd(); vip" in lines[0]


async def test_lists_and_what_leaves_are_narrowed_to_an_owner_and_a_state(ana: httpx.AsyncClient, world: World) -> None:
    lamps, bikes = [await make(ana, "accounts", name=name) for name in ("Lamps Ltd", "Bikes Ltd")]
    await ana.post(f"/accounts/{bikes['id']}/assign", json={"owner_id": None, "team_id": None})
    await ana.post(f"/accounts/{bikes['id']}/lock", json={})
    talk = await make(ana, "conversations", **START)
    ana_id, ben_id = str(world.people.ana), str(world.people.ben)

    async def shown(noun: str, **asked: str) -> set[str]:
        rows = (await ana.get(f"/{noun}", params=asked)).raise_for_status().json()["rows"]
        return {each["id"] for each in rows}

    async def leaves(noun: str, **asked: str) -> set[str]:
        answer = await ana.get(f"/export/{noun}", params={"format": "json", **asked})
        return {msgspec.json.decode(line)["id"] for line in answer.raise_for_status().text.splitlines()}

    for look in (shown, leaves):
        assert await look("accounts", owner_id=ana_id) == {lamps["id"]}
        assert await look("accounts", owner_id=ben_id) == set()
        assert await look("accounts", is_unowned="true") == {bikes["id"]}
        assert await look("accounts", is_locked="True") == {bikes["id"]}, "as the console writes it"
        assert await look("accounts", is_locked="False") == {lamps["id"]}
        assert await look("conversations", owner_id=ana_id, status="open") == {talk["id"]}
        assert await look("conversations", owner_id=ana_id, status="resolved") == set()
        assert await look("conversations", owner_id=ben_id) == set()
    assert await leaves("conversations", is_unowned="True") == set()
    assert (await ana.get("/accounts", params={"owner_id": "me"})).status_code in {400, 422}
