"""The generated tenant: the same rows for the same seed, numbers that are numbers, and the people of the story."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.contacts.records import ContactIdentity
from app.domain.conversations.records import Conversation
from app.domain.identities.records import Identity
from app.domain.messages.records import Message
from app.kernel.ids import derived_id
from app.kernel.phone import read_phone
from app.kernel.record import Record, Root
from tests.demo import cast, texts
from tests.demo.dataset import DEMO, SMALL, Sizes, Tenant
from tests.demo.ledger import Ledger
from tests.demo.people import REGIONS, Crowd, Region

TENANT = UUID("7b0f6f5e-4a0e-4e0f-8f5e-000000000001")
NOW = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
Rows = dict[type[Record], list[dict[str, Any]]]


def generate(sizes: Sizes, now: datetime = NOW, seed: int = 5) -> Rows:
    rows: Rows = {}
    for batch in Tenant(TENANT, sizes, now=now, seed=seed).batches():
        rows.setdefault(batch.kind, []).extend(batch.rows)
    return rows


@pytest.fixture(scope="module")
def demo() -> Rows:
    return generate(DEMO)


def test_two_runs_give_the_same_rows() -> None:
    assert generate(SMALL) == generate(SMALL)


def test_only_times_depend_on_the_clock() -> None:
    def timeless(rows: Rows) -> Counter[str]:
        shown = (row | {"kind": kind.__tablename__} for kind, some in rows.items() for row in some)
        return Counter(str({key: value for key, value in row.items() if not isinstance(value, datetime)}) for row in shown)

    assert timeless(generate(SMALL)) == timeless(generate(SMALL, NOW + timedelta(days=7)))


def test_another_seed_gives_other_people() -> None:
    names = [{row["value"] for row in generate(SMALL, seed=seed)[Identity]} for seed in (1, 2)]
    assert len(names[0] & names[1]) < len(names[0]) / 10


def test_demo_has_the_promised_sizes(demo: Rows) -> None:
    counts = {kind.__tablename__: len(rows) for kind, rows in demo.items()}
    assert 5_000 <= counts["contact"] <= 5_010
    assert 800 <= counts["account"] <= 805
    assert counts["message"] == 20_000
    assert 3_000 <= counts["call"] <= 3_020
    assert counts["call_leg"] == 2 * counts["call"]
    assert counts["task"] >= 300
    assert counts["note"] >= 300
    assert (counts["user"], counts["team"]) == (8, 3)
    sent = [row["sent_at"] for row in demo[Message]]
    assert max(sent) <= NOW
    assert timedelta(days=340) < NOW - min(sent) < timedelta(days=375)


def test_every_row_has_an_id_a_version_and_a_place(demo: Rows) -> None:
    ids = [(kind, row["id"]) for kind, rows in demo.items() for row in rows]
    assert len(set(ids)) == len(ids)
    assert all(row["version"] > 0 for rows in demo.values() for row in rows)
    roots = [row for kind, rows in demo.items() if issubclass(kind, Root) for row in rows]
    assert all(row["team_id"] and row["scope_version"] == row["version"] for row in roots)


def test_children_name_parents_that_are_there(demo: Rows) -> None:
    ids = {kind.__tablename__: {row["id"] for row in rows} for kind, rows in demo.items()}
    for kind, rows in demo.items():
        if kind.__parent__:
            parent, column = kind.__parent__
            assert {row[column] for row in rows} <= ids[parent]
    assert {row["identity_id"] for row in demo[ContactIdentity]} == ids["identity"]


def test_conversations_tell_of_their_last_message(demo: Rows) -> None:
    last: dict[UUID, dict[str, Any]] = {}
    for message in demo[Message]:
        held = last.get(message["conversation_id"])
        if held is None or message["sent_at"] >= held["sent_at"]:
            last[message["conversation_id"]] = message
    for row in (row for row in demo[Conversation] if row["channel"] != "voice"):
        assert (row["last_message_at"], row["last_direction"]) == (last[row["id"]]["sent_at"], last[row["id"]]["direction"])


def test_messages_of_a_thread_go_forward_in_time(demo: Rows) -> None:
    threads: dict[UUID, list[datetime]] = {}
    for message in demo[Message]:
        threads.setdefault(message["conversation_id"], []).append(message["sent_at"])
    assert all(times == sorted(times) for times in threads.values())


def test_no_text_has_an_unfilled_place_and_no_address_can_exist(demo: Rows) -> None:
    assert not [row for row in demo[Message] if "{" in row["text"] or not row["text"].strip()]
    addresses = [row["value"] for row in demo[Identity] if row["kind"] == "email"]
    assert all(address.endswith(".example") for address in addresses)
    assert len(set(addresses)) == len(addresses)


PATTERNS = [(region, pattern) for region in REGIONS for pattern in region.phones]


@pytest.mark.parametrize(("region", "pattern"), PATTERNS, ids=[f"{region.country} {pattern}" for region, pattern in PATTERNS])
def test_numbers_of_every_pattern_are_valid_and_shown_as_people_there_write_them(region: Region, pattern: str) -> None:
    rng = random.Random(pattern)
    for _ in range(40):
        shown = "".join(str(rng.randrange(10)) if mark == "#" else mark for mark in pattern)
        read = read_phone(shown)
        assert (read.is_valid, read.shown, read.country) == (True, shown, region.country)


def test_crowd_never_draws_a_number_or_an_address_twice() -> None:
    crowd = Crowd(random.Random(1))
    people = [crowd.person() for _ in range(3_000)]
    assert len({crowd.phone(one.region)[0] for one in people}) == 3_000
    assert len({crowd.email(one, None) for one in people}) == 3_000


def test_ledgers_ids_are_the_kernels() -> None:
    assert Ledger(TENANT).id("contact", 7) == derived_id(TENANT, "demo", "contact", "7")


def test_every_topic_begins_with_the_customer_and_knows_its_places() -> None:
    places = dict.fromkeys(("first", "agent", "order", "invoice", "city", "day", "bike"), "x")
    for topic in (*texts.CHATS, *(topic for topics in texts.TOPICS.values() for topic in topics)):
        assert topic.subject.format(**places)
        assert len(topic.lines) >= 2
        assert all(line.format(**places) for line in topic.lines)


def test_cast_has_roles_and_teams() -> None:
    assert Counter(one.role for one in cast.COLLEAGUES) == {"agent": 5, "supervisor": 2, "administrator": 1}
    assert {one.team for one in cast.COLLEAGUES} == set(cast.INBOXES)
