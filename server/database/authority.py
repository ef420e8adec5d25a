"""The authoritative executor: every command of every source ends here, and is numbered here."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from app.domain.roles.actors import actor_of
from app.kernel.clock import NowUs
from app.kernel.columns import moment_from_us
from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import HandlerFailed, NotStorable, Refused
from app.kernel.ids import new_id
from app.kernel.permissions import Actor
from app.kernel.trail import Head, Origin, Trail
from app.kernel.watch import WatchedSession
from app.protocol.envelopes import MassDeletion, Outcome, refusal_of
from server.database.answers import LOG, answered, log_row, rejection, save_head, take_versions, tell_refusal
from server.database.batch import Batch, Committed, Indexer, Row
from server.database.breaker import Breaker, hold
from server.database.notices import tell_within

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The command at this place in the batch could not be done."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class Authority:
    """One tenant's executor; threads may share it, one of them writes at a time.

    `on_commit` is called in the order of the change numbers, on the writing thread, before the next command begins: what
    is there must be quick and must not come back here. It hears other processes' commits too, on the thread of the event loop
    and in no order with ours.
    """

    def __init__(self, engine: Engine, tenant_id: UUID, now_us: NowUs, index: Indexer | None = None) -> None:
        self.tenant_id, self._index = tenant_id, index
        self.on_commit: list[Callable[[Committed], None]] = []
        self.rows_of: Callable[[Connection, Committed], tuple[Row, ...] | None] = no_rows  # asked within the transaction
        self._engine, self._now_us = engine, now_us
        self._writing = threading.RLock()
        self.is_told = True  # of what other processes commit; else nothing is remembered of people
        self._actors: dict[UUID, tuple[int, Actor]] = {}
        self.epoch = 0  # moves whenever somebody's rights or teams may have changed
        self._last_version = -1

    def carry_out(self, commands: Sequence[Issued], *, address: str = "", device: str = "") -> list[Outcome]:
        """Carry out what is new, answer again what is not; the outcomes are in the order of the commands.

        `address`: the network address that they came from; `device`: the one that signed in and gave them, where one did,
        whatever the commands say of themselves.
        """
        now_us = self._now_us()
        told = [
            msgspec.structs.replace(each, acted_us=min(each.acted_us, now_us), device=device or each.device) for each in commands
        ]
        with self._writing:
            return self._carry_out(told, Origin(address, now_us, device))

    def issue(
        self, command: Command, actor_id: UUID, device: str, *,
        command_id: UUID | None = None, seen: dict[UUID, int] | None = None, address: str = "",
    ) -> Outcome:  # fmt: skip
        """Carry out one command that no console pushed; raises `Refused`, also when the same id was refused before."""
        issued = Issued(
            id=command_id or new_id(), name=command.verb, body=body_of(command), actor_id=actor_id, device=device,
            acted_us=self._now_us(), seen=seen or {},
        )  # fmt: skip
        outcome = self.carry_out([issued], address=address, device=device)[0]
        if outcome.status in {"rejected", "held"}:
            raise refusal_of(outcome)
        return outcome

    def actor(self, user_id: UUID, connection: Connection | None = None) -> Actor:
        """Somebody's rights and scope keys; read again after a change to people, teams or roles."""
        known = self._known_actor(user_id)
        if known is not None and self.is_told:
            return known
        epoch = self.epoch
        if connection is not None:
            epoch = connection.get_execution_options().get("epoch", epoch)  # from before its snapshot was taken
            actor = actor_of(connection, self.tenant_id, user_id)
        else:
            with self._engine.connect().execution_options(is_reader=True) as reader, reader.begin():
                actor = actor_of(reader, self.tenant_id, user_id)
        self._actors[user_id] = (epoch, actor)
        return actor

    def _known_actor(self, user_id: UUID) -> Actor | None:
        epoch, known = self._actors.get(user_id, (-1, None))
        return known if epoch == self.epoch else None

    def forget_actors(self) -> None:
        """Somebody else wrote: another process has told so, or a change number was skipped."""
        self.epoch += 1
        self._actors.clear()

    def heard(self, told: Committed) -> None:
        """Another process committed this."""
        if told.is_actor_changed:
            self.forget_actors()
        if told.from_version == self._last_version:  # nothing that concerns actors lies between
            self._last_version = told.to_version
        self._tell(told)

    # ── in batches ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _carry_out(self, batch: Sequence[Issued], origin: Origin) -> list[Outcome]:
        """Together if possible; else what is before the bad one together, the bad one alone, and the rest together."""
        if not batch:
            return []
        try:
            return self._together(batch, origin)
        except _Stopped as stopped:
            place = stopped.place
        except Refused:  # a batch of one
            place = 0
        except Exception as error:  # whatever the database would not take; the flush cannot say whose fault it was
            if not is_unstorable(error):
                raise
            place = 0
        before, after = batch[:place], batch[place + 1 :]
        return [*self._carry_out(before, origin), self._alone(batch[place], origin), *self._carry_out(after, origin)]

    def _alone(self, issued: Issued, origin: Origin) -> Outcome:
        try:
            return self._together([issued], origin)[0]
        except MassDeletion as reason:
            return self._hold(issued, reason, origin.device or issued.device)
        except Refused as refusal:
            return self._reject(issued, refusal, origin)
        except _Stopped as stopped:
            log.exception("command %s (%s) failed", issued.name, issued.id, exc_info=stopped.__cause__)
            return self._reject(issued, HandlerFailed(), origin)
        except Exception as error:
            if not is_unstorable(error):
                raise
            return self._reject(issued, NotStorable(), origin)

    def _together(self, commands: Sequence[Issued], origin: Origin) -> list[Outcome]:
        with WatchedSession(self._engine, expire_on_commit=False) as session:
            with session.begin():
                # First of all: the lock orders the reads too.
                connection = session.connection()
                last, head = self._take_versions(connection, len(commands))
                trail = Trail(self.tenant_id, head, origin)
                breaker = Breaker(connection, self.tenant_id, origin.device, self._now_us())
                batch = Batch(
                    session,
                    self.tenant_id,
                    lambda user_id: self._fresh_actor(session, batch, user_id),
                    trail,
                    breaker,
                    self._index,
                )
                batch.prepare(commands)
                first = last - len(commands)
                outcomes = [self._one(batch, issued, first, place, len(commands)) for place, issued in enumerate(commands)]
                batch.write()
                told = self._about(batch, first, last)
                if told.is_actor_changed:
                    tell_within(connection, told)
                told = replace(told, rows=self.rows_of(connection, told))
            self._committed(told)
        return outcomes

    def _one(self, batch: Batch, issued: Issued, first: int, place: int, count: int) -> Outcome:
        try:
            return batch.carry_out(issued, first + place + 1)
        except Refused as refusal:
            if count == 1:
                raise
            raise _Stopped(place) from refusal
        except (StatementError, OverflowError, UnicodeError):
            raise  # perhaps a neighbour's fault, or the database's
        except Exception as error:  # a bug in one handler must not hold up the commands behind it
            raise _Stopped(place) from error

    def _fresh_actor(self, session: Session, batch: Batch, user_id: UUID) -> Actor:
        """From the tables when this transaction has changed them, else as known: it holds the lock of all who write, and taking
        its numbers forgot everybody if another process had taken one since.
        """
        if batch.is_actor_changed:
            return actor_of(session.connection(), self.tenant_id, user_id)
        return self._known_actor(user_id) or self.actor(user_id, session.connection())

    def _hold(self, issued: Issued, reason: MassDeletion, device: str) -> Outcome:
        """Neither done nor logged: the same id is asked again once somebody has confirmed it."""
        with self._engine.begin() as connection:
            hold(connection, self.tenant_id, device, issued.actor_id, reason, moment_from_us(self._now_us()))
        log.warning("device %s was stopped: %s", device, reason)
        return Outcome(command_id=issued.id, status="held", version=0, error=reason.key, values=reason.values)

    def _reject(self, issued: Issued, refusal: Refused, origin: Origin) -> Outcome:
        with self._engine.begin() as connection:
            version, head = self._take_versions(connection, 1)
            known = answered(connection, self.tenant_id, [issued])
            outcome = known.get(issued.id) or rejection(issued, refusal, version)
            if issued.id not in known:
                connection.execute(insert(LOG), log_row(self.tenant_id, issued, outcome))
                trail = Trail(self.tenant_id, head, origin)
                tell_refusal(trail, issued, outcome)
                save_head(connection, trail)
        self._committed(self._about(None, version - 1, version))
        return outcome

    def _take_versions(self, connection: Connection, count: int) -> tuple[int, Head]:
        last, head = take_versions(connection, self.tenant_id, count)
        if last - count != self._last_version:
            self.forget_actors()
        return last, head

    def _about(self, batch: Batch | None, first: int, last: int) -> Committed:
        return Committed(
            tenant_id=self.tenant_id, from_version=first, to_version=last,
            kinds=frozenset(batch.kinds if batch else ()), keys=frozenset(batch.keys if batch else ()),
            roots=frozenset(batch.roots if batch else ()),
            is_scope_changed=batch is not None and batch.is_scope_changed,
            is_woken=batch is not None and batch.is_woken,
            is_actor_changed=batch is not None and batch.is_actor_changed,
            has_effects=batch is not None and batch.has_effects,
        )  # fmt: skip

    def _committed(self, told: Committed) -> None:
        self._last_version = told.to_version
        if told.is_actor_changed:
            self.forget_actors()
        self._tell(told)

    def _tell(self, told: Committed) -> None:
        for listener in list(self.on_commit):
            try:
                listener(told)
            except Exception:  # the commit has happened: whoever fails to hear of it must not undo the answer
                log.exception("a listener to commits failed")


def no_rows(_connection: Connection, _told: Committed) -> None:
    """Nobody is there to hear of a change row by row."""


def is_unstorable(error: Exception) -> bool:
    """Whether the database refused a value, rather than being out of reach or out of order."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    return isinstance(error, StatementError | OverflowError | UnicodeError)
