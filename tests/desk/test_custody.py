"""The data on a device against a real server: a revoked device erases it, one without contact locks it, keys are changed."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import sqlcipher3

from app.bootstrap import Core, open_core
from app.desk import custody
from app.desk.keys import DAY_US, FILES, REPLICA, DeviceKeys, following
from app.desk.leaving import Leaving, acts_as_json
from app.desk.profile import ProfileStore
from app.desk.secrets import MemorySecrets
from app.desk.sign_in import SignIn
from app.domain.contacts.commands import CreateContact
from app.domain.contacts.queries import contacts
from app.kernel.clock import system_now_us
from app.kernel.ids import new_id
from app.protocol.sign_in import DeviceRevoked
from app.replica.rekey import rekey
from app.sync.errors import SignedOut
from softphone.scripted import ScriptedSoftphone
from tests.server.world import PASSWORD, SqliteDatabase, World, running

ERASED = ("replica.db", "replica.db-wal", "replica.db-shm", "secrets.json", "files")


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A running server."""
    (tmp_path / "made").mkdir()
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "made")
    async with running(database.copy(tmp_path / "place"), database.people) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a device."""
    return tmp_path / "home"


async def signed_in(world: World, home: Path) -> SignIn:
    """Ben on a device whose keys are in a file."""
    sign_in = SignIn(ProfileStore(home))
    sign_in.open_file("a password of this device")
    await sign_in.with_password(url=world.address, workspace="acme", email="ben@acme.example", password=PASSWORD)
    return sign_in


@contextlib.asynccontextmanager
async def at_work(sign_in: SignIn) -> AsyncIterator[Core]:
    """The console's core, live."""
    core = await open_core(sign_in, phone=ScriptedSoftphone())
    core.begin()
    try:
        yield core
    finally:
        await core.close()


async def live(core: Core) -> None:
    """Everything is exchanged."""
    async with asyncio.timeout(60):
        while core.syncer.state.kind != "live" or core.syncer.state.waiting:  # noqa: ASYNC110 - two things at once
            await asyncio.sleep(0.01)


async def revoke(world: World, reason: str) -> None:
    """Ana ends all of Ben's devices."""
    async with world.signed_in("acme", "ana@acme.example") as ana:
        answer = await ana.post(f"/users/{world.people.ben}/devices/revoke", json={"reason": reason})
        assert answer.status_code == 200


async def states(world: World) -> list[str]:
    """How Ben's devices stand."""
    async with world.signed_in("acme", "ana@acme.example") as ana:
        return [each["state"] for each in (await ana.get(f"/users/{world.people.ben}/devices")).json()]


def is_erased(home: Path) -> bool:
    """Whether nothing is left of the person's data."""
    return not any((home / name).exists() for name in ERASED)


async def wait_left(core: Core) -> Leaving:
    async with asyncio.timeout(60):
        return await core.wait_left()


async def test_a_device_that_is_revoked_while_it_is_live_erases_its_data_at_once(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    key = sign_in.opened_keys().key(REPLICA)
    device = sign_in.profile.device
    async with at_work(sign_in) as core:
        await live(core)
        await core.desk.run(CreateContact(contact_id=new_id(), name="Secret Customer"))
        await live(core)
        (home / "files").mkdir()
        (home / "files" / "cached").write_bytes(b"x")
        copy = home.parent / "stolen"
        await asyncio.to_thread(shutil.copytree, home, copy)
        await revoke(world, "lost")
        told = await wait_left(core)
    assert (told.why, told.unsent, told.acts) == ("lost", 0, ())
    assert is_erased(home)
    assert sign_in.profile.user_id is None
    assert sign_in.profile.device != device
    assert await states(world) == ["wiped"]
    assert not any(b"Secret Customer" in file.read_bytes() for file in copy.rglob("*") if file.is_file())
    assert fits(copy, key), "a copy of the file that was made before opens with the key"
    for _ in range(3):
        again = SignIn(ProfileStore(home))
        again.open_file("a password of this device")
        assert not again.can_resume, "but the key is nowhere any more"


def fits(folder: Path, key: bytes) -> bool:
    """Whether the key opens what is in the folder."""
    with contextlib.closing(sqlcipher3.connect(folder / "replica.db")) as connection:
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


@pytest.mark.parametrize(("reason", "is_shown"), [("lost", False), ("retired", True)])
async def test_what_was_not_sent_is_said_and_shown_only_where_the_reason_allows(
    world: World, home: Path, reason: str, is_shown: bool
) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        await live(core)
    core = await open_core(sign_in, phone=ScriptedSoftphone())  # without a line
    await core.desk.run(CreateContact(contact_id=new_id(), name="Only Here"))
    await revoke(world, reason)
    core.begin()
    told = await wait_left(core)
    assert (told.why, told.unsent) == (reason, 1)
    assert [each.name for each in told.acts] == (["contact.create"] if is_shown else [])
    assert (b"Only Here" in acts_as_json(told.acts)) is is_shown
    assert is_erased(home)


async def test_a_word_about_another_device_erases_nothing(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    await revoke(world, "lost")
    sign_in.change(device="another")
    with pytest.raises(SignedOut):
        await sign_in.tokens().refresh()
    assert (home / "secrets.json").exists()


async def test_an_erasure_that_was_broken_off_is_ended_at_the_next_start(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        await live(core)
    sign_in.destroy_keys()
    assert (home / "replica.db").exists()
    again = SignIn(ProfileStore(home))
    again.open_file("a password of this device")
    assert not (home / "replica.db").exists()
    assert not again.is_known


async def test_without_contact_for_too_long_the_data_locks_and_only_the_server_opens_it(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        await live(core)
        await core.desk.run(CreateContact(contact_id=new_id(), name="Kept"))
        await live(core)
    core = await open_core(sign_in, phone=ScriptedSoftphone())
    await core.desk.run(CreateContact(contact_id=new_id(), name="Not Sent Yet"))
    sign_in.keys = core.custody.keys = DeviceKeys(sign_in.secrets or MemorySecrets(), lambda: system_now_us() + 15 * DAY_US)
    core.custody.start()
    told = await wait_left(core)
    assert (told.why, told.unsent) == ("locked", 1)
    assert sign_in.is_locked
    assert not sign_in.can_resume
    assert (home / "replica.db").exists()
    again = SignIn(ProfileStore(home))
    again.open_file("a password of this device")
    assert again.is_locked, "starting it again with a clock that is right does not help"
    await again.unlock()
    assert again.can_resume
    async with at_work(again) as core:
        await live(core)
        rows = await core.desk.read(lambda reader: contacts(reader).rows)
    assert sorted(row.name for row in rows) == ["Kept", "Not Sent Yet"]


async def test_a_locked_device_that_was_revoked_meanwhile_is_erased_instead_of_opened(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        await live(core)
    DeviceKeys(sign_in.secrets or MemorySecrets(), lambda: system_now_us() + 15 * DAY_US).look_at_the_clock()
    again = SignIn(ProfileStore(home))
    again.open_file("a password of this device")
    assert again.is_locked
    await revoke(world, "lost")
    with pytest.raises(DeviceRevoked):
        await again.unlock()
    await custody.erase(again)
    assert is_erased(home)
    assert await states(world) == ["wiped"]


@pytest.mark.parametrize("is_new", [False, True])
async def test_a_change_of_keys_that_was_broken_off_is_found_out_when_it_is_opened(
    world: World, home: Path, is_new: bool
) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        await live(core)
        await core.desk.run(CreateContact(contact_id=new_id(), name="Kept"))
        await core.custody.change_key()
        await live(core)
    keys = sign_in.opened_keys()
    old, new = keys.key(REPLICA), keys.make(following(REPLICA))
    if is_new:
        rekey(home / "replica.db", old, new)
    async with at_work(sign_in) as core:
        rows = await core.desk.read(lambda reader: contacts(reader).rows)
        assert [row.name for row in rows] == ["Kept"]
    assert keys.key(REPLICA) == (new if is_new else old)
    assert not keys.has(following(REPLICA))


async def test_a_key_that_grew_old_is_changed_on_the_way_out(world: World, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in = await signed_in(world, home)
    before, of_files = sign_in.opened_keys().key(REPLICA), sign_in.opened_keys().key(FILES)
    (home / "offer").write_bytes(b"an offer")
    async with at_work(sign_in) as core:
        await live(core)
        offer = await core.files.outgoing.take(home / "offer", most_bytes=99)
        assert not core.custody.is_key_old
    assert (sign_in.opened_keys().key(REPLICA), sign_in.opened_keys().key(FILES)) == (before, of_files)
    monkeypatch.setattr(custody, "KEY_AGE_DAYS", 0)
    async with at_work(sign_in) as core:
        await live(core)
    after = sign_in.opened_keys().key(REPLICA)
    assert after != before
    assert fits(home, after)
    with pytest.raises(sqlcipher3.dbapi2.DatabaseError):
        fits(home, before)
    assert sign_in.opened_keys().key(FILES) != of_files, "the files' key follows the replica's"
    monkeypatch.setattr(custody, "KEY_AGE_DAYS", 90)
    async with at_work(sign_in) as core:
        assert await core.files.outgoing.is_ready(offer)
        assert not core.custody.is_files_key_old


async def test_contact_is_noted_when_the_server_greets(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        before = core.custody.keys._kept.contact_us
        await live(core)
        async with asyncio.timeout(60):
            while core.custody.keys._kept.contact_us == before:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)


async def test_data_whose_keyring_is_away_stays_until_somebody_signs_in_anew(world: World, home: Path) -> None:
    kept = MemorySecrets()
    sign_in = SignIn(ProfileStore(home))
    sign_in.use(kept)
    await sign_in.with_password(url=world.address, workspace="acme", email="ben@acme.example", password=PASSWORD)
    async with at_work(sign_in) as core:
        await live(core)
    core = await open_core(sign_in, phone=ScriptedSoftphone())  # without a line
    await core.desk.run(CreateContact(contact_id=new_id(), name="Not Sent Yet"))
    await core.close()
    other = SignIn(ProfileStore(home))
    other.use(MemorySecrets())  # another keyring, an empty one
    assert (other.is_known, other.is_keyless, other.can_resume, other.is_locked) == (True, True, False, False)
    back = SignIn(ProfileStore(home))
    back.use(kept)
    assert (back.is_keyless, back.can_resume) == (False, True)
    async with at_work(back) as core:
        await live(core)
        rows = await core.desk.read(lambda reader: contacts(reader).rows)
        assert [row.name for row in rows] == ["Not Sent Yet"], "nothing of it was lost"
    other = SignIn(ProfileStore(home))
    other.use(MemorySecrets())
    await other.with_password(url=world.address, workspace="acme", email="ben@acme.example", password=PASSWORD)
    assert (other.is_keyless, other.is_known) == (False, False), "who signs in anew begins anew"


@pytest.mark.parametrize("step", ["marked", "keys gone", "half removed"])
async def test_an_erasure_that_was_killed_at_any_step_is_ended_at_the_next_start(world: World, home: Path, step: str) -> None:
    sign_in = await signed_in(world, home)
    key = sign_in.opened_keys().key(REPLICA)
    async with at_work(sign_in) as core:
        await live(core)
    (home / "files" / "opened").mkdir(parents=True)
    (home / "files" / "opened" / "plain.pdf").write_bytes(b"a plain copy")
    if step == "marked":
        sign_in.change(is_erasing=True)
    else:
        sign_in.destroy_keys()
    if step == "half removed":
        (home / "replica.db").unlink()
    again = SignIn(ProfileStore(home))
    again.open_file("a password of this device")
    assert not any((home / name).exists() for name in ERASED if name != "secrets.json")
    assert (again.is_known, again.profile.email, again.profile.is_erasing) == (False, "", False)
    assert not again.opened_keys().has(REPLICA)
    assert key.hex() not in "".join(path.read_text("latin-1") for path in home.rglob("*") if path.is_file())


async def test_plain_copies_of_a_console_that_was_killed_go_though_its_data_is_locked(world: World, home: Path) -> None:
    sign_in = await signed_in(world, home)
    async with at_work(sign_in) as core:
        await live(core)
    opened = home / "files" / "opened" / "0123"
    opened.mkdir(parents=True)
    (opened / "plain.pdf").write_bytes(b"a plain copy")
    DeviceKeys(sign_in.secrets or MemorySecrets(), lambda: system_now_us() + 15 * DAY_US).look_at_the_clock()
    again = SignIn(ProfileStore(home))
    again.open_file("a password of this device")
    assert again.is_locked
    assert not opened.exists()
