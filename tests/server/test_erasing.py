"""A person is erased: nothing of them is left in the database, its file, the audit or the files, and all else stays as it was."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from app.domain.calls.commands import LogCall
from app.domain.calls.records import Call
from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.erasing import EraseContact, erasure
from app.domain.contacts.matching import who_calls
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import contact
from app.domain.conversations.queries import conversation
from app.domain.messages.commands import Reply
from app.domain.messages.records import Message
from app.domain.notes.commands import AddNote
from app.kernel.columns import moment_from_us
from app.kernel.erasing import ErasedPerson
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.ids import new_id
from app.kernel.log import Audit, AuditEmptied
from app.kernel.undo import CannotUndo, Undo
from server.database.append_only import drop_cut
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.place import Place
from server.database.store import TenantStore
from server.database.trail import Event, cut, empty_rows
from server.database.trail_check import EMPTIED, verify
from server.features.contacts.effects import contact_erased
from server.jobs.runner import Runner
from tests.peers.rclone import KEY_ID, SECRET, bucket
from tests.server.erasing import Known, acquaint, in_files, is_over, traces
from tests.server.test_audit_chain import _intruder
from tests.server.world import Database, stores_of

PATIENCE_S = 60


@pytest_asyncio.fixture
async def store(place: Place, database: Database) -> AsyncIterator[TenantStore]:
    """Acme's data, with its jobs and without a server."""
    with stores_of(place) as stores:
        yield stores.of(database.people.acme)


async def erased(store: TenantStore, known: Known, user: UUID) -> UUID:
    """They are, and all that follows has been done; the command's id."""
    outcome = await store.issue(EraseContact(contact_id=known.contact), user, "desk")
    await work_off(store)
    return outcome.command_id


async def work_off(store: TenantStore) -> None:
    class Alone:
        """The one store, for the runner."""

        now_us, on_open = staticmethod(store.now_us), list[object]()

        @staticmethod
        def readable() -> list[TenantStore]:
            return [store]

    runner = Runner(Alone(), {"contact.erased": contact_erased})  # type: ignore[arg-type]  # all that it asks of stores
    await runner.start()
    async with asyncio.timeout(PATIENCE_S):
        while not await is_over(store):  # noqa: ASYNC110  # in the database
            await asyncio.sleep(0.02)
    await runner.stop()


async def test_nothing_of_them_is_left_and_the_audit_still_checks(store: TenantStore, database: Database, place: Place) -> None:
    known = await acquaint(store, database.people.ana)
    assert {"contact", "identity", "conflict", "message", "note", "task", "call", "audit", "command_log"} <= traces(
        place, store.tenant_id
    ).keys()
    before = await counts(store)
    await erased(store, known, database.people.ana)
    assert traces(place, store.tenant_id) == {}
    if place.is_sqlite:
        file = place.tenant_file(store.tenant_id)
        assert in_files(file, file.with_name(f"{file.name}-wal")) == set()
    assert in_files(place.blobs) == set()
    found = await store.look(lambda each: verify(each, store.tenant_id))
    assert (found.problem, found.rows) == ("", found.head.seq)
    after = await counts(store)
    assert after[:3] == before[:3], "what happened stays countable"
    assert store.blobs.read(known.shared_file) == b"everybody's logo"
    for gone in (known.own_file, known.raw):
        with pytest.raises(FileNotFoundError):
            store.blobs.size(gone)


async def test_files_go_from_a_bucket_too(
    place: Place, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    with bucket(tmp_path / "s3") as served, stores_of(replace(place, bucket_url=served.url)) as stores:
        store = stores.of(database.people.acme)
        known = await acquaint(store, database.people.ana)
        assert in_files(tmp_path / "s3")
        await erased(store, known, database.people.ana)
        assert in_files(tmp_path / "s3") == set()
        assert store.blobs.read(known.shared_file) == b"everybody's logo"


async def counts(store: TenantStore) -> tuple[int, ...]:
    kinds = (Message, Call)
    asked = [select(func.count()).select_from(kind).where(kind.tenant_id == store.tenant_id).scalar_subquery() for kind in kinds]
    acts = select(func.count()).select_from(Audit).where(Audit.tenant_id == store.tenant_id, Audit.operation == "insert")
    return tuple(await store.look(lambda each: each.execute(select(*asked, acts.scalar_subquery())).one()))


async def test_what_is_left_says_that_and_who(store: TenantStore, database: Database) -> None:
    ana = database.people.ana
    known = await acquaint(store, ana)
    preview = await store.read(lambda reader: erasure(reader, known.contact), ana)
    assert (preview.name, preview.merged) == ("Maddalena Quirrel", ["Quirrel Maddalena"])
    assert preview.counts["contact"] == 2
    assert preview.counts["message"] == 2
    assert preview.counts["call"] == 2
    await erased(store, known, ana)
    card = await store.read(lambda reader: contact(reader, known.contact), ana)
    assert (card.name, card.job_title, card.identities, card.erased_by) == ("Erased person", None, [], ana)
    assert card.erased_at is not None
    thread = await store.read(lambda reader: conversation(reader, known.conversation), ana)
    assert (thread.subject, thread.address, thread.preview, thread.contact_name) == ("", "", "", "Erased person")
    assert thread.message_count == 2
    assert (await store.read(lambda reader: contact(reader, known.other), ana)).name == "Somebody Else"


async def test_nothing_is_written_about_them_any_more_and_nothing_comes_back(store: TenantStore, database: Database) -> None:
    ana = database.people.ana
    known = await acquaint(store, ana)
    command = await erased(store, known, ana)
    refused = [
        EditContact(contact_id=known.contact, patch={"name": "Maddalena Quirrel"}),
        AddNote(note_id=new_id(), text="mellow saxophone", contact_id=known.contact),
        Reply(conversation_id=known.conversation, message_id=new_id(), text="Hello"),
        MergeContacts(contact_id=known.other, other_id=known.contact),
        MergeContacts(contact_id=known.contact, other_id=known.other),
        Undo(command_id=known.named), EraseContact(contact_id=known.contact),
    ]  # fmt: skip
    for each in refused:
        with pytest.raises(ErasedPerson):
            await store.issue(each, ana, "desk")
    with pytest.raises(CannotUndo):
        await store.issue(Undo(command_id=command), ana, "desk")


async def test_their_number_is_somebodys_again_when_it_is_used_again(
    store: TenantStore, database: Database, place: Place
) -> None:
    ana = database.people.ana
    known = await acquaint(store, ana)
    await erased(store, known, ana)
    assert (await store.read(lambda reader: who_calls(reader, "+442079460958", "GB"), ana)).matches == []
    again = new_id()
    await store.issue(CreateContact(contact_id=again, name="New Owner", phones=("+442079460958",)), ana, "desk")
    found = await store.read(lambda reader: who_calls(reader, "+442079460958", "GB"), ana)
    assert [(each.contact_id, each.shown) for each in found.matches] == [(again, "+44 20 7946 0958")]


async def test_a_call_that_is_told_of_late_is_kept_without_its_number(
    store: TenantStore, database: Database, place: Place
) -> None:
    ana = database.people.ana
    known = await acquaint(store, ana)
    await erased(store, known, ana)
    for sip_call_id in ("quirrel-call@kells", "quirrel-late@kells"):
        late = LogCall(
            sip_call_id=sip_call_id, direction="in", number="+442079460958", state="ended", outcome="answered", queue="sales",
            started_at=moment_from_us(1_700_000_000_000_000), contact_id=known.contact, agent_number="201",
        )  # fmt: skip
        await store.issue(late, ana, "desk")
    calls = select(func.count()).select_from(Call).where(Call.tenant_id == store.tenant_id, Call.contact_id == known.contact)
    assert (await store.look(lambda each: each.execute(calls).scalar_one())) == 2
    assert traces(place, store.tenant_id) == {}


async def test_a_shared_number_stays_with_whoever_else_uses_it(store: TenantStore, database: Database) -> None:
    ana = database.people.ana
    known = await acquaint(store, ana)
    partner = new_id()
    await store.issue(CreateContact(contact_id=partner, name="Partner", phones=("+442079460958",)), ana, "desk")
    await erased(store, known, ana)
    card = await store.read(lambda reader: contact(reader, partner), ana)
    assert [each.value for each in card.identities] == ["+442079460958"]


async def test_a_row_that_anybody_else_empties_is_the_first_broken_one(
    store: TenantStore, database: Database, place: Place
) -> None:
    known = await acquaint(store, database.people.ana)
    rows = select(Audit.seq).where(Audit.tenant_id == store.tenant_id, Audit.record_id == known.other).order_by(Audit.seq)
    seq = (await store.look(lambda each: each.execute(rows).scalars().all()))[0]
    await erased(store, known, database.people.ana)
    with _intruder(place, store.tenant_id) as connection:
        connection.execute(text(f"UPDATE audit SET fields = '{{}}' WHERE seq = {seq}"))  # noqa: S608  # a number
    found = await store.look(lambda each: verify(each, store.tenant_id))
    assert found.seq == seq
    assert f"row {seq} was changed after it was written" in found.problem


async def test_a_row_is_emptied_once_and_filled_with_nothing_else(store: TenantStore, database: Database, place: Place) -> None:
    known = await acquaint(store, database.people.ana)
    await erased(store, known, database.people.ana)
    rows = select(Audit.seq).where(Audit.tenant_id == store.tenant_id, Audit.record_id == known.contact).order_by(Audit.seq)
    seq = (await store.look(lambda each: each.execute(rows).scalars().all()))[0]
    event = Event(verb=EMPTIED, kind="contact", record_id=known.contact)
    again = await store.change(lambda each: empty_rows(each, store.tenant_id, [seq], event, store.now_us()))
    assert again == 0
    with _intruder(place, store.tenant_id) as connection:
        connection.execute(text(f"""UPDATE audit SET fields = '{{"name":[null,"Forged"]}}' WHERE seq = {seq}"""))  # noqa: S608  # a number
    assert (await store.look(lambda each: verify(each, store.tenant_id))).seq == seq


async def test_a_cut_takes_emptied_rows_like_all_others(store: TenantStore, database: Database) -> None:
    known = await acquaint(store, database.people.ana)
    await erased(store, known, database.people.ana)
    emptied = select(func.count()).select_from(AuditEmptied).where(AuditEmptied.tenant_id == store.tenant_id)
    assert await store.look(lambda each: each.execute(emptied).scalar_one())
    assert await store.change(lambda each: cut(each, store.tenant_id, timedelta(0), store.now_us() + 1, lambda _: b""))
    while await store.change(lambda each: drop_cut(each, store.tenant_id)):
        pass
    assert await store.look(lambda each: each.execute(emptied).scalar_one()) == 0
    found = await store.look(lambda each: verify(each, store.tenant_id))
    assert (found.problem, found.rows) == ("", 1), "the event of the cut is left"


async def test_only_who_has_the_right_erases(store: TenantStore, database: Database) -> None:
    known = await acquaint(store, database.people.ana)
    with pytest.raises(NotAllowed):
        await store.issue(EraseContact(contact_id=known.contact), database.people.ben, "desk")
    with pytest.raises(NotAllowed):
        await store.read(lambda reader: erasure(reader, known.contact), database.people.ben)
    with pytest.raises(NotHere):
        await store.issue(EraseContact(contact_id=new_id()), database.people.ana, "desk")
