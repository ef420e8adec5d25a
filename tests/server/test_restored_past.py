"""What a restore must not bring back: people erased since, devices ended since, and numbers that were given out already."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.erasing import EraseContact
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import contact
from app.domain.conversations.commands import StartConversation
from app.domain.messages.commands import Reply
from app.domain.messages.queries import thread
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.kernel.log import Audit
from app.protocol.codec import Frames, unpack
from app.protocol.cursor import cursor_to_text
from app.protocol.envelopes import Page
from server.database import again
from server.database.again import RESTORED
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.devices import device_id
from server.database.ledger import BrokenLedger, Entry, LedgerFolder, ledger_of
from server.database.place import LEDGER, Place, read_place
from server.database.trail_check import verify
from server.jobs import ledger_keeper
from tests.peers.rclone import KEY_ID, SECRET, bucket
from tests.server.erasing import SECRETS, acquaint, in_files, traces
from tests.server.test_backup import empty, run, where
from tests.server.test_erasing import erased
from tests.server.world import Database, World, running, stores_of

__all__ = ["empty"]
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _one_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Outside of what is backed up, restored, or lost."""
    monkeypatch.setenv(LEDGER, str(tmp_path / "ledger"))
    return tmp_path / "ledger"


@pytest.fixture
def place(place: Place, _one_ledger: Path) -> Place:
    """With the ledger that the environment names."""
    return _with_ledger(place)


def _with_ledger(place: Place) -> Place:
    return read_place(place.url, place.folder)


async def backed_up(place: Place, file: Path) -> None:
    assert await asyncio.to_thread(run, "backup", *where(place), "--to", str(file)) == 0


async def restored(place: Place, file: Path, *more: str) -> int:
    return await asyncio.to_thread(run, "restore", *where(place), "--from", str(file), *more)


# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_was_erased_since_the_backup_is_erased_again_before_anybody_signs_in(
    place: Place, empty: Place, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people, file = database.people, tmp_path / "backup"
    with stores_of(place) as stores:
        store = stores.of(people.acme)
        known = await acquaint(store, people.ana)
        await backed_up(place, file)
        await erased(store, known, people.ana)
    assert in_files(tmp_path / "ledger") == set(), "the ledger names nobody"
    assert await restored(empty, file) == 0, capsys.readouterr().err
    assert "were done again (people erased" in capsys.readouterr().out
    assert traces(empty, people.acme) == {}
    assert in_files(empty.folder) & set(SECRETS) == set()
    with stores_of(empty) as stores:
        store = stores.of(people.acme)
        found = await store.look(lambda each: verify(each, people.acme))
        assert (found.problem, found.rows) == ("", found.head.seq)
        assert (await store.read(lambda reader: contact(reader, known.contact), people.ana)).name == "Erased person"
        assert (await store.read(lambda reader: contact(reader, known.other), people.ana)).name == "Somebody Else"
        assert store.blobs.read(known.shared_file) == b"everybody's logo"
        events = select(Audit.fields).where(Audit.tenant_id == people.acme, Audit.verb == RESTORED)
        (told,) = await store.look(lambda each: each.execute(events).scalars().all())
        assert told["erased_again"][1] == 2, "the person, and who was merged into them"


async def test_people_who_were_merged_only_after_the_backup_are_all_erased_again(
    place: Place, empty: Place, database: Database, tmp_path: Path
) -> None:
    people, file, first, second = database.people, tmp_path / "backup", new_id(), new_id()
    with stores_of(place) as stores:
        store = stores.of(people.acme)
        for key in (first, second):
            await store.issue(CreateContact(contact_id=key, name="Maddalena Quirrel"), people.ana, "desk")
        await backed_up(place, file)
        await store.issue(MergeContacts(contact_id=first, other_id=second), people.ana, "desk")
        await store.issue(EraseContact(contact_id=first), people.ana, "desk")
    async with running(place, people) as world:
        await all_noted(world, people.acme, 2)
    assert await restored(empty, file) == 0
    assert traces(empty, people.acme) == {}


async def all_noted(world: World, tenant_id: UUID, count: int) -> None:
    """The ledger has so many entries."""
    found = world.server.stores.of(tenant_id).ledger
    async with asyncio.timeout(PATIENCE_S):
        while len(found.entries(tenant_id)) < count:  # noqa: ASYNC110  # in a folder
            await asyncio.sleep(0.02)


async def test_without_a_ledger_that_is_said_and_another_copy_of_it_will_do(
    place: Place, empty: Place, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    people, file = database.people, tmp_path / "backup"
    with stores_of(place) as stores:
        store = stores.of(people.acme)
        known = await acquaint(store, people.ana)
        await backed_up(place, file)
        await erased(store, known, people.ana)
    monkeypatch.setenv(LEDGER, str(tmp_path / "new disk"))
    assert await restored(empty, file, "--ledger", str(tmp_path / "nowhere")) == 1
    assert "There is no ledger at" in capsys.readouterr().err
    broken = tmp_path / "broken" / str(people.acme) / "erased-1.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{}")
    assert await restored(empty, file, "--ledger", str(tmp_path / "broken")) == 1
    assert "can't be read" in capsys.readouterr().err
    assert not empty.folder.exists()
    assert await restored(empty, file, "--ledger", str(tmp_path / "ledger")) == 0
    assert traces(empty, people.acme) == {}


async def test_a_restore_without_any_ledger_says_what_that_means(
    place: Place, empty: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await backed_up(place, tmp_path / "backup")
    assert await restored(empty, tmp_path / "backup") == 0
    said = capsys.readouterr().out
    assert "No ledger was found at" in said
    assert "--ledger" in said


async def test_what_cannot_be_done_again_at_once_is_said_and_stays_a_job(
    place: Place, empty: Place, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    people, file = database.people, tmp_path / "backup"
    with stores_of(place) as stores:
        store = stores.of(people.acme)
        known = await acquaint(store, people.ana)
        await backed_up(place, file)
        await erased(store, known, people.ana)

    async def broken(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setitem(_first(), again.AGAIN, broken)
        assert await restored(empty, file) == 1
    assert "was not done again" in capsys.readouterr().out
    async with running(empty, people), asyncio.timeout(PATIENCE_S):
        while traces(empty, people.acme):  # noqa: ASYNC110  # in the database
            await asyncio.sleep(0.1)


def _first() -> dict[str, object]:
    from server.commands import backups

    return backups.FIRST  # type: ignore[return-value]  # all that is asked of it is to take another handler


# ── devices ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_device_that_was_ended_since_the_backup_is_ended_again(
    place: Place, empty: Place, database: Database, tmp_path: Path
) -> None:
    people = database.people
    async with running(place, people) as world, world.signed_in("acme", "ana@acme.example") as ana:
        tickets = (await world.try_sign_in("acme", "ben@acme.example", device="laptop")).json()
        await backed_up(place, tmp_path / "backup")
        answer = await ana.post(f"/users/{people.ben}/devices/revoke", json={"reason": "lost"})
        assert len(answer.json()) == 1
        await all_noted(world, people.acme, 1)
    assert await restored(empty, tmp_path / "backup") == 0
    async with running(empty, people) as world:
        spent = {"refresh_token": tickets["refresh_token"], "device": "laptop"}
        async with world.stranger() as caller:
            told = (await caller.post("/refresh", json=spent)).json()
        assert (told["key"], told["values"]) == ("device_revoked", {"why": "lost", "device": "laptop"})


async def test_a_device_on_which_its_person_signed_in_after_it_was_ended_stays(place: Place, database: Database) -> None:
    people = database.people
    async with running(place, people) as world:
        await world.try_sign_in("acme", "ben@acme.example", device="found")
        store, key = world.server.stores.of(people.acme), device_id(people.acme, people.ben, "found")

        async def resumed(at_us: int) -> int:
            entry, now_us = Entry(what="device", id=key, at_us=at_us, reason="lost"), store.now_us()
            made_at = moment_from_us(now_us)
            return await store.change(lambda each: again.resume(each, people.acme, [entry], made_at, now_us))

        assert await resumed(store.now_us() - 3_600_000_000) == 0
        assert await resumed(store.now_us()) == 1


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def cursor_of(ana: httpx.AsyncClient, cursor: str = "") -> str:
    """Where a console stands after a pull; its error when there is one."""
    answer = await ana.post(f"{str(ana.base_url).removesuffix('/api/v1/')}/sync/pull", content=cursor.encode())
    if answer.status_code != 200:
        return str(answer.json()["key"])
    return cursor_to_text(list(_pages(answer.content))[-1].end)


def _pages(content: bytes) -> Iterator[Page]:
    return (unpack(frame, Page) for frame in Frames().feed(content))


async def test_a_console_that_saw_the_lost_past_begins_anew_however_far_the_server_has_come_since(
    place: Place, empty: Place, database: Database, tmp_path: Path
) -> None:
    people, key = database.people, new_id()
    async with running(place, people) as world, world.signed_in("acme", "ana@acme.example") as ana:
        store = world.server.stores.of(people.acme)
        await store.issue(CreateContact(contact_id=key, name="Before"), people.ana, "desk")
        early = await cursor_of(ana)
        await backed_up(place, tmp_path / "backup")
        await store.issue(EditContact(contact_id=key, patch={"name": "Lost"}), people.ana, "desk")
        lost = await cursor_of(ana)
    assert await restored(empty, tmp_path / "backup") == 0
    async with running(empty, people) as world, world.signed_in("acme", "ana@acme.example") as ana:
        store = world.server.stores.of(people.acme)
        for number in range(5):  # past the number that the console has seen
            await store.issue(EditContact(contact_id=key, patch={"job_title": f"since {number}"}), people.ana, "desk")
        assert await cursor_of(ana, lost) == "must_resnapshot"
        assert await cursor_of(ana, early) == "must_resnapshot"
        fresh = await cursor_of(ana)
        assert await cursor_of(ana, fresh) != "must_resnapshot"


# ── what was still to be done ──────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_that_was_still_to_be_sent_is_not_sent_by_itself_once_more(
    place: Place, empty: Place, database: Database, tmp_path: Path
) -> None:
    people, talk, message = database.people, new_id(), new_id()
    with stores_of(place) as stores:
        store = stores.of(people.acme)
        begun = StartConversation(conversation_id=talk, channel="email", address="ada@kells.example", subject="Hello")
        await store.issue(begun, people.ana, "desk")
        await store.issue(Reply(conversation_id=talk, message_id=message, text="Hello"), people.ana, "desk")
        await backed_up(place, tmp_path / "backup")
    assert await restored(empty, tmp_path / "backup") == 0
    async with running(empty, people) as world:
        store = world.server.stores.of(people.acme)

        async def state() -> tuple[str, str | None]:
            (card,) = await store.read(lambda reader: thread(reader, talk, limit=5), people.ana)
            return card.state, card.state_reason

        async with asyncio.timeout(PATIENCE_S):
            while (await state())[0] == "queued":  # noqa: ASYNC110  # in the database
                await asyncio.sleep(0.02)
        assert (await state())[0] == "failed"
        assert "may have been sent since" in str((await state())[1])


# ── the ledger ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_new_ledger_is_filled_with_all_that_the_database_knows(
    place: Place, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = database.people
    with stores_of(place) as stores:
        store = stores.of(people.acme)
        known = await acquaint(store, people.ana)
        await erased(store, known, people.ana)
        first = {each.id for each in store.ledger.entries(people.acme)}
        assert first == {known.contact, known.merged}
    monkeypatch.setenv(LEDGER, str(tmp_path / "another"))
    with stores_of(_with_ledger(place)) as stores:
        store = stores.of(people.acme)
        assert store.ledger.entries(people.acme) == []
        assert await ledger_keeper.fill(store) == 2
        assert {each.id for each in store.ledger.entries(people.acme)} == first
        assert await ledger_keeper.fill(store) == 0, "once is enough"


@dataclass(frozen=True)
class Kept:
    """A ledger that is kept somewhere."""

    place: Place


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """In a folder beside the data, and in a bucket."""
    monkeypatch.delenv(LEDGER)
    with contextlib.ExitStack() as stack:
        url = ""
        if request.param == "bucket":
            monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
            monkeypatch.setenv(SECRET_VARIABLE, SECRET)
            url = stack.enter_context(bucket(tmp_path / "s3")).url
        yield Kept(Place(url="sqlite:///x", folder=tmp_path / "patchbay.d", path=tmp_path / "x", bucket_url=url))


def test_a_ledger_keeps_what_it_was_told(kept: Kept, tmp_path: Path) -> None:
    found, tenant_id, other = ledger_of(kept.place), new_id(), new_id()
    entries = [
        Entry(what="erased", id=new_id(), at_us=1), Entry(what="device", id=new_id(), at_us=2, reason="lost"),
    ]  # fmt: skip
    assert (found.entries(tenant_id), found.is_begun(tenant_id)) == ([], False)
    for entry in (*entries, *entries):
        found.add(tenant_id, entry)
    found.begin(tenant_id)
    again_ = ledger_of(kept.place)
    assert sorted(again_.entries(tenant_id), key=lambda each: each.at_us) == entries
    assert (again_.is_begun(tenant_id), again_.is_begun(other), again_.entries(other)) == (True, False, [])
    if isinstance(found, LedgerFolder):
        assert found.where() == str(tmp_path / "patchbay.ledger"), "outside of the folder that a restore replaces"
        damaged = next((tmp_path / "patchbay.ledger").rglob("erased-*"))
        damaged.write_bytes(b"")
        with pytest.raises(BrokenLedger):
            found.entries(tenant_id)
    else:
        assert found.where() == "s3://patchbay/files/ledger"
