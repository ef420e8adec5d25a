"""Somebody new comes in with a code, from a real console core to a real server; and changes their password there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.desk.letting_in import LettingIn
from app.desk.profile import ProfileStore
from app.desk.secrets import FileSecrets, MemorySecrets
from app.desk.sign_in import SignIn
from app.domain.roles.adding import AddPerson
from app.domain.roles.rules import preset_id
from app.kernel.errors import BadValue, NeedsServer, NotAllowed
from app.kernel.ids import new_id
from app.protocol.sign_in import WrongCode, WrongPassword, WrongSignIn
from app.sync.rest import Rest
from app.sync.server import ServerLink
from tests.server.world import PASSWORD, SqliteDatabase, World, running

CHOSEN = "a new and longer one"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabase:
    return SqliteDatabase(tmp_path_factory.mktemp("made"))


@pytest_asyncio.fixture
async def world(database: SqliteDatabase, tmp_path: Path) -> AsyncIterator[World]:
    async with running(database.copy(tmp_path / "place"), database.people) as made:
        yield made


async def desk_of(world: World, folder: Path, email: str, password: str = PASSWORD) -> tuple[SignIn, LettingIn, ServerLink]:
    """Somebody's console, signed in."""
    sign_in = SignIn(ProfileStore(folder))
    sign_in.use(MemorySecrets())
    await sign_in.with_password(url=world.address, workspace="acme", email=email, password=password)
    tokens = sign_in.tokens()
    link = ServerLink(world.address, tokens.access, tokens.refresh)
    return sign_in, LettingIn(Rest(link)), link


async def test_who_is_added_chooses_a_password_with_the_code_and_changes_it(world: World, tmp_path: Path) -> None:
    _, ana, anas = await desk_of(world, tmp_path / "ana", "ana@acme.example")
    nia, email = new_id(), "nia@acme.example"
    role = preset_id(world.people.acme, "agent")
    await world.server.stores.of(world.people.acme).issue(
        AddPerson(user_id=nia, name="Nia", email=email, role_ids=(role,)), world.people.ana, "d1", command_id=new_id()
    )
    made = await ana.code_for(nia)
    assert [(each.user_id, each.is_reset) for each in await ana.waiting()] == [(nia, False)]
    console = SignIn(ProfileStore(tmp_path / "nia"))
    console.use(FileSecrets(tmp_path / "nia.keys", CHOSEN))
    where = {"url": world.address, "workspace": made.workspace, "email": email}
    for code, password, refusal in (("AAAA-AAAA-AAAA-AAAA", CHOSEN, WrongCode), (made.code, "short", BadValue)):
        with pytest.raises(refusal):
            await console.choose_password(**where, code=code, password=password)
    await console.choose_password(**where, code=made.code, password=CHOSEN)
    await console.with_password(**where, password=CHOSEN)
    assert console.profile.user_id == nia
    assert await ana.waiting() == []
    tokens = console.tokens()
    link = ServerLink(world.address, tokens.access, tokens.refresh)
    own = LettingIn(Rest(link))
    with pytest.raises(WrongPassword):
        await own.change_own(console, "not this one", PASSWORD)
    with pytest.raises(NotAllowed):
        await own.code_for(world.people.ana)
    await own.change_own(console, CHOSEN, PASSWORD)
    assert FileSecrets(tmp_path / "nia.keys", PASSWORD).get("refresh-token"), "the keys open with it, too"
    with pytest.raises(WrongSignIn):
        await console.with_password(**where, password=CHOSEN)
    for each in (anas, link):
        await each.close()


async def test_a_code_is_taken_back_and_without_the_server_nothing_is_known(world: World, tmp_path: Path) -> None:
    _, ana, link = await desk_of(world, tmp_path / "ana", "ana@acme.example")
    made = await ana.code_for(world.people.ben)
    await ana.cancel(world.people.ben)
    console = SignIn(ProfileStore(tmp_path / "ben"))
    with pytest.raises(WrongCode):
        await console.choose_password(
            url=world.address, workspace="acme", email="ben@acme.example", code=made.code, password=CHOSEN
        )
    await link.close()
    nowhere = LettingIn(Rest(ServerLink("http://127.0.0.1:9", _token, _token)))
    with pytest.raises(NeedsServer):
        await nowhere.waiting()


async def _token() -> str:
    return "token"
