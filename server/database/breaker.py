"""Stops a device that deletes more than a person means to: a script gone wrong, a stolen laptop, a wrong selection.

What goes too far is held, not refused: nothing is logged, the console keeps it, and it is carried out as soon as the person
or an administrator has confirmed it. All run within the writer's transaction.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from app.kernel.columns import moment_from_us
from app.kernel.command import Issued
from app.kernel.permissions import system_actor
from app.kernel.record import KINDS
from app.kernel.watch import Change
from app.protocol.envelopes import MassDeletion
from server.database.tables import DeletionTally

MOST_DELETIONS = 100  # of a kind in the window: who cleans up by hand does not come so far, a selection of everything does
MOST_PERCENT = 10  # of the kind: a large workspace may lose hundreds of old tasks, a small one must not lose half of its contacts
WINDOW = timedelta(minutes=10)  # a console that sends three weeks of work at once does so in one
ALLOWED_FOR = timedelta(minutes=30)  # long enough for what was confirmed to arrive over a bad line


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A device whose deletions wait for a person's word."""

    device: str
    user_id: UUID
    kind: str
    count: int  # deleted within the window before it was stopped
    total: int  # records of the kind
    held_at: datetime


class Breaker:
    """Counts the deletions of one transaction; forgets them with it when it is rolled back."""

    def __init__(self, connection: Connection, tenant_id: UUID, device: str, now_us: int) -> None:
        self._connection, self._tenant_id, self._now = connection, tenant_id, moment_from_us(now_us)
        self._device = device  # that signed in, whatever its commands say
        self._system = system_actor(tenant_id).user_id
        self._tallies: dict[tuple[str, str], Any] = {}
        self._deleted: dict[tuple[str, str], int] = {}

    def count(self, issued: Issued, changes: Iterable[Change]) -> None:
        """Take note of what the command deletes; `MassDeletion` when that goes too far."""
        if issued.actor_id == self._system:
            return  # what the server does by itself comes from no device
        for kind, deleted in deletions(changes).items():
            mine = (self._device or issued.device, kind)
            count = self._deleted.get(mine, 0) + deleted
            if self._before(mine) + count > MOST_DELETIONS:
                self._check(mine, self._before(mine) + count)
            self._deleted[mine] = count

    def write(self) -> None:
        """Keep what was counted."""
        for (device, kind), deleted in self._deleted.items():
            before = self._before((device, kind))
            began_at = self._tallies[device, kind].began_at if before else self._now
            facts = {"count": before + deleted, "began_at": began_at}
            _put(self._connection, self._tenant_id, device, kind, facts)
        self._deleted.clear()
        self._tallies.clear()

    def _before(self, mine: tuple[str, str]) -> int:
        if mine not in self._tallies:
            query = select(DeletionTally.count, DeletionTally.began_at, DeletionTally.allowed_until)
            self._tallies[mine] = self._connection.execute(query.where(_one(self._tenant_id, *mine))).first()
        tally = self._tallies[mine]
        return tally.count if tally is not None and self._now - tally.began_at < WINDOW else 0

    def _check(self, mine: tuple[str, str], count: int) -> None:
        tally, kind = self._tallies[mine], KINDS[mine[1]]
        if tally is not None and tally.allowed_until is not None and tally.allowed_until > self._now:
            return
        alive = select(func.count()).where(kind.tenant_id == self._tenant_id, kind.deleted_at.is_(None))
        total = self._connection.execute(alive).scalar_one() + count
        if count * 100 > total * MOST_PERCENT:
            raise MassDeletion(kind=mine[1], count=count, total=total)


def deletions(changes: Iterable[Change]) -> dict[str, int]:
    """How many records of each kind were alive and are not any more."""
    found: dict[str, int] = {}
    for change in changes:
        if change.after.get("deleted_at") is not None and change.before.get("deleted_at") is None:
            found[change.kind] = found.get(change.kind, 0) + 1
    return found


def hold(connection: Connection, tenant_id: UUID, device: str, user_id: UUID, reason: MassDeletion, now: datetime) -> None:
    """Remember that the device was stopped, for those who may confirm it."""
    facts = {"user_id": user_id, "held_at": now, "held_count": reason.values["count"], "held_of": reason.values["total"]}
    _put(connection, tenant_id, device, reason.values["kind"], facts)


def holds(connection: Connection, tenant_id: UUID, user_id: UUID | None) -> list[Hold]:
    """What waits for a word: a person's devices, or everybody's."""
    query = select(DeletionTally).where(DeletionTally.tenant_id == tenant_id, DeletionTally.held_at.is_not(None))
    rows = connection.execute(query if user_id is None else query.where(DeletionTally.user_id == user_id))
    return [
        Hold(
            device=row.device, user_id=row.user_id, kind=row.kind, count=row.held_count, total=row.held_of, held_at=row.held_at
        )
        for row in rows
    ]  # fmt: skip


def allow(connection: Connection, tenant_id: UUID, device: str, user_id: UUID | None, now: datetime) -> int:
    """The device may go on for a while; of a given person only their own. How many holds that ended."""
    held = [DeletionTally.tenant_id == tenant_id, DeletionTally.device == device, DeletionTally.held_at.is_not(None)]
    held += [DeletionTally.user_id == user_id] if user_id else []
    ended = connection.execute(update(DeletionTally).where(*held).values(held_at=None, allowed_until=now + ALLOWED_FOR))
    return ended.rowcount


def _put(connection: Connection, tenant_id: UUID, device: str, kind: str, facts: dict[str, Any]) -> None:
    if not connection.execute(update(DeletionTally).where(_one(tenant_id, device, kind)).values(facts)).rowcount:
        first = {"count": 0, "began_at": facts.get("held_at"), "user_id": None, "held_count": 0, "held_of": 0} | facts
        connection.execute(insert(DeletionTally).values(tenant_id=tenant_id, device=device, kind=kind, **first))


def _one(tenant_id: UUID, device: str, kind: str) -> ColumnElement[bool]:
    return and_(DeletionTally.tenant_id == tenant_id, DeletionTally.device == device, DeletionTally.kind == kind)
