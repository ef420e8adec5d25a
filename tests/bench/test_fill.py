"""A filled tenant answers the domain's own queries, on a server's database and in an encrypted replica."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select

from app.domain.calls.queries import calls, legs
from app.domain.contacts.matching import who_calls, who_writes
from app.domain.contacts.queries import contact, contacts
from app.domain.conversations.commands import AssignConversation
from app.domain.conversations.queries import conversation, conversations
from app.domain.messages.queries import conversation_by_keys, thread
from app.domain.notes.queries import notes
from app.domain.roles.actors import actor_of
from app.domain.tasks.queries import tasks
from app.domain.tenants.queries import workspace
from app.domain.timeline.queries import timeline
from app.domain.users.queries import user_by_email, users
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.log import Tenant
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.protocol.cursor import layout_now
from app.replica.file import open_file
from app.replica.replica import Replica
from app.replica.tables import load_cursor
from server.database.founding import found_tenant
from server.database.place import read_place
from server.database.sessions import holder_by_email
from server.database.store import Stores, TenantStore
from server.sync.scope import sight_of
from tests.demo import cast, story
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_KEY, BENCH_TENANT, count_of, fill_replica, fill_tenant, give_passwords

T = TypeVar("T")
Ask = Callable[[Callable[[Reader], T]], T]


async def _filled(store: TenantStore) -> int:
    now = moment_from_us(system_now_us())
    rows = await store.write(lambda: fill_tenant(store.engine, store.tenant_id, SMALL, now=now))
    await store.change(lambda each: give_passwords(each, store.tenant_id, "a hash", now))
    store.authority.forget_actors()
    return rows


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantStore]:
    stores = Stores(read_place(f"sqlite:///{tmp_path_factory.mktemp('filled')}/patchbay.db"))

    async def found() -> TenantStore:
        founded = await found_tenant(stores, cast.COMPANY, country=cast.COUNTRY)
        await _filled(founded)
        return founded

    yield asyncio.run(found())
    stores.close()


@pytest.fixture(scope="module")
def ask(store: TenantStore) -> Ask[Any]:
    """As Maya, on the server."""
    with store.engine.connect() as connection:
        actor = actor_of(connection, store.tenant_id, cast.user_id(store.tenant_id, cast.MAYA))

    def asked(question: Callable[[Reader], Any]) -> Any:
        with store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
            return question(Reader(connection, store.tenant_id, actor))

    return asked


def test_maya_finds_her_work(ask: Ask[Any]) -> None:
    mine = ask(lambda reader: conversations(reader, view="mine", limit=50)).rows
    assert len(mine) == 12
    assert {"Amara Okafor", "Luca Bianchi"} <= {row.contact_name for row in mine}
    assert len(ask(lambda reader: conversations(reader, view="unassigned", limit=50)).rows) == 5
    assert ask(lambda reader: tasks(reader, owner_id=cast.user_id(reader.tenant_id, cast.MAYA)))


def test_luca_is_known_by_every_form_of_his_number(ask: Ask[Any]) -> None:
    for form in (story.LUCA_NUMBER, "0039065550142", "39065550142", "+39 06 555 0142", story.LUCA_MOBILE):
        (match,) = ask(partial(who_calls, number=form, country=cast.COUNTRY)).matches
        assert (match.name, match.account_name, match.is_vip) == ("Luca Bianchi", "Bianchi Bike Hire S.r.l.", True)
    assert ask(lambda reader: who_writes(reader, story.LUCA_EMAIL)).matches[0].name == "Luca Bianchi"


def test_lucas_card_and_timeline_are_rich(ask: Ask[Any], store: TenantStore) -> None:
    luca_id = story.luca_id(store.tenant_id)
    card = ask(lambda reader: contact(reader, luca_id))
    assert (card.pinned_note, len(card.identities)) == (story.LUCA_PINNED, 3)
    entries = ask(lambda reader: timeline(reader, luca_id, limit=100))
    assert {entry.kind for entry in entries} == {"message", "call", "note", "task"}
    assert len(entries) >= 15
    assert any(
        note.is_pinned and note.author_name == "Priya Raman" for note in ask(lambda reader: notes(reader, contact_id=luca_id))
    )


def test_amaras_thread_waits_and_a_new_mail_finds_it(ask: Ask[Any], store: TenantStore) -> None:
    conversation_id = story.amara_conversation_id(store.tenant_id)
    row = ask(lambda reader: conversation(reader, conversation_id))
    assert (row.subject, row.status, row.last_direction, row.is_unread) == (story.AMARA_SUBJECT, "open", "in", True)
    assert row.reply_due_at is not None
    assert [message.direction for message in ask(lambda reader: thread(reader, conversation_id))] == ["in", "out"] * 2 + ["in"]
    keys = story.amara_message_keys(store.tenant_id)
    assert ask(lambda reader: conversation_by_keys(reader, [keys[-1]])) == conversation_id


def test_lists_are_paged_to_their_end(ask: Ask[Any]) -> None:
    def names(reader: Reader) -> list[str]:
        found, after = list[str](), None
        while True:
            page = contacts(reader, after=after, limit=50)
            found += [row.name for row in page.rows]
            if page.next is None:
                return found
            after = page.next

    listed = ask(names)
    assert len(listed) == SMALL.contacts + 2
    page = ask(lambda reader: calls(reader, limit=20))
    assert page.next
    assert len(ask(lambda reader: legs(reader, page.rows[0].id))) == 2


def test_what_the_founding_made_is_left_as_it_was(ask: Ask[Any]) -> None:
    card = ask(workspace)
    assert (card.name, card.country) == (cast.COMPANY, cast.COUNTRY)
    assert len(ask(users)) == 8
    assert ask(lambda reader: user_by_email(reader, cast.MAYA)).name == "Maya Kapoor"


def test_everybody_can_be_given_a_password(store: TenantStore) -> None:
    with store.engine.connect() as connection:
        holder = holder_by_email(connection, store.tenant_id, cast.MAYA)
    assert holder is not None
    assert holder.password_hash == "a hash"


async def test_the_tenant_goes_on_from_the_filled_version(tmp_path: Path) -> None:
    stores = Stores(read_place(f"sqlite:///{tmp_path}/patchbay.db"))
    store = await found_tenant(stores, cast.COMPANY)
    await _filled(store)

    def highest(connection: Connection) -> tuple[int, int]:
        versions = [
            connection.execute(select(kind.version).order_by(kind.version.desc())).scalars().first() for kind in KINDS.values()
        ]
        return connection.execute(select(Tenant.change)).scalar_one(), max(version or 0 for version in versions)

    change, version = await store.look(highest)
    assert change == version
    maya = cast.user_id(store.tenant_id, cast.MAYA)
    taken = AssignConversation(conversation_id=story.amara_conversation_id(store.tenant_id), assignee_id=maya)
    outcome = await store.issue(taken, maya, "console")
    assert outcome.version > change
    stores.close()


def test_a_filled_replica_opens_as_if_it_had_just_caught_up(tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    written = fill_replica(path, BENCH_KEY, SMALL)
    assert path.read_bytes()[:6] != b"SQLite"
    engine = open_file(path, BENCH_KEY)
    priya = cast.user_id(BENCH_TENANT, cast.SUPERVISOR)
    replica = Replica(engine, BENCH_TENANT, priya, "console", system_now_us)
    with engine.connect() as connection:
        cursor = load_cursor(connection)
        assert sum(count_of(connection, kind) for kind in KINDS.values()) == written
        assert cursor.sight == sight_of(actor_of(connection, BENCH_TENANT, priya))
    assert (cursor.layout, cursor.place) == (layout_now(), None)
    found = replica.read(lambda reader: who_calls(reader, story.LUCA_NUMBER, cast.COUNTRY))
    assert [match.name for match in found.matches] == ["Luca Bianchi"]
    assert len(replica.read(lambda reader: conversations(reader, view="unassigned")).rows) == 5
    engine.dispose()
