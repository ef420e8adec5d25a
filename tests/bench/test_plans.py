"""What screens ask for one person, thread or call is found by an index: no such query goes through a whole table."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event

from app.domain.accounts.queries import accounts
from app.domain.attachments.queries import attachments
from app.domain.calls.queries import call_of_conversation, calls, legs
from app.domain.contacts.matching import who_calls, who_writes
from app.domain.contacts.queries import contact, contacts, identities_of
from app.domain.conversations.queries import conversation, conversations, conversations_of, count
from app.domain.messages.queries import conversation_by_keys, last_keys, thread
from app.domain.notes.queries import notes
from app.domain.roles.actors import actor_of
from app.domain.search.tagged import tags_in_use
from app.domain.tasks.queries import tasks
from app.domain.timeline.queries import timeline
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.reader import Reader, Slice
from server.database.founding import found_tenant
from server.database.place import read_place
from server.database.store import Stores, TenantStore
from tests.demo import cast, story
from tests.demo.dataset import SMALL
from tests.demo.fill import fill_tenant

LARGE = frozenset(
    {"message", "conversation", "contact", "identity", "contact_identity", "call", "call_leg", "note", "attachment"}
)


def luca(reader: Reader) -> UUID:
    return story.luca_id(reader.tenant_id)


def amara(reader: Reader) -> UUID:
    return story.amara_conversation_id(reader.tenant_id)


def a_call(reader: Reader) -> Any:
    return calls(reader, limit=1).rows[0]


QUESTIONS: dict[str, Callable[[Reader], Any]] = {
    "who_calls": lambda reader: who_calls(reader, story.LUCA_NUMBER, "DE"),
    "who_calls by last digits": lambda reader: who_calls(reader, "0655501420", "DE"),
    "who_writes": lambda reader: who_writes(reader, story.AMARA_EMAIL),
    "contact": lambda reader: contact(reader, luca(reader)),
    "contacts with a tag": lambda reader: contacts(reader, tag="legal"),
    "conversations with a tag": lambda reader: conversations(reader, tag="refund"),
    "tags_in_use": tags_in_use,
    "identities_of": lambda reader: identities_of(reader, luca(reader)),
    "conversation": lambda reader: conversation(reader, amara(reader)),
    "conversations": conversations,
    "conversations, mine": lambda reader: conversations(reader, view="mine"),
    "conversations, unassigned": lambda reader: conversations(reader, view="unassigned"),
    "conversations_of": lambda reader: conversations_of(reader, luca(reader)),
    "count": lambda reader: count(reader, view="all"),
    "thread": lambda reader: thread(reader, amara(reader)),
    "last_keys": lambda reader: last_keys(reader, amara(reader)),
    "conversation_by_keys": lambda reader: conversation_by_keys(reader, ["one@mail.example", "two@mail.example"]),
    "timeline": lambda reader: timeline(reader, luca(reader)),
    "timeline, further back": lambda reader: timeline(reader, luca(reader), before=datetime(2026, 1, 1, tzinfo=UTC)),
    "attachments": lambda reader: attachments(reader, amara(reader)),
    "legs": lambda reader: legs(reader, story.luca_id(reader.tenant_id)),
    "call_of_conversation": lambda reader: call_of_conversation(reader, amara(reader)),
    "notes": lambda reader: notes(reader, contact_id=luca(reader)),
    "tasks": lambda reader: tasks(reader, contact_id=luca(reader)),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantStore]:
    stores = Stores(read_place(f"sqlite:///{tmp_path_factory.mktemp('plans')}/patchbay.db"))

    async def found() -> TenantStore:
        store = await found_tenant(stores, cast.COMPANY)
        now = moment_from_us(system_now_us())
        await store.write(lambda: fill_tenant(store.engine, store.tenant_id, SMALL, now=now))
        return store

    yield asyncio.run(found())
    stores.close()


def plans_of(connection: Connection, ask: Callable[[], Any]) -> list[str]:
    """What SQLite says it does for each statement."""
    steps: list[str] = []

    def look(connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        driver: Any = connection.connection.driver_connection
        steps.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(connection, "before_cursor_execute", look)
    ask()
    event.remove(connection, "before_cursor_execute", look)
    return steps


def is_whole_table(step: str) -> bool:
    table = step.split()[1]
    return table in LARGE and (step.startswith("SCAN") or step.endswith("(tenant_id=?)"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_reads_a_whole_table(store: TenantStore, name: str) -> None:
    with store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
        maya = actor_of(connection, store.tenant_id, cast.user_id(store.tenant_id, cast.MAYA))
        reader = Reader(connection, store.tenant_id, maya)
        steps = plans_of(connection, lambda: QUESTIONS[name](reader))
    assert steps
    assert not [step for step in steps if is_whole_table(step)], steps


@pytest.mark.parametrize("pages", [contacts, accounts, calls])
def test_a_page_is_read_in_the_order_of_an_index(store: TenantStore, pages: Callable[..., Slice]) -> None:
    with store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
        maya = actor_of(connection, store.tenant_id, cast.user_id(store.tenant_id, cast.MAYA))
        reader = Reader(connection, store.tenant_id, maya)
        first = pages(reader, limit=10)
        assert first.next
        steps = plans_of(connection, lambda: pages(reader, limit=10, after=first.next))
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


def test_the_check_bites(store: TenantStore) -> None:
    with store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
        steps = plans_of(connection, lambda: connection.exec_driver_sql("SELECT * FROM message WHERE text LIKE '%x%'").all())
    assert any(is_whole_table(step) for step in steps)
