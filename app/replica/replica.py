"""The console's copy: commands run here at once, wait in the outbox, and are run again over what the server says."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.orm import Session

from app.domain.roles.actors import ACTOR_KINDS, actor_of
from app.kernel.clock import NowUs
from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import NeedsServer, Refused
from app.kernel.ids import new_id
from app.kernel.permissions import Actor
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.kernel.watch import Change, Watch, WatchedSession, unfenced
from app.kernel.work import UnitOfWork
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Outcome, Page, Push, is_chain
from app.protocol.live import News
from app.protocol.version import PROTOCOL
from app.replica import erased, outbox, rows
from app.replica.file import wipe
from app.replica.journal import Journal
from app.replica.kept import Kept
from app.replica.leaving import leave
from app.replica.rows import Touches
from app.replica.search import SearchIndex
from app.replica.tables import EVERYTHING, create_indexes, load, load_cursor, prepare, save, save_cursor, start_over

T = TypeVar("T")
log = logging.getLogger(__name__)
ACTOR_TOUCHES = frozenset(f"{kind}:*" for kind in ACTOR_KINDS)
NEVER_MEASURED = (0, 1 << 60)  # skew, round trip


class Replica(Kept):
    """One person's copy on one device; its methods are called on one thread, and each is one transaction."""

    def __init__(
        self, engine: Engine, tenant_id: UUID, actor_id: UUID, device: str, now_us: NowUs, *, journal: Journal | None = None
    ) -> None:
        self.engine, self.tenant_id, self.actor_id, self.device = engine, tenant_id, actor_id, device
        self.on_change: Callable[[Touches], None] = lambda _touches: None  # after each commit that changed rows
        self._now_us, self._journal, self.search = now_us, journal, SearchIndex(tenant_id)
        self._actor: Actor | None = None
        self._sight = 0  # moves with each commit that may change what the person sees
        self._reads_as: tuple[int, Actor] | None = None  # as which somebody reads, while that number stands
        with engine.begin() as connection:
            prepare(connection)
            self.search.prepare(connection)
            self._is_unwiped = bool(load(connection, "is_unwiped", default=False))

    # ── act and read ───────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, command: Command, seen: dict[UUID, int] | None = None) -> Issued:
        """Do it here and now, and remember to tell the server; raises `Refused` and changes nothing when it cannot be done."""
        with WatchedSession(self.engine, expire_on_commit=False) as session, session.begin():
            issued, touches = self._do(session, self._watch(session), command, seen or {})
            self._index(session.connection(), touches)
        self._journalise(issued)
        self._tell(touches)
        return issued

    def run_many(self, commands: Sequence[Command], group: UUID) -> list[Issued | Refused]:
        """Each for itself, in one transaction: what cannot be done is left out, and says why."""
        done: list[Issued | Refused] = []
        touches: Touches = set()
        with WatchedSession(self.engine, expire_on_commit=False) as session, session.begin():
            watch = self._watch(session)
            for command in commands:
                try:
                    with session.begin_nested():
                        issued, more = self._do(session, watch, command, {}, group)
                except Refused as refusal:
                    done.append(refusal)
                else:
                    done.append(issued)
                    touches |= more
            self._index(session.connection(), touches)
        self._journalise(*(each for each in done if isinstance(each, Issued)))
        self._tell(touches)
        return done

    def _do(
        self, session: Session, watch: Watch, command: Command, seen: dict[UUID, int], group: UUID | None = None
    ) -> tuple[Issued, Touches]:
        if not command.offline:
            raise NeedsServer
        connection = session.connection()
        issued = self._issue(connection, command, group)
        work, changes = self._apply(session, watch, issued)
        known = {record.id: record.version for record, change in changes.items() if change.operation == "update"}
        needs = outbox.writers_of(connection, work.touched) if command.has_effects else ()
        issued = msgspec.structs.replace(issued, seen=work.aimed | known | seen, needs=needs)
        with unfenced(session):
            outbox.put(connection, issued, work, changes.values())
        return issued, {touch for change in changes.values() for touch in _touches(change)}

    def change_file(self, engine: Engine, journal: Journal) -> None:
        """Go on with the same data in another file, or under another key."""
        self.engine, self._journal, self.search = engine, journal, SearchIndex(self.tenant_id)
        with engine.begin() as connection:
            self.search.prepare(connection)  # anew where it was being made: rows may have other places now
        self.begin_journal()

    def begin_journal(self) -> None:
        """Write anew what is not settled; after every opening, and when it has grown long."""
        if self._journal is not None:
            with self._reading() as connection:
                unsettled = outbox.unsettled(connection)
            self._journal.begin(unsettled)

    def _journalise(self, *issued: Issued) -> None:
        """After the commit: what could not be done is in no journal. The act itself stands, whatever happens here."""
        if self._journal is None:
            return
        try:
            if self._journal.is_long:
                self.begin_journal()
            else:
                self._journal.add(*issued)
        except OSError:
            log.exception("the journal could not be written; it is tried again at the next act")

    def issue(self, command: Command) -> Issued:
        """A command for the server alone: `Outcome` comes by an answer, not through the outbox."""
        with self.engine.begin() as connection:
            return self._issue(connection, command)

    def note_done(self, issued: Issued, version: int) -> None:
        """The server has done it."""
        with self.engine.begin() as connection:
            outbox.put_done(connection, issued, version)

    def read(self, question: Callable[[Reader], T]) -> T:
        """Ask in one read transaction; may run beside a writer."""
        known, sight = self._reads_as, self._sight
        with self._reading() as connection:
            if known is None or known[0] != sight:
                known = self._reads_as = (sight, actor_of(connection, self.tenant_id, self.actor_id))
            return question(Reader(connection, self.tenant_id, known[1]))

    def _issue(self, connection: Connection, command: Command, group: UUID | None = None) -> Issued:
        """Stamped with the server's time as this device knows it, never going back: both sides run it with the same `now`."""
        skew_us, _ = load(connection, "skew", NEVER_MEASURED)
        acted_us = max(self._now_us() + cast("int", skew_us), cast("int", load(connection, "acted_us", 0)) + 1)
        save(connection, "acted_us", acted_us)
        return Issued(
            id=new_id(), name=command.verb, body=body_of(command), actor_id=self.actor_id, device=self.device, acted_us=acted_us,
            group=group, spoken=PROTOCOL,
        )  # fmt: skip

    def _apply(self, session: Session, watch: Watch, issued: Issued) -> tuple[UnitOfWork, dict[Any, Change]]:
        connection = session.connection()
        if self._actor is None:
            self._actor = actor_of(connection, self.tenant_id, self.actor_id)
        work = UnitOfWork(watch, self.tenant_id, issued, self._actor, lambda each: outbox.past(connection, each))
        changes = work.run()
        session.flush()
        return work, changes

    def _watch(self, session: Session) -> Watch:
        return Watch(session, lambda kind, key: rows.keep_truth(session.connection(), self.tenant_id, kind, key))

    # ── push ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def outgoing(self, limit: int = 50) -> Push:
        """What the server must hear next; from now on it may have heard of it."""
        with self.engine.begin() as connection:
            handed = max(cast("int", load(connection, "handed", 0)), last_seq := outbox.last_seq(connection, limit))
            if last_seq:
                save(connection, "handed", handed)
            return Push(device=self.device, commands=outbox.waiting(connection, limit))

    def settle(self, outcomes: Iterable[Outcome]) -> None:
        """Take in answers; a rejected command's effect goes at once, an applied one's stays until the pull brings it."""
        touches: Touches = set()
        with self.engine.begin() as connection:
            ended = [row for row in (outbox.answer(connection, outcome) for outcome in outcomes) if row is not None]
            ended += outbox.finish(connection, load_cursor(connection).version)
            if ended:
                touches = self._rebase(connection, set(), ended)
                if erased.silence(connection, [row.seq for row in ended]):
                    self._note_unwiped(connection)
                self._index(connection, touches)
        self._tell(touches)

    def measure_skew(self, sent_us: int, server_us: int, received_us: int) -> None:
        """Keep the skew of the quickest exchange: its error is at most half that exchange's time."""
        took_us = received_us - sent_us
        with self.engine.begin() as connection:
            _, best_us = load(connection, "skew", NEVER_MEASURED)
            if took_us < best_us:
                save(connection, "skew", (server_us - (sent_us + received_us) // 2, took_us))

    # ── pull ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def cursor(self) -> Cursor:
        """Where the replica stands."""
        with self._reading() as connection:
            return load_cursor(connection)

    def as_of_us(self) -> int | None:
        """The server's time at which the replica was last known to be complete; nothing before the first download."""
        with self._reading() as connection:
            as_of_us: int | None = load(connection, "as_of_us", None)
            return as_of_us

    def apply(self, *pages: Page) -> bool:
        """Take in pages that follow one another, in one transaction; not if they are for another place: come twice, or late."""
        known = self._actor
        try:
            with self.engine.begin() as connection:
                if not is_chain(load_cursor(connection), pages):
                    return False
                touches = set[str]().union(*[self._take_in(connection, page) for page in pages])
                self._index(connection, touches)
                if pages[-1].end.place is None:
                    self.search.prepare(connection)
                save_cursor(connection, pages[-1].end)
        except BaseException:
            self._actor = known  # what was read of the pages is undone
            raise
        self._tell(touches)
        self.wipe()
        return True

    def start_over(self) -> None:
        """The server no longer knows how to go on from here: forget its rows and begin at the beginning."""
        with self.engine.begin() as connection:
            start_over(connection)
            self.search.prepare(connection)
            self._actor = None
            self._note_unwiped(connection)
        self._tell(f"{name}:*" for name in KINDS)

    def apply_news(self, news: News) -> bool:
        """Take in what the live socket told, unless it is for another place."""
        start = self.cursor()
        if start.place is not None or start.version != news.start:
            return False
        end = msgspec.structs.replace(start, version=news.end)
        return self.apply(Page(start=start, end=end, server_us=news.server_us, blocks=news.blocks))

    def _take_in(self, connection: Connection, page: Page) -> Touches:
        is_last = page.end.place is None
        is_purging = is_last and page.purged > load(connection, "purged", 0)
        touches = rows.restore_all(connection) if is_purging or (is_last and page.purge) else set[str]()
        if erased.store(connection, page.blocks, touches):
            self._note_unwiped(connection)
        self._forget_actor(touches)
        stale: Touches = set(load(connection, "stale", []))
        if is_last:
            touches |= self._end(connection, page, stale | touches)
            save(connection, "as_of_us", page.server_us)
        else:
            self._defer(connection, stale, touches)
        return touches

    def _defer(self, connection: Connection, stale: Touches, arrived: Touches) -> None:
        """In the middle of a pull: who was concerned is remembered, and run again once, at its end."""
        looked_at = set[str]().union(*(outbox.touched(row) for row in outbox.live(connection)))
        if more := (arrived & looked_at) - stale:
            save(connection, "stale", sorted(stale | more))

    def _end(self, connection: Connection, page: Page, stale: Touches) -> Touches:
        touches, is_to_wipe = leave(connection, self.tenant_id, page=page)
        if is_to_wipe:
            self._note_unwiped(connection)
        if not load(connection, "is_indexed", default=False):
            create_indexes(connection)
        ended = outbox.finish(connection, page.end.version)
        self._forget_actor(touches)
        touches |= self._rebase(connection, stale | touches, ended)
        save(connection, "stale", [])
        return touches

    def _note_unwiped(self, connection: Connection) -> None:
        """In the transaction in which something leaves the file: a crash before the wiping is made up for later."""
        self._is_unwiped = True
        save(connection, "is_unwiped", value=True)

    @property
    def is_unwiped(self) -> bool:
        """Whether the file holds traces of what has left the tables."""
        return self._is_unwiped

    def wipe(self, *, whatever_size: bool = False, is_hurried: Callable[[], bool] = lambda: False) -> None:
        """Take what has left the tables out of the file; later when it would take long, or somebody is or comes in the way."""
        if not self._is_unwiped or self.search.share is not None:
            return
        if not wipe(self.engine, self.search.join_some, whatever_size=whatever_size, is_hurried=is_hurried):
            return
        with self.engine.begin() as connection:
            save(connection, "is_unwiped", value=False)
        self._is_unwiped = False
        self.begin_journal()

    def _forget_actor(self, touches: Touches) -> None:
        """Their rights or teams may have been among the rows."""
        if not ACTOR_TOUCHES.isdisjoint(touches):
            self._actor = None

    # ── rebase ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rebase(self, connection: Connection, stale: Touches, ended: Sequence[Row[Any]]) -> Touches:
        """Put back the server's rows under every command that `stale` concerns, and run those still open again, in order."""
        still_open = outbox.live(connection)
        again = outbox.concerned(still_open, stale, ended)
        if not again and not ended:
            return set()
        touches = set[str]().union(*(outbox.written(row) for row in (*ended, *again)))
        rows.restore(connection, touches)
        with WatchedSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            watch = self._watch(session)
            for row in (row for row in still_open if row in again):
                touches |= self._run_again(session, watch, row)
            session.commit()
        return touches

    def _run_again(self, session: Session, watch: Watch, row: Row[Any]) -> Touches:
        """A command that no longer works here stays in the outbox all the same: the server decides."""
        issued = outbox.issued_of(row)
        try:
            with session.begin_nested():
                work, changes = self._apply(session, watch, issued)
        except Refused as refusal:
            with unfenced(session) as connection:
                outbox.note_refusal(connection, row.seq, refusal)
            return set()
        with unfenced(session) as connection:
            outbox.note_run(connection, row.seq, work, changes.values())
        return {touch for change in changes.values() for touch in _touches(change)}

    # ── details ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def withdraw(self, command_ids: Sequence[UUID]) -> None:
        """Take back commands that the server has not heard of, as if they had never been given; `OnItsWay` when it may have."""
        with self.engine.begin() as connection:
            ended = outbox.withdraw(connection, command_ids, cast("int", load(connection, "handed", 0)))
            touches = self._rebase(connection, set(), ended) if ended else set()
            self._index(connection, touches)
            if self._journal is not None:  # before the commit: what was taken back must not come again after a rescue
                self._journal.begin(outbox.unsettled(connection))
        self._tell(touches)

    def release(self) -> None:
        """The person has confirmed what was held."""
        with self.engine.begin() as connection:
            outbox.release(connection)

    def discard(self, command_ids: Sequence[UUID]) -> None:
        """The person does not mean what was held; what stands on it is run again without it."""
        touches: Touches = set()
        with self.engine.begin() as connection:
            if ended := outbox.discard(connection, command_ids):
                touches = self._rebase(connection, set(), ended)
                self._index(connection, touches)
        self.begin_journal()  # else it would come back from there
        self._tell(touches)

    def _index(self, connection: Connection, touches: Iterable[str]) -> None:
        """What was written, put back or dropped is found by its new words, or no longer, from the same moment on."""
        if self.search.refresh(connection, touches):
            self._note_unwiped(connection)

    def _tell(self, touches: Iterable[str]) -> None:
        told = set(touches) - {EVERYTHING}
        if not ACTOR_TOUCHES.isdisjoint(told):
            self._sight += 1
        if told:
            self.on_change(told)


def _touches(change: Change) -> tuple[str, str]:
    return f"{change.kind}:{change.record_id.hex}", f"{change.kind}:*"
