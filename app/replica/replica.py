"""The console's copy: commands run here at once, wait in the outbox, and are run again over what the server says."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.orm import Session

from app.domain.roles.actors import actor_of
from app.kernel.clock import NowUs
from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import NeedsServer, Refused
from app.kernel.ids import new_id
from app.kernel.permissions import Actor
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.kernel.watch import Watch, WatchedSession, unfenced
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Outcome, Page, Push, is_chain
from app.protocol.live import News
from app.protocol.version import PROTOCOL
from app.replica import erased, outbox, rows
from app.replica.device_clock import known_skew, measure_skew, stamp_us
from app.replica.journal import Journal
from app.replica.kept import Kept
from app.replica.leaving import leave
from app.replica.rebase import ACTOR_TOUCHES, Rebase, touches_of
from app.replica.rows import Touches
from app.replica.search import SearchIndex
from app.replica.tables import EVERYTHING, create_indexes, load, load_cursor, prepare, save, save_cursor, start_over
from app.replica.traces import Traces

T = TypeVar("T")
log = logging.getLogger(__name__)


class Replica(Kept):
    """One person's copy on one device; its methods are called on one thread, and each is one transaction."""

    def __init__(
        self, engine: Engine, tenant_id: UUID, actor_id: UUID, device: str, now_us: NowUs, *, journal: Journal | None = None
    ) -> None:
        self.engine, self.tenant_id, self.actor_id, self.device = engine, tenant_id, actor_id, device
        self.on_change: Callable[[Touches], None] = lambda _touches: None  # after each commit that changed rows
        self._now_us, self._journal, self.search = now_us, journal, SearchIndex(tenant_id)
        self._rebase = Rebase(tenant_id, actor_id)
        self._sight = 0  # moves with each commit that may change what the person sees
        self._reads_as: tuple[int, Actor] | None = None  # as which somebody reads, while that number stands
        with engine.begin() as connection:
            prepare(connection)
            self.search.prepare(connection)
            self._traces = Traces(connection)

    # ── act and read ───────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, command: Command, seen: dict[UUID, int] | None = None) -> Issued:
        """Do it here and now, and remember to tell the server; raises `Refused` and changes nothing when it cannot be done."""
        with WatchedSession(self.engine, expire_on_commit=False) as session, session.begin():
            issued, touches = self._do(session, self._rebase.watch(session), command, seen or {})
            self._index(session.connection(), touches)
        self._journalise(issued)
        self._tell(touches)
        return issued

    def run_many(self, commands: Sequence[Command], group: UUID) -> list[Issued | Refused]:
        """Each for itself, in one transaction: what cannot be done is left out, and says why."""
        done: list[Issued | Refused] = []
        touches: Touches = set()
        with WatchedSession(self.engine, expire_on_commit=False) as session, session.begin():
            watch = self._rebase.watch(session)
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
        work, changes = self._rebase.carry_out(session, watch, issued)
        known = {record.id: record.version for record, change in changes.items() if change.operation == "update"}
        needs = outbox.writers_of(connection, work.touched) if command.has_effects else ()
        issued = msgspec.structs.replace(issued, seen=work.aimed | known | seen, needs=needs)
        with unfenced(session):
            outbox.put(connection, issued, work, changes.values())
        return issued, touches_of(changes.values())

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
        """Stamped with the server's time as this device knows it: both sides run it with the same `now`."""
        return Issued(
            id=new_id(), name=command.verb, body=body_of(command), actor_id=self.actor_id, device=self.device,
            acted_us=stamp_us(connection, self._now_us()), group=group, spoken=PROTOCOL,
        )  # fmt: skip

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
                touches = self._rebase.again(connection, set(), ended)
                self._silence(connection, ended)
                self._index(connection, touches)
        self._tell(touches)

    def measure_skew(self, sent_us: int, server_us: int, received_us: int) -> int:
        """What an exchange tells of the device's clock: what it lacks to the server's."""
        with self.engine.begin() as connection:
            return measure_skew(connection, sent_us, server_us, received_us)

    def skew_us(self) -> int:
        """As it was last measured."""
        with self._reading() as connection:
            return known_skew(connection).skew_us

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
        known = self._rebase.actor
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
            self._rebase.actor = known  # what was read of the pages is undone
            raise
        self._tell(touches)
        self.wipe()
        return True

    def start_over(self) -> None:
        """The server no longer knows how to go on from here: forget its rows and begin at the beginning."""
        with self.engine.begin() as connection:
            start_over(connection)
            self.search.prepare(connection)
            self._rebase.actor = None
            self._traces.note(connection)
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
            self._traces.note(connection)
        self._rebase.forget_actor(touches)
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
            self._traces.note(connection)
        if not load(connection, "is_indexed", default=False):
            create_indexes(connection)
        ended = outbox.finish(connection, page.end.version)
        self._rebase.forget_actor(touches)
        touches |= self._rebase.again(connection, stale | touches, ended)
        self._silence(connection, ended)
        save(connection, "stale", [])
        return touches

    def _silence(self, connection: Connection, ended: Sequence[Row[Any]]) -> None:
        if erased.silence(connection, ended):
            self._traces.note(connection)

    @property
    def is_unwiped(self) -> bool:
        """Whether the file holds traces of what has left the tables."""
        return self._traces.are_left

    def wipe(self, *, whatever_size: bool = False, is_hurried: Callable[[], bool] = lambda: False) -> None:
        """Take what has left the tables out of the file; later when it would take long, or somebody is or comes in the way."""
        if not self._traces.are_left or self.search.share is not None:
            return
        if self._traces.wipe(self.engine, self.search.join_some, whatever_size=whatever_size, is_hurried=is_hurried):
            self.begin_journal()

    # ── details ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def withdraw(self, command_ids: Sequence[UUID]) -> None:
        """Take back commands that the server has not heard of, as if they had never been given; `OnItsWay` when it may have."""
        with self.engine.begin() as connection:
            ended = outbox.withdraw(connection, command_ids, cast("int", load(connection, "handed", 0)))
            touches = self._taken_back(connection, ended)
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
                touches = self._taken_back(connection, ended)
                self._index(connection, touches)
        self.begin_journal()  # else it would come back from there
        self._tell(touches)

    def _taken_back(self, connection: Connection, ended: Sequence[Row[Any]]) -> Touches:
        if erased.forget(connection, ended):
            self._traces.note(connection)
        return self._rebase.again(connection, set(), ended) if ended else set()

    def _index(self, connection: Connection, touches: Iterable[str]) -> None:
        """What was written, put back or dropped is found by its new words, or no longer, from the same moment on."""
        if self.search.refresh(connection, touches):
            self._traces.note(connection)

    def _tell(self, touches: Iterable[str]) -> None:
        told = set(touches) - {EVERYTHING}
        if not ACTOR_TOUCHES.isdisjoint(told):
            self._sight += 1
        if told:
            self.on_change(told)
