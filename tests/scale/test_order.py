"""Commits that are heard in any order are passed on in theirs."""

import base64
from collections.abc import Callable
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest

from server.database import notices
from server.database.batch import Committed, Row
from server.database.notices import MOST_BYTES, Word, decode, encode, joined, payload_of, unsealed
from server.database.vault import Vault
from server.sync.order import InOrder

TENANT = UUID(int=7)


def commit(begin: int, end: int, **more: object) -> Committed:
    facts = {
        "kinds": frozenset({"contact"}), "keys": frozenset({UUID(int=begin)}), "is_scope_changed": False,
        "is_actor_changed": False, "has_effects": False,
    }  # fmt: skip
    return Committed(tenant_id=TENANT, from_version=begin, to_version=end, **{**facts, **more})  # type: ignore[arg-type]


class Clock:
    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def later(self, _delay_s: float, what: Callable[[], None]) -> None:
        self.due.append(what)

    def passes(self) -> None:
        due, self.due = self.due, []
        for what in due:
            what()


def test_whatever_order_they_come_in_each_is_passed_on_once_in_its_turn() -> None:
    commits = [commit(number, number + 1) for number in range(200)]
    for seed in range(50):
        told: list[Committed] = []
        order = InOrder(told.append, Clock().later)
        order.skip_to(0)
        heard = commits * 2  # each is heard twice: from the commit's own transaction, and with the others
        Random(seed).shuffle(heard)
        for each in heard:
            order.take(each)
        assert told == commits


def test_a_commit_that_never_comes_holds_the_others_up_for_a_moment_only() -> None:
    told: list[Committed] = []
    clock = Clock()
    order = InOrder(told.append, clock.later)
    for begin in (5, 7, 8, 11):
        order.take(commit(begin, begin + 1))
    assert [each.from_version for each in told] == [5]
    clock.passes()
    assert [each.from_version for each in told] == [5, 7, 8]
    clock.passes()
    assert [each.from_version for each in told] == [5, 7, 8, 11]
    order.take(commit(6, 7))  # too late: the hole was told as one, and everybody has looked since
    assert (len(told), order.last, clock.due) == (4, 12, [])


def test_who_was_told_to_look_is_not_told_again_what_they_saw() -> None:
    told: list[Committed] = []
    order = InOrder(told.append, Clock().later)
    order.take(commit(1, 2))
    order.take(commit(5, 6))
    order.skip_to(5)
    order.take(commit(4, 5))
    assert [each.from_version for each in told] == [1, 5]


def test_what_is_told_is_heard_as_it_was() -> None:
    told = commit(3, 9, is_scope_changed=True, has_effects=True)
    heard = decode(payload_of(told))
    assert isinstance(heard, Committed)
    assert heard == commit(3, 9, is_scope_changed=True, has_effects=True, is_ours=False)
    assert decode(encode(Word("p", TENANT, "presence", b"\x00\xff"))) == Word("p", TENANT, "presence", b"\x00\xff")
    for odd in ("", "c", "c!!", "w" + "AAAA", "x" + payload_of(told)[1:]):
        assert decode(odd) is None or odd.startswith("x")


def test_what_is_too_long_for_a_notification_makes_everybody_look() -> None:
    told = commit(3, 9, keys=frozenset(UUID(int=number << 64) for number in range(1_000)))
    payload = payload_of(told)
    heard = decode(payload)
    assert len(payload) <= MOST_BYTES
    assert isinstance(heard, Committed)
    assert (heard.from_version, heard.to_version, heard.is_actor_changed, heard.keys) == (3, 9, True, frozenset())


def test_neighbouring_commits_are_told_as_one_and_others_apart() -> None:
    runs = joined([commit(4, 5, has_effects=True), commit(2, 4), commit(6, 7)])
    assert [(each.from_version, each.to_version, each.has_effects) for each in runs] == [(2, 5, True), (6, 7, False)]
    assert runs[0].keys == {UUID(int=2), UUID(int=4)}


def row(number: int, text: str = "Ada") -> Row:
    return Row("contact", [text, number, None, b"\x00" * 16], frozenset({b"k" * 16}), number.to_bytes(16, "big"), number)


def heard(payload: str, vault: Vault) -> Committed:
    told = decode(payload)
    assert isinstance(told, Committed)
    return unsealed(told, vault.box("rows"))


def test_few_rows_travel_with_their_commit_and_only_who_has_the_key_can_read_them() -> None:
    told, vault = commit(1, 2, rows=(row(2),), process="p1"), Vault(bytes(32))
    payload = payload_of(told, vault.box("rows"))
    whole = heard(payload, vault)
    assert whole.rows == told.rows
    assert (whole.sealed, whole.is_ours, whole.process) == (b"", False, "p1")
    assert b"Ada" not in base64.b64decode(payload[1:])
    assert heard(payload, Vault(b"x" * 32)) == replace(whole, rows=None), "it looks for itself"
    assert heard(payload_of(told), vault) == replace(whole, rows=None)


def test_rows_of_one_commit_are_not_taken_for_those_of_another() -> None:
    vault = Vault(bytes(32))
    told = decode(payload_of(commit(1, 2, rows=(row(2),)), vault.box("rows")))
    assert isinstance(told, Committed)
    assert unsealed(replace(told, to_version=3), vault.box("rows")).rows is None


def test_rows_of_another_layout_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(bytes(32))
    payload = payload_of(commit(1, 2, rows=(row(2),)), vault.box("rows"))
    monkeypatch.setattr(notices, "layout_now", lambda: 1)
    assert heard(payload, vault).rows is None


def test_rows_that_do_not_fit_stay_where_they_are_and_the_rest_is_told() -> None:
    vault = Vault(bytes(32))
    for rows in ((row(2, "x" * MOST_BYTES),), tuple(row(number) for number in range(200))):
        payload = payload_of(commit(1, 2, rows=rows), vault.box("rows"))
        assert len(payload) <= MOST_BYTES
        told = heard(payload, vault)
        assert (told.rows, told.keys) == (None, frozenset({UUID(int=1)}))


def test_commits_that_are_joined_bring_the_rows_of_all_or_none() -> None:
    one, two = commit(1, 2, rows=(row(2),)), commit(2, 3, rows=(row(3),))
    assert joined([two, one])[0].rows == (row(2), row(3))
    assert joined([one, replace(two, rows=None)])[0].rows is None
