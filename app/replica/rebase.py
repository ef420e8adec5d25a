"""Commands over the rows of this device: carried out at once, and again in order over what the server says."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row
from sqlalchemy.orm import Session

from app.domain.roles.actors import ACTOR_KINDS, actor_of
from app.kernel.command import Issued
from app.kernel.errors import Refused
from app.kernel.permissions import Actor
from app.kernel.watch import Change, Watch, WatchedSession, unfenced
from app.kernel.work import UnitOfWork
from app.replica import outbox, rows
from app.replica.rows import Touches

ACTOR_TOUCHES = frozenset(f"{kind}:*" for kind in ACTOR_KINDS)


class Rebase:
    """Keeps the server's row below every record that an open command has written."""

    def __init__(self, tenant_id: UUID, actor_id: UUID) -> None:
        self._tenant_id, self._actor_id = tenant_id, actor_id
        self.actor: Actor | None = None  # as whom; read anew where nothing stands here

    def forget_actor(self, touches: Touches) -> None:
        """Their rights or teams may have been among the rows."""
        if not ACTOR_TOUCHES.isdisjoint(touches):
            self.actor = None

    def watch(self, session: Session) -> Watch:
        """What sees to it that the server's row is kept before it is written over."""
        return Watch(session, lambda kind, key: rows.keep_truth(session.connection(), self._tenant_id, kind, key))

    def carry_out(self, session: Session, watch: Watch, issued: Issued) -> tuple[UnitOfWork, dict[Any, Change]]:
        """One command on the rows as they stand."""
        connection = session.connection()
        if self.actor is None:
            self.actor = actor_of(connection, self._tenant_id, self._actor_id)
        work = UnitOfWork(watch, self._tenant_id, issued, self.actor, lambda each: outbox.past(connection, each))
        changes = work.run()
        session.flush()
        return work, changes

    def again(self, connection: Connection, stale: Touches, ended: Sequence[Row[Any]]) -> Touches:
        """Put back the server's rows under every command that `stale` concerns, and run those still open again, in order."""
        still_open = outbox.live(connection)
        concerned = outbox.concerned(still_open, stale, ended)
        if not concerned and not ended:
            return set()
        touches = set[str]().union(*(outbox.written(row) for row in (*ended, *concerned)))
        rows.restore(connection, touches)
        with WatchedSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            watch = self.watch(session)
            for row in (row for row in still_open if row in concerned):
                touches |= self._run_again(session, watch, row)
            session.commit()
        return touches

    def _run_again(self, session: Session, watch: Watch, row: Row[Any]) -> Touches:
        """A command that no longer works here stays in the outbox all the same: the server decides."""
        issued = outbox.issued_of(row)
        try:
            with session.begin_nested():
                work, changes = self.carry_out(session, watch, issued)
        except Refused as refusal:
            with unfenced(session) as connection:
                outbox.note_refusal(connection, row.seq, refusal)
            return set()
        with unfenced(session) as connection:
            outbox.note_run(connection, row.seq, work, changes.values())
        return touches_of(changes.values())


def touches_of(changes: Iterable[Change]) -> Touches:
    """What was written: each record, and its kind."""
    return {touch for change in changes for touch in (f"{change.kind}:{change.record_id.hex}", f"{change.kind}:*")}
