"""Who opened which record, for the kinds that the workspace wants to know this of: rows of the audit that changed nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, select

from app.domain.tenants.records import Workspace
from app.domain.tenants.rules import watched_in
from app.kernel.log import Audit
from app.kernel.record import KINDS, root_kind_of
from app.protocol.openings import WINDOW_US, Way
from server.database.trail import Event, lock, write_events

if TYPE_CHECKING:
    from server.database.batch import Committed
    from server.database.store import TenantStore

OPENED = "record.open"
MOST_REMEMBERED = 20_000  # who looked at what within the window; more than that are asked of the database


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Who looks, from which device and where."""

    user_id: UUID
    device: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One record before somebody's eyes."""

    kind: str
    record_id: UUID
    at_us: int


class OpeningBook:
    """One a tenant. What is not watched costs a look into a set."""

    def __init__(self, store: "TenantStore") -> None:
        self._store = store
        self._watched: frozenset[str] | None = None  # not known
        self._lately: dict[tuple[UUID, UUID], int] = {}
        store.authority.on_commit.append(self._committed)
        store.on_doubt.append(self._forget)

    async def watched(self) -> frozenset[str]:
        """The kinds of which the workspace wants to know."""
        if self._watched is None:
            self._watched = await self._store.look(lambda each: _watched(each, self._store.tenant_id))
        return self._watched

    async def note(self, opener: Opener, opened: Sequence[Opened], way: Way) -> None:
        """Write down what was not written down within the last quarter of an hour; returns when it is."""
        watched, store = await self.watched(), self._store
        now_us = store.now_us()
        fresh = [each for each in opened if each.kind in watched and not self._is_known(opener, each)]
        if fresh:
            rows = await store.change(lambda each: write_openings(each, store.tenant_id, opener, fresh, way, now_us))
            self._remember(opener.user_id, rows, now_us)

    async def note_one(self, opener: Opener, record_id: UUID, kinds: Iterable[str], way: Way) -> None:
        """A record of one of these kinds; of what stands below another: that one."""
        watched, store = await self.watched(), self._store
        wanted = [each for each in kinds if root_kind_of(each) in watched]
        if wanted:
            at_us = store.now_us()
            found = await store.look(lambda each: _roots(each, store.tenant_id, wanted, record_id))
            await self.note(opener, [Opened(kind=kind, record_id=root_id, at_us=at_us) for kind, root_id in found], way)

    def _is_known(self, opener: Opener, opened: Opened) -> bool:
        known_us = self._lately.get((opener.user_id, opened.record_id))
        return known_us is not None and 0 <= opened.at_us - known_us < WINDOW_US

    def _remember(self, user_id: UUID, rows: Mapping[UUID, int], now_us: int) -> None:
        if len(self._lately) + len(rows) > MOST_REMEMBERED:
            self._lately = {key: at_us for key, at_us in self._lately.items() if now_us - at_us < WINDOW_US}
        if len(self._lately) + len(rows) <= MOST_REMEMBERED:
            self._lately |= {(user_id, record_id): at_us for record_id, at_us in rows.items()}

    def _committed(self, told: "Committed") -> None:
        if "workspace" in told.kinds:
            self._forget()

    def _forget(self) -> None:
        self._watched = None


def write_openings(
    connection: Connection, tenant_id: UUID, opener: Opener, opened: Sequence[Opened], way: Way, now_us: int
) -> dict[UUID, int]:
    """A row for each that has none of this person within a quarter of an hour; the time of the latest for each record.

    Nobody opened anything in the time to come.
    """
    lock(connection, tenant_id)  # before the look: another process may be writing the same
    asked = [Opened(kind=each.kind, record_id=each.record_id, at_us=min(each.at_us, now_us)) for each in opened]
    known = _known(connection, tenant_id, opener.user_id, asked)
    events = []
    for each in sorted(asked, key=lambda one: one.at_us):
        times = known.setdefault(each.record_id, [])
        if all(abs(each.at_us - at_us) >= WINDOW_US for at_us in times):
            times.append(each.at_us)
            events.append(
                Event(
                    verb=OPENED, actor_id=opener.user_id, device=opener.device, address=opener.address, kind=each.kind,
                    record_id=each.record_id, fields={"way": way}, acted_us=each.at_us,
                )
            )  # fmt: skip
    write_events(connection, tenant_id, events, now_us)
    return {record_id: max(times) for record_id, times in known.items()}


def _known(connection: Connection, tenant_id: UUID, user_id: UUID, opened: Sequence[Opened]) -> dict[UUID, list[int]]:
    first_us, last_us = min(each.at_us for each in opened) - WINDOW_US, max(each.at_us for each in opened) + WINDOW_US
    wanted = (
        Audit.tenant_id == tenant_id, Audit.record_id.in_({each.record_id for each in opened}), Audit.verb == OPENED,
        Audit.actor_id == user_id, Audit.acted_us.between(first_us, last_us),
    )  # fmt: skip
    found: dict[UUID, list[int]] = {}
    for row in connection.execute(select(Audit.record_id, Audit.acted_us).where(*wanted)):
        found.setdefault(row.record_id, []).append(row.acted_us)
    return found


def _watched(connection: Connection, tenant_id: UUID) -> frozenset[str]:
    mine = (Workspace.tenant_id == tenant_id, Workspace.id == tenant_id)
    custom = connection.execute(select(Workspace.custom).where(*mine)).scalar()
    return frozenset(watched_in(custom or {}))


def _roots(connection: Connection, tenant_id: UUID, kinds: Sequence[str], record_id: UUID) -> list[tuple[str, UUID]]:
    """The record itself where it is of one of the kinds, or the root above it."""
    found = []
    for kind in kinds:
        record = KINDS[kind]
        above = getattr(record, record.__parent__[1]) if record.__parent__ else record.id
        root_id = connection.execute(select(above).where(record.tenant_id == tenant_id, record.id == record_id)).scalar()
        if root_id is not None:
            found.append((root_kind_of(kind), root_id))
    return found
