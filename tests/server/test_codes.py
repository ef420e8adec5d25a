"""A code lets somebody choose a password: once, for a while, and nobody opens the way to more than they have."""

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from app.domain.roles.rules import PRESETS, preset_id
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from server.database.sessions import set_password
from server.database.tables import PasswordCode
from server.web.codes import plain, written
from tests.server.together import ana as ana  # noqa: PLC0414 - a fixture
from tests.server.together import ben as ben  # noqa: PLC0414 - a fixture
from tests.server.together import world as world  # noqa: PLC0414 - a fixture
from tests.server.world import PASSWORD, World

CHOSEN = "a new and longer one"
pytestmark = pytest.mark.asyncio(loop_scope="module")
count = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class New:
    """Somebody whom a test added, an agent who has no password yet."""

    world: World
    id: str
    email: str

    async def use(self, code: str, **more: Any) -> httpx.Response:
        """Choose a password with this."""
        body = {"workspace": "acme", "email": self.email, "code": code, "password": CHOSEN, **more}
        async with self.world.stranger() as nobody:
            return await nobody.post("/password-codes/use", json=body)

    async def try_sign_in(self, password: str = CHOSEN) -> int:
        """What the server says to it."""
        return (await self.world.try_sign_in("acme", self.email, password, device="d9")).status_code


async def added(ana: httpx.AsyncClient, world: World, role: str = "agent", **more: Any) -> New:
    name = f"nia{next(count)}"
    body = {"name": name.title(), "email": f"{name}@acme.example", "role_ids": [str(preset_id(world.people.acme, role))], **more}
    made = (await ana.post("/people", json=body)).raise_for_status().json()
    return New(world=world, id=made["id"], email=made["email"])


@pytest_asyncio.fixture(loop_scope="module")
async def nia(ana: httpx.AsyncClient, world: World) -> New:
    return await added(ana, world)


async def code_for(caller: httpx.AsyncClient, user_id: object) -> str:
    return str((await caller.post(f"/users/{user_id}/password-code")).raise_for_status().json()["code"])


async def card_of(ana: httpx.AsyncClient, person: New) -> dict[str, Any] | None:
    cards: list[dict[str, Any]] = (await ana.get("/password-codes")).raise_for_status().json()
    return next((each for each in cards if each["user_id"] == person.id), None)


async def test_somebody_is_added_chooses_a_password_and_comes_in(ana: httpx.AsyncClient, world: World) -> None:
    [team] = (await ana.get("/teams")).json()
    person = await added(ana, world, team_ids=[team["id"]])
    assert person.id in (await ana.get(f"/teams/{team['id']}")).json()["members"]
    assert await person.try_sign_in() == 401
    made = (await ana.post(f"/users/{person.id}/password-code")).raise_for_status().json()
    assert (made["workspace"], made["email"]) == ("acme", person.email)
    card = await card_of(ana, person)
    assert card is not None
    assert (card["is_reset"], card["is_over"]) == (False, False)
    assert (await person.use(made["code"].lower().replace("-", " "))).status_code == 204, "however it is typed"
    assert await card_of(ana, person) is None
    assert await person.try_sign_in() == 200


async def test_a_code_is_good_once_and_a_new_one_ends_the_one_before(ana: httpx.AsyncClient, nia: New) -> None:
    first, second = [await code_for(ana, nia.id) for _ in range(2)]
    assert (await nia.use(first)).json()["key"] == "wrong_code"
    assert (await nia.use(second)).status_code == 204
    again = await nia.use(second, password="another and longer one")
    assert (again.status_code, again.json()["key"]) == (422, "wrong_code")
    assert await nia.try_sign_in() == 200


@pytest.mark.parametrize("how", ["cancelled", "over", "deactivated", "password set"])
async def test_a_code_that_was_taken_back_or_is_over_opens_nothing(
    ana: httpx.AsyncClient, nia: New, world: World, how: str
) -> None:
    code, store = await code_for(ana, nia.id), world.server.stores.of(world.people.acme)
    mine = (PasswordCode.tenant_id == store.tenant_id, PasswordCode.user_id == UUID(nia.id))
    match how:
        case "cancelled":
            assert [(await ana.delete(f"/users/{nia.id}/password-code")).status_code for _ in range(2)] == [204, 404]
        case "over":
            over = update(PasswordCode).where(*mine).values(expires_at=PasswordCode.created_at)
            await store.change(lambda each: each.execute(over))
            card = await card_of(ana, nia)
            assert card is not None
            assert card["is_over"]
        case "deactivated":
            (await ana.patch(f"/users/{nia.id}", json={"is_active": False})).raise_for_status()
            refused = await ana.post(f"/users/{nia.id}/password-code")
            assert (refused.status_code, refused.json()["key"]) == (422, "deactivated")
        case _:
            password_hash, now = await world.server.passwords.hash(PASSWORD), moment_from_us(store.now_us())
            await store.change(lambda each: set_password(each, store.tenant_id, UUID(nia.id), password_hash, now))
    assert (await nia.use(code)).json()["key"] == "wrong_code"
    assert await nia.try_sign_in() == 401


async def test_whatever_is_wrong_the_answer_is_the_same(ana: httpx.AsyncClient, nia: New) -> None:
    code = await code_for(ana, nia.id)
    told = [
        await nia.use("AAAA-AAAA-AAAA-AAAA"), await nia.use(code, workspace="zenith"), await nia.use(code, workspace="nowhere"),
        await nia.use(code, email="ana@acme.example"), await nia.use(code, email="nobody@acme.example"), await nia.use("!"),
    ]  # fmt: skip
    assert {(each.status_code, each.text) for each in told} == {(422, told[0].text)}
    short = await nia.use(code, password="short")
    assert (short.status_code, short.json()["values"]["field"]) == (422, "password")
    assert (await nia.use(code)).status_code == 204, "a password that is too short costs no code"


async def test_a_reset_leaves_the_password_until_the_code_is_used_and_then_ends_every_session(
    ana: httpx.AsyncClient, nia: New, world: World
) -> None:
    assert (await nia.use(await code_for(ana, nia.id), password=PASSWORD)).status_code == 204
    async with world.signed_in("acme", nia.email, device="d7") as caller:
        code = await code_for(ana, nia.id)
        card = await card_of(ana, nia)
        assert card is not None
        assert card["is_reset"]
        assert (await nia.try_sign_in(PASSWORD), await nia.try_sign_in()) == (200, 401)
        assert (await nia.use(code)).status_code == 204
        assert (await nia.try_sign_in(PASSWORD), await nia.try_sign_in()) == (401, 200)
        assert (await caller.get("/sessions")).status_code == 401


async def test_who_changes_their_own_password_needs_no_code_any_more(ana: httpx.AsyncClient, nia: New, world: World) -> None:
    assert (await nia.use(await code_for(ana, nia.id), password=PASSWORD)).status_code == 204
    code = await code_for(ana, nia.id)
    async with world.signed_in("acme", nia.email, device="d7") as caller:
        (await caller.post("/password", json={"old": PASSWORD, "new": "one of my own choice"})).raise_for_status()
    assert (await nia.use(code)).status_code == 422


async def test_nobody_lets_somebody_in_who_may_more(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, nia: New, world: World
) -> None:
    agent, agents = preset_id(world.people.acme, "agent"), next(dict(each.rights) for each in PRESETS if each.key == "agent")

    async def give(rights: dict[str, str], **fields: str) -> None:
        body = {"rights": agents | rights, "fields": {name.replace("__", "."): state for name, state in fields.items()}}
        (await ana.put(f"/roles/{agent}/rights", json=body)).raise_for_status()

    async def refused(who: object, method: str = "POST") -> str:
        answer = await ben.request(method, f"/users/{who}/password-code")
        assert answer.status_code == 403, answer.text
        return str(answer.json()["values"].get("permission") or answer.json()["values"]["field"])

    boss = await added(ana, world, "administrator")
    assert await refused(nia.id) == "user:create"
    assert (await ben.get("/password-codes")).json()["values"] == {"permission": "user:create"}
    await give({"user:create": "all"})
    await code_for(ben, nia.id)
    assert await refused(world.people.ana) == "user:reset_password"
    await give({"user:create": "all", "user:reset_password": "all"})
    await code_for(ana, boss.id)
    for who, method in ((world.people.ana, "POST"), (boss.id, "POST"), (boss.id, "DELETE")):
        assert await refused(who, method) not in {"user:create", "user:reset_password"}, (
            "an administrator's is not theirs to open"
        )
    other, wide = str(new_id()), agents | {"user:create": "all"}
    (await ana.post("/roles", json={"role_id": other, "key": "o", "name": "O", "rights": wide})).raise_for_status()
    await give({"user:create": "all"}, contact__name="hidden")
    third = await added(ana, world, role_ids=[other])
    assert await refused(third.id) == "name", "nor the way to what is hidden from them"
    await give({})


async def test_codes_of_another_workspace_are_not_there(ana: httpx.AsyncClient, nia: New, world: World) -> None:
    await code_for(ana, nia.id)
    async with world.signed_in("zenith", "zoe@zenith.example", device="d3") as zoe:
        for method in ("POST", "DELETE"):
            told = [await zoe.request(method, f"/users/{who}/password-code") for who in (nia.id, new_id())]
            assert [each.status_code for each in told] == [404, 404]
        assert (await zoe.get("/password-codes")).json() == []


async def test_the_audit_tells_who_made_used_and_tried_one_and_never_the_code(
    ana: httpx.AsyncClient, nia: New, world: World
) -> None:
    code = await code_for(ana, nia.id)
    await nia.use("AAAA-AAAA-AAAA-AAAA")
    await nia.use(code)
    rows = (await ana.get("/audit", params={"record_id": nia.id, "limit": 50})).raise_for_status().json()["rows"]
    verbs = [row["verb"] for row in rows]
    assert verbs == ["password_code.use", "password_code.refused", "password_code.make", "user.add"]
    everything = (await ana.get("/audit/export", params={"format": "json"})).text
    assert not [secret for secret in (code, plain(code), CHOSEN) if secret in everything]
    await code_for(ana, nia.id)
    store = world.server.stores.of(world.people.acme)
    mine = (PasswordCode.tenant_id == store.tenant_id, PasswordCode.user_id == UUID(nia.id))
    kept = await store.look(lambda each: each.execute(select(PasswordCode.code_hash).where(*mine)).scalar_one())
    assert kept.startswith("$argon2id$")


async def test_guessing_is_slowed_down(ana: httpx.AsyncClient, nia: New) -> None:
    await code_for(ana, nia.id)
    answers = [(await nia.use("AAAA-AAAA-AAAA-AAAA")).status_code for _ in range(16)]
    assert 429 in answers
    assert await nia.try_sign_in() == 429, "as for the passwords of the same person"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_code_is_read_as_it_was_written_down() -> None:
    assert written("ABCDEFGHJKLMNPQR") == "ABCD-EFGH-JKLM-NPQR"
    assert plain(" abcd efgh–jklm-npqr\n") == "ABCDEFGHJKLMNPQR"
