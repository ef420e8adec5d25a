"""Each safeguard, taken away, is missed: the storms would notice a core without it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from inspect import signature
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from app.domain.contacts import held as people
from app.kernel import judging
from app.kernel.clashes import Clashes
from app.kernel.permissions import Actor
from app.kernel.record import KINDS, root_of
from app.kernel.watch import Watch, WatchedSession
from app.kernel.work import UnitOfWork
from app.protocol.envelopes import Outcome
from app.replica import erased, outbox, replica, rows, sight
from app.replica.leaving import leave
from app.replica.rebase import Rebase
from app.replica.replica import Replica
from server.database import authority, batch, erasing, tombstones
from server.database.authority import Authority
from server.database.batch import Batch
from server.sync import gain, leaving, pull, scope
from server.sync.gain import Gain
from server.sync.news import form_of
from server.sync.pull import Pull
from tests.kernel.nouns import test_nouns
from tests.sync import test_sets, test_sight, test_stories, test_tombstones
from tests.sync.storms import storm

SEEDS = 200
TOLD = {**vars(test_stories), **vars(test_sets), **vars(test_tombstones), **vars(test_sight)}
STORIES = [
    story for name, story in TOLD.items()
    if name.startswith("test_") and name != "test_nouns" and callable(story) and not signature(story).parameters
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


def without_child_backfill() -> Any:
    needed = Pull._is_needed
    return patch.object(
        Pull, "_is_needed", lambda self, place, gained, fresh: place.stage != "moved" and needed(self, place, gained, fresh)
    )


def without_key_backfill() -> Any:
    fill = Pull._fill
    return patch.object(Pull, "_fill", lambda self, place, gains: fill(self, place, dict.fromkeys(gains, Gain())))


def without_scope_exits() -> Any:
    return patch.object(UnitOfWork, "_tell_scope", lambda self, root, change, version: setattr(root, "scope_version", version))


def without_key_purge() -> Any:
    return patch.object(replica, "leave", lambda *of, page: leave(*of, page=msgspec.structs.replace(page, purge=False)))


def without_page_check() -> Any:
    apply = Replica.apply
    return patch.object(Replica, "apply", lambda self, page: apply(self, msgspec.structs.replace(page, start=self.cursor())))


def without_logged_rejections() -> Any:
    return patch.object(
        Authority,
        "_reject",
        lambda self, issued, refusal: Outcome(command_id=issued.id, status="rejected", version=0, error=refusal.key),
    )


def without_skew_correction() -> Any:
    return patch.object(Replica, "measure_skew", lambda self, *_: None)


def without_truth_before_autoflush() -> Any:
    carry_out, run = Rebase.carry_out, UnitOfWork.run

    def late(self: Rebase, session: Any, watch: Watch, issued: Any) -> Any:
        watch._before_write = lambda kind, key: None

        def run_then_keep(work: UnitOfWork) -> Any:
            changes = run(work)
            for change in changes.values():
                rows.keep_truth(session.connection(), self._tenant_id, change.kind, change.record_id)
            return changes

        with patch.object(UnitOfWork, "run", run_then_keep):
            return carry_out(self, session, watch, issued)

    return patch.object(Rebase, "carry_out", late)


def without_truth_in_key_purge() -> Any:
    return patch.object(rows, "restore_all", lambda connection: set())


@contextmanager
def without_command_log() -> Iterator[None]:
    """Twice, for it is asked twice: the log's key stops what the first question let through."""
    with patch.object(batch, "answered", return_value={}), patch.object(authority, "answered", return_value={}):
        yield


def without_conflict_check() -> Any:
    return patch.object(Clashes, "last", lambda self, record, field: None)


def without_looking_at_words() -> Any:
    return patch.object(Clashes, "of_words", lambda self, record, field, turn: {})


def dropped_at_the_answer() -> Any:
    """The pending command leaves at the server's answer rather than when the pull covers it."""
    finish = outbox.finish
    return patch.object(outbox, "finish", lambda connection, version: finish(connection, 1 << 60))


def forgetting_whom_the_middle_of_a_pull_concerned() -> Any:
    return patch.object(Replica, "_defer", lambda self, connection, stale, arrived: None)


def without_beginning_anew() -> Any:
    return patch.object(Pull, "_stand", property(lambda self: (_stand(self)[0], 0)))


def _stand(self: Pull) -> tuple[int, int]:
    row = self._connection.exec_driver_sql("SELECT change, purged FROM tenant").one()
    return row.change, row.purged


def without_dropping_what_was_purged() -> Any:
    return patch.object(rows, "purged", lambda connection, until: [])


def purging_roots_without_their_children() -> Any:
    return patch.object(tombstones, "KINDS", {name: kind for name, kind in KINDS.items() if not kind.__parent__})


def without_emptying_what_is_hidden() -> Any:
    return patch.object(sight, "veil", lambda connection, sight: set())


def telling_hidden_values_of_conflicts() -> Any:
    return patch.object(pull, "veiled", lambda kind, rows, sight: rows)


def sending_hidden_columns() -> Any:
    """As a server that hides them only where they were asked for before."""
    return patch.object(pull, "form_of", lambda kind, sight: form_of(kind, sight)._replace(hidden=frozenset()))


def without_showing_anew() -> Any:
    return patch.object(gain, "_is_shown_more", lambda before, after, kind: False)


def forgetting_only_whole_roots() -> Any:
    return patch.object(leaving, "_narrower_below", lambda kind, sight: [])


def letting_roots_sleep() -> Any:
    return patch.object(Batch, "_wake", lambda self, changes, version: None)


def pinning_what_may_not_be_seen() -> Any:
    return patch.object(scope, "_visible", lambda connection, tenant_id, root, keys, ids: frozenset(ids))


def judging_children_by_their_root_alone() -> Any:
    def by_root(actor: Actor, kind: str) -> Any:
        root = root_of(KINDS[kind])
        return actor.sight(root.__tablename__ if root else kind)

    return patch.object(scope, "_seen", by_root)


def without_looking_for_locks() -> Any:
    return patch.object(judging, "check_unlocked", lambda work, record, change: None)


def without_asking_who_may_change_many() -> Any:
    return patch.object(judging, "_asked_in_bulk", lambda work, command: ())


def keeping_what_a_refused_one_of_many_did() -> Any:
    many = Replica.run_many

    def together(self: Replica, commands: Any, group: Any) -> Any:
        with patch.object(WatchedSession, "begin_nested", lambda session: nullcontext()):
            return many(self, commands, group)

    return patch.object(Replica, "run_many", together)


def telling_of_the_erased() -> Any:
    return patch.object(judging, "check_erased", lambda work, record, change: None)


def erasing_the_person_alone() -> Any:
    return patch.object(people, "_add_below", lambda ask, found, waiting: None)


def keeping_conflicts_of_the_erased() -> Any:
    return patch.object(people, "_add_conflicts", lambda ask, found: None)


def keeping_the_audit_of_the_erased() -> Any:
    return patch.object(erasing, "empty_audit", lambda *of, **more: 0)


def keeping_acts_about_the_erased() -> Any:
    return patch.object(outbox, "erase", lambda connection, rows: [])


def forgetting_what_was_open_about_the_erased() -> Any:
    return patch.object(erased, "_note_open", lambda connection, ids: None)


BREAKS: list[Callable[[], Any]] = [
    without_child_backfill,
    without_key_backfill,
    without_scope_exits,
    without_key_purge,
    without_page_check,
    without_logged_rejections,
    without_skew_correction,
    without_truth_before_autoflush,
    without_truth_in_key_purge,
    without_command_log,
    without_conflict_check,
    without_looking_at_words,
    dropped_at_the_answer,
    forgetting_whom_the_middle_of_a_pull_concerned,
    without_beginning_anew,
    without_dropping_what_was_purged,
    purging_roots_without_their_children,
    without_emptying_what_is_hidden,
    telling_hidden_values_of_conflicts,
    sending_hidden_columns,
    without_showing_anew,
    forgetting_only_whole_roots,
    letting_roots_sleep,
    pinning_what_may_not_be_seen,
    judging_children_by_their_root_alone,
    without_looking_for_locks,
    without_asking_who_may_change_many,
    keeping_what_a_refused_one_of_many_did,
    telling_of_the_erased,
    erasing_the_person_alone,
    keeping_conflicts_of_the_erased,
    keeping_the_audit_of_the_erased,
    keeping_acts_about_the_erased,
    forgetting_what_was_open_about_the_erased,
]


@pytest.mark.expects_errors
@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_a_core_without_it_does_not_weather_the_storms(broken: Callable[[], Any]) -> None:
    for tale in (*STORIES, *(partial(storm, Random(seed), 100) for seed in range(SEEDS))):
        try:
            with broken():
                tale()
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - however it shows, it shows
            return
    pytest.fail(f"every story and {SEEDS} storms passed {broken.__name__}")
