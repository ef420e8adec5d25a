"""Signing in, staying in, and being put out."""

import asyncio
import hashlib
import time
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.protocol.sign_in import TooManyTries
from server.database.place import Place
from server.database.store import Stores
from server.database.tries import Try
from server.web.gate import LOST_ANSWER
from server.web.limits import RateLimit
from server.web.passwords import Passwords
from tests.server.world import PASSWORD, World, stores_of


async def test_a_token_lets_in_and_its_absence_does_not(world: World, ana: httpx.AsyncClient) -> None:
    assert (await ana.get("/workspace")).json()["name"] == "Acme"
    async with world.stranger() as nobody:
        answer = await nobody.get("/workspace")
    assert (answer.status_code, answer.json()["key"]) == (401, "not_signed_in")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["x", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
async def test_a_token_that_is_not_ours_is_none(world: World, token: str) -> None:
    async with world.stranger(headers={"Authorization": f"Bearer {token}"}) as caller:
        assert (await caller.get("/contacts")).status_code == 401


async def test_whatever_is_wrong_the_words_are_the_same(world: World) -> None:
    answers = [
        await world.try_sign_in("acme", "ana@acme.example", "wrong password"),
        await world.try_sign_in("acme", "nobody@acme.example"),
        await world.try_sign_in("nowhere", "ana@acme.example"),
        await world.try_sign_in("zenith", "ana@acme.example"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


async def test_somebody_unknown_costs_the_work_of_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords()
    kept = await passwords.hash(PASSWORD)
    took: dict[str, list[float]] = {"wrong": [], "unknown": []}
    for _ in range(7):
        for name, known in (("wrong", kept), ("unknown", None)):
            began = time.process_time()  # of all threads of this process, whatever else the machine does
            assert not await passwords.matches("another password", known)
            took[name].append(time.process_time() - began)
    assert await passwords.matches(PASSWORD, kept)
    assert not await passwords.matches("nobody has this password", None)
    passwords.close()
    wrong, unknown = (min(each) for each in took.values())
    assert 0.5 < unknown / wrong < 2


async def test_a_refresh_token_that_was_followed_by_another_ends_the_session(world: World) -> None:
    first = (await world.try_sign_in("acme", "ana@acme.example")).json()
    async with world.stranger() as caller:
        second = (await _refreshed(caller, first)).json()
        third = (await _refreshed(caller, second)).json()
        headers = {"Authorization": f"Bearer {third['access_token']}"}
        assert (await caller.get("/workspace", headers=headers)).status_code == 200
        again = await _refreshed(caller, first)
        assert (again.status_code, again.json()["key"]) == (401, "not_signed_in")
        assert (await _refreshed(caller, third)).status_code == 401
        assert (await caller.get("/workspace", headers=headers)).status_code == 401


async def test_a_refresh_whose_answer_was_lost_is_answered_again_for_a_while(world: World) -> None:
    first = (await world.try_sign_in("acme", "ana@acme.example")).json()
    async with world.stranger() as caller:
        lost, *others = await asyncio.gather(*(_refreshed(caller, first) for _ in range(3)))
        assert {lost.json()["refresh_token"]} == {other.json()["refresh_token"] for other in others}
        assert (await _refreshed(caller, lost.json())).status_code == 200
    late = (await world.try_sign_in("acme", "ana@acme.example", device="d9")).json()
    async with world.stranger() as caller:
        await _refreshed(caller, late, "d9")
        world.server.stores.now_us = lambda: system_now_us() + (int(LOST_ANSWER.total_seconds()) + 1) * 1_000_000
        assert (await _refreshed(caller, late, "d9")).status_code == 401


async def _refreshed(caller: httpx.AsyncClient, tickets: dict[str, str], device: str = "d1") -> httpx.Response:
    return await caller.post("/refresh", json={"refresh_token": tickets["refresh_token"], "device": device})


async def test_a_refresh_token_is_worth_nothing_on_another_device(world: World) -> None:
    first = (await world.try_sign_in("acme", "ana@acme.example")).json()
    async with world.stranger() as caller:
        for device in ("d2", "D1"):
            answer = await caller.post("/refresh", json={"refresh_token": first["refresh_token"], "device": device})
            assert answer.status_code == 401
        kept = await caller.post("/refresh", json={"refresh_token": first["refresh_token"], "device": "d1"})
        assert kept.status_code == 200


async def test_signing_out_ends_the_access_token_too(world: World, ana: httpx.AsyncClient) -> None:
    assert (await ana.post("/sign-out")).status_code == 204
    assert (await ana.get("/workspace")).status_code == 401


async def test_sessions_are_listed_and_one_can_be_ended_from_another(world: World, ana: httpx.AsyncClient) -> None:
    async with world.signed_in("acme", "ana@acme.example", device="phone") as phone:
        listed = (await ana.get("/sessions")).json()
        assert sorted(each["is_this_one"] for each in listed) == [False, True]
        other = next(each["id"] for each in listed if not each["is_this_one"])
        assert (await ana.delete(f"/sessions/{other}")).status_code == 204
        assert (await phone.get("/workspace")).status_code == 401
        assert (await ana.delete(f"/sessions/{other}")).status_code == 404
        assert len((await ana.get("/sessions")).json()) == 1


async def test_nobody_ends_the_session_of_another(world: World, ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    own = (await ana.get("/sessions")).json()[0]["id"]
    assert (await ben.delete(f"/sessions/{own}")).status_code == 404
    assert (await ana.delete("/sessions")).status_code == 204
    assert (await ana.get("/sessions")).status_code == 401
    assert (await ben.get("/sessions")).status_code == 200


async def test_a_new_password_puts_other_devices_out_and_the_old_one_is_no_longer_good(
    world: World, ana: httpx.AsyncClient
) -> None:
    async with world.signed_in("acme", "ana@acme.example", device="phone") as phone:
        wrong = await ana.post("/password", json={"old": "wrong password", "new": "a much better one"})
        assert (wrong.status_code, wrong.json()["key"]) == (422, "wrong_password")
        short = await ana.post("/password", json={"old": PASSWORD, "new": "short"})
        assert (short.status_code, short.json()["values"]["field"]) == (422, "password")
        assert (await ana.post("/password", json={"old": PASSWORD, "new": "a much better one"})).status_code == 204
        assert (await phone.get("/workspace")).status_code == 401
    assert (await ana.get("/workspace")).status_code == 200
    assert (await world.try_sign_in("acme", "ana@acme.example")).status_code == 401
    assert (await world.try_sign_in("acme", "ana@acme.example", "a much better one")).status_code == 200


async def test_who_is_deactivated_is_out(world: World, ana: httpx.AsyncClient) -> None:
    tickets = (await world.try_sign_in("acme", "ben@acme.example")).json()
    assert (await ana.patch(f"/users/{world.people.ben}", json={"is_active": False})).status_code == 200
    assert (await world.try_sign_in("acme", "ben@acme.example")).status_code == 401
    async with world.stranger(headers={"Authorization": f"Bearer {tickets['access_token']}"}) as ben:
        assert (await ben.get("/contacts")).status_code in {401, 403}
        body = {"refresh_token": tickets["refresh_token"], "device": "d1"}
        assert (await ben.post("/refresh", json=body)).status_code == 401


async def test_guessing_is_slowed_down_and_says_for_how_long(world: World) -> None:
    answers = [await world.try_sign_in("acme", "ben@acme.example", f"guess {number} guess") for number in range(11)]
    assert [answer.status_code for answer in answers[:10]] == [401] * 10
    assert (answers[10].status_code, answers[10].json()["key"]) == (429, "too_many_tries")
    assert 0 < int(answers[10].headers["Retry-After"]) <= 30
    assert (await world.try_sign_in("acme", "ben@acme.example")).status_code == 429
    assert (await world.try_sign_in("acme", "ana@acme.example")).status_code == 200


async def test_a_bucket_fills_again_with_time(place: Place) -> None:
    now_us = [1_000_000_000]
    with stores_of(place) as stores:
        stores.tries._now_us = lambda: now_us[0]
        limit = RateLimit(stores, "test", burst=3, refill_s=10)
        for _ in range(3):
            await limit.take("a")
        await limit.take("b")
        await RateLimit(stores, "other", burst=3, refill_s=10).take("a")
        with pytest.raises(TooManyTries) as refused:
            await limit.take("a")
        assert refused.value.values["retry_after_s"] == 10
        now_us[0] += 10_000_000
        await limit.take("a")
        with pytest.raises(TooManyTries):
            await limit.take("a")
        await limit.give_back("a")
        await limit.take("a")
        now_us[0] += 200_000_000
        await limit.take("c")
        rows = await stores.aside(lambda: _keys(stores))
        assert len(rows) == 1  # what is full again was forgotten
        assert rows[0] == hashlib.sha256(b"test\x1fc").hexdigest()  # nobody's address is kept


def _keys(stores: Stores) -> list[str]:
    with stores._engines.directory.connect() as connection, connection.begin():
        return list(connection.execute(select(Try.key)).scalars())


async def test_all_processes_count_the_same_tries(place: Place) -> None:
    with stores_of(place) as one, stores_of(place) as other:
        limits = [RateLimit(each, "account", burst=10, refill_s=3600) for each in (one, other)]
        results = await asyncio.gather(*(limits[n % 2].take("acme\x1fana") for n in range(40)), return_exceptions=True)
        assert sum(each is None for each in results) == 10
        assert all(each is None or isinstance(each, TooManyTries) for each in results)


async def test_an_access_token_is_over_after_a_quarter_of_an_hour(world: World) -> None:
    tickets = (await world.try_sign_in("acme", "ana@acme.example")).json()
    later_us = world.server.stores.now_us() + timedelta(minutes=16) // timedelta(microseconds=1)
    stores = world.server.stores
    tokens = world.server.gate._tokens
    signed_in, until_s = tokens.read_access(tickets["access_token"])
    assert (signed_in.user_id, signed_in.device) == (world.people.ana, "d1")
    assert moment_from_us(until_s * 1_000_000) < moment_from_us(later_us)
    tokens._now_us = lambda: later_us
    async with world.stranger(headers={"Authorization": f"Bearer {tickets['access_token']}"}) as caller:
        assert (await caller.get("/workspace")).status_code == 401
    assert stores.now_us() < later_us
