"""The desk of an administrator against the server itself: effective access, shares, and files that leave the workspace."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.desk.access import AccessDesk
from app.desk.archive import Archive
from app.desk.exporting import write_out
from app.desk.halves import Halves
from app.domain.contacts.commands import CreateContact
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import BASELINE, PRESETS, preset_id
from app.domain.shares.commands import ShareRecord
from app.domain.shares.queries import ShareRow
from app.kernel.errors import NeedsServer, NotAllowed, NotHere, PatchbayError
from app.kernel.ids import new_id
from app.sync.errors import ServerAway
from app.sync.rest import Rest
from app.sync.server import ServerLink
from tests.desk.test_files import Kept
from tests.server.world import World


async def link_of(world: World, email: str, device: str) -> ServerLink:
    """Somebody's console, as far as it speaks to the server."""
    tickets = (await world.try_sign_in("acme", email, device=device)).raise_for_status().json()

    async def token() -> str:
        return str(tickets["access_token"])

    return ServerLink(world.address, token, token)


@pytest_asyncio.fixture
async def ana_s(world: World) -> AsyncIterator[ServerLink]:
    link = await link_of(world, "ana@acme.example", "console-a")
    yield link
    await link.close()


@pytest_asyncio.fixture
async def ben_s(world: World) -> AsyncIterator[ServerLink]:
    link = await link_of(world, "ben@acme.example", "console-b")
    yield link
    await link.close()


async def test_effective_access_comes_from_the_server_or_says_why_not(world: World, ana_s: ServerLink, ben_s: ServerLink) -> None:
    store = world.server.stores.of(world.people.acme)
    told = await AccessDesk(Rest(ana_s)).of(world.people.ben)
    assert told.roles == ["Everybody", "Agent"]
    assert {(each.verb, each.level, *each.roles) for each in told.rights if each.noun == "contact"} >= {("edit", "team", "Agent")}
    with pytest.raises(NotHere):
        await AccessDesk(Rest(ana_s)).of(new_id())
    baseline = next(dict(each.rights) for each in PRESETS if each.key == BASELINE)
    del baseline["role:read"]
    rights = SetRoleRights(role_id=preset_id(store.tenant_id, BASELINE), rights=baseline)
    await store.issue(rights, world.people.ana, "t", command_id=new_id())
    with pytest.raises(NotAllowed):
        await AccessDesk(Rest(ben_s)).of(world.people.ana)


async def test_shares_that_others_gave_are_known_to_the_server(world: World, ana_s: ServerLink) -> None:
    store, contact_id = world.server.stores.of(world.people.acme), new_id()
    await store.issue(CreateContact(contact_id=contact_id, name="Luca"), world.people.ben, "t", command_id=new_id())
    share = ShareRecord(record_kind="contact", record_id=contact_id, user_id=world.people.ana, may_edit=True)
    await store.issue(share, world.people.ben, "t", command_id=new_id())
    [found] = await Rest(ana_s).get(f"/shares/of/{contact_id}?kind=contact", list[ShareRow])
    assert (found.user_id, found.owner_id, found.may_edit) == (world.people.ana, world.people.ben, True)


async def test_a_list_goes_into_a_file_as_far_as_one_may_export(
    world: World, ana_s: ServerLink, ben_s: ServerLink, tmp_path: Path
) -> None:
    store = world.server.stores.of(world.people.acme)
    for name in ("Ann", "Bob"):
        await store.issue(CreateContact(contact_id=new_id(), name=name), world.people.ana, "t", command_id=new_id())
    said = await write_out(
        Archive(ana_s).records("contacts", {"search": "nn"}, "csv"), tmp_path / "people.csv", lambda _: None, Halves(Kept())
    )
    assert said == "2 lines in people.csv."
    assert "Ann" in (tmp_path / "people.csv").read_text()
    assert "Bob" not in (tmp_path / "people.csv").read_text()
    with pytest.raises(NotAllowed) as refused:
        await write_out(Archive(ben_s).records("contacts", {}, "csv"), tmp_path / "no.csv", lambda _: None, Halves(Kept()))
    assert refused.value.values == {"permission": "contact:export"}
    assert not list(tmp_path.glob("no*"))


async def test_without_the_server_it_is_said_to_be_needed(tmp_path: Path) -> None:
    async def token() -> str:
        return "kept"

    link = ServerLink("http://127.0.0.1:9", token, token)
    with pytest.raises(NeedsServer):
        await AccessDesk(Rest(link)).of(new_id())
    with pytest.raises(NeedsServer):
        await write_out(Archive(link).records("calls", {}, "json"), tmp_path / "calls.json", lambda _: None, Halves(Kept()))
    await link.close()


async def test_who_asks_while_the_program_ends_is_told_that_the_server_is_away(world: World) -> None:
    async def token() -> str:
        return "kept"

    link = ServerLink(world.address, token, token)
    with pytest.raises(PatchbayError):  # opens the line
        await Rest(link).get("/nothing", list[str])
    await link.close()
    with pytest.raises(ServerAway):
        await Rest(link).get("/nothing", list[str])
