"""What was given up can be seen and tried again by those who have the right, over the API."""

import httpx

from tests.server.world import World, lose_jobs


async def test_an_administrator_sees_what_was_given_up_and_has_it_tried_again(
    world: World, ana: httpx.AsyncClient, zoe: httpx.AsyncClient
) -> None:
    lost = [str(each) for each in await lose_jobs(world.server.stores.of(world.people.acme), 3)]
    page = (await ana.get("/jobs/dead", params={"limit": 2})).json()
    rest = (await ana.get("/jobs/dead", params={"after": page["next"]})).json()
    assert [job["id"] for job in page["rows"] + rest["rows"]] == sorted(lost)
    assert rest["next"] is None
    one = (await ana.get(f"/jobs/dead/{lost[0]}")).json()
    assert (one["name"], one["attempts"], one["error"]) == ("email.send", 1, "no such address")
    for path in (f"/jobs/dead/{lost[0]}", f"/jobs/dead/{lost[0]}/replay"):
        answer = await (zoe.post(path) if path.endswith("replay") else zoe.get(path))
        assert (answer.status_code, answer.json()["key"]) == (404, "not_here"), path
    assert (await ana.post(f"/jobs/dead/{lost[0]}/replay")).status_code == 204
    assert (await ana.post(f"/jobs/dead/{lost[0]}/replay")).status_code == 404
    assert (await ana.get(f"/jobs/dead/{lost[0]}")).status_code == 404
    assert len((await ana.get("/jobs/dead")).json()["rows"]) == 2


async def test_without_the_right_nothing_of_it_is_told(world: World, ben: httpx.AsyncClient) -> None:
    lost = (await lose_jobs(world.server.stores.of(world.people.acme), 1))[0]
    answers = [
        await ben.get("/jobs/dead"), await ben.get(f"/jobs/dead/{lost}"), await ben.post(f"/jobs/dead/{lost}/replay"),
    ]  # fmt: skip
    assert [(each.status_code, each.json()["values"]["permission"]) for each in answers] == [
        (403, "job:read"), (403, "job:read"), (403, "job:replay"),
    ]  # fmt: skip
