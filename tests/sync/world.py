"""Three consoles, a server, and a network that loses, doubles and reorders; all of it in one process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.domain.messages.commands import Reply
from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.teams.commands import AddTeamMember, CreateTeam, RemoveTeamMember
from app.domain.users.commands import CreateUser
from app.kernel.columns import moment_from_us
from app.kernel.command import Command, Issued
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.log import CHANGES, Audit, CommandLog, Conflict, Effect, Tenant
from app.kernel.permissions import system_actor
from app.kernel.record import KINDS
from app.kernel.set_fields import set_fields
from app.kernel.undo import Undo
from app.protocol.codec import pack, unpack
from app.protocol.cursor import Cursor, MustResnapshot, cursor_from_text, cursor_to_text
from app.protocol.envelopes import Answer, Page, Push
from app.protocol.sight import Sight
from app.replica.replica import Replica
from app.replica.tables import OUTBOX, TRUTH
from server.database.tombstones import horizon, mark, purge_some
from server.features.contacts.effects import ERASED
from server.sync.pull import Pull
from server.sync.scope import sight_on
from tests.kernel.nouns import RaiseScore, TDeal
from tests.sync.disks import disks
from tests.sync.expected import expected, held
from tests.sync.fences import check_erased, check_groups, check_locks, do_jobs, erased_of
from tests.sync.told import Told

TENANT = uuid5(UUID(int=0), "tenant")
ROLE = uuid5(UUID(int=0), "role")
LOCKING = {f"{noun}:lock": "team" for noun in ("contact", "conversation")}
BULK = {f"{noun}:bulk": "team" for noun in ("contact", "conversation")}
TEAMS = [uuid5(UUID(int=0), f"team{number}") for number in range(3)]
SYSTEM = system_actor(TENANT).user_id
HOUR_US = 3_600_000_000


@dataclass
class Desk:
    """One console: what is on its disk, and the process that is lost in a crash."""

    name: str
    actor_id: UUID
    disk: Engine
    skew_us: int
    replica: Replica = field(init=False)
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)


class World:
    def __init__(
        self, skews_us: tuple[int, ...] = (0, 3 * HOUR_US, -3 * HOUR_US), server_disk: Engine | None = None, page_rows: int = 5
    ) -> None:
        self.time_us = 1_800_000_000_000_000
        self.told: dict[UUID, dict[str, Any]] = {}  # sights and veils that roles would give
        self.page_rows = page_rows
        self.is_founded = False
        self.acted_us: dict[UUID, int] = {}  # command → when its author really acted
        kept = disks(len(skews_us), frozenset(KINDS))
        is_kept = server_disk is None and kept.restore()
        self.disk = server_disk or kept.server
        self.start_server()
        if not is_kept:
            with Session(self.disk) as session, session.begin():
                session.add(Tenant(id=TENANT, change=0))
            self.found(len(skews_us))
        self.desks = [Desk(f"desk{n}", user_id(n), kept.desks[n], skew_us) for n, skew_us in enumerate(skews_us)]
        for desk in self.desks:
            self.crash(desk)
            if not is_kept:
                self.cycle(desk)
        if not is_kept and server_disk is None:
            kept.save()
        self.is_founded = True
        for desk in self.desks:
            self.cycle(desk)

    def found(self, users: int) -> None:
        """The people, their role and teams; where there are three, the last alone may lock, and the second not change many."""
        withheld = dict.fromkeys((*LOCKING, *BULK), "none") if users > 2 else {}
        self.order(CreateRole(role_id=ROLE, key="all", name="All", rights={"*": "team", **withheld}))
        for number, team in enumerate(TEAMS):
            self.order(CreateTeam(team_id=team, name=f"Team {number}"))
        for number in range(users):
            self.order(CreateUser(user_id=user_id(number), name=f"User {number}", email=f"user{number}@example.com"))
            self.order(GrantRole(role_id=ROLE, user_id=user_id(number)))
            for team in (TEAMS[0], TEAMS[1 + number % 2]):
                self.order(AddTeamMember(team_id=team, user_id=user_id(number)))
        for key, rights, holders in (("lock", LOCKING, (2,)), ("bulk", BULK, (0, 2))):
            for number in holders if withheld else ():
                role = uuid5(ROLE, f"{key}{number}")
                self.order(CreateRole(role_id=role, key=f"{key}{number}", name=key, rights=rights))
                self.order(GrantRole(role_id=role, user_id=user_id(number)))

    def order(self, command: Command) -> None:
        """Something done on the server itself."""
        self.authority.issue(command, SYSTEM, "server")

    def move(self, user: UUID, team: UUID) -> None:
        """Into the team, or out of it."""
        is_in = team in self.authority.actor(user).keys
        change = RemoveTeamMember if is_in else AddTeamMember
        self.order(change(team_id=team, user_id=user))

    def start_server(self) -> None:
        self.authority = Told(self.disk, TENANT, lambda: self.time_us, self.told)

    def crash(self, desk: Desk) -> None:
        desk.replica = Replica(desk.disk, TENANT, desk.actor_id, desk.name, lambda: self.time_us + desk.skew_us)

    def act(self, desk: Desk, command: Command) -> Issued | None:
        self.time_us += 1_000_000
        try:
            issued = desk.replica.run(command)
        except Refused as refusal:
            self.refusal = refusal
            return None
        desk.issued.append(issued)
        self.acted_us[issued.id] = self.time_us
        return issued

    def act_many(self, desk: Desk, commands: list[Command]) -> None:
        """As one act."""
        self.time_us += 1_000_000
        desk.groups.append(new_id())
        for issued in desk.replica.run_many(commands, desk.groups[-1]):
            if isinstance(issued, Issued):
                desk.issued.append(issued)
                self.acted_us[issued.id] = self.time_us

    # ── the network ────────────────────────────────────────────────────────────────────────────────────────────────────

    def send_push(self, desk: Desk, limit: int = 50) -> None:
        push = desk.replica.outgoing(limit)
        if push.commands:
            desk.requests.append(("push", pack(push)))

    def send_pull(self, desk: Desk) -> None:
        desk.requests.append(("pull", cursor_to_text(desk.replica.cursor()).encode()))

    def serve(self, desk: Desk, place: int, *, keep: bool = False, lose_answer: bool = False) -> None:
        what, data = desk.requests[place] if keep else desk.requests.pop(place)
        if what == "push":
            answer = Answer(server_us=self.time_us, outcomes=self.authority.carry_out(unpack(data, Push).commands))
            answers = [("push", pack(answer))]
        else:
            answers = self.answers_to_pull(desk, cursor_from_text(data.decode()))
        if not lose_answer:
            desk.answers += answers

    def answers_to_pull(self, desk: Desk, cursor: Cursor) -> list[tuple[str, bytes]]:
        try:
            return [("page", pack(page)) for page in self.pages(desk, cursor)]
        except MustResnapshot:
            return [("begin anew", b"")]

    def purge(self, version: int | None = None) -> None:
        """What was deleted up to the change number, or ever, is long ago."""
        with self.disk.begin() as connection:
            mark(connection, TENANT, moment_from_us(self.time_us))
            until = horizon(connection, TENANT, moment_from_us(self.time_us)) if version is None else version
            while purge_some(connection, TENANT, until, at_most=2):
                pass

    def pass_days(self, days: int) -> None:
        """Time goes by; the server notes where its change numbers stand, as it does now and then."""
        for _ in range(days):
            with self.disk.begin() as connection:
                mark(connection, TENANT, moment_from_us(self.time_us))
            self.time_us += 24 * HOUR_US
        with self.disk.begin() as connection:
            mark(connection, TENANT, moment_from_us(self.time_us))

    def pages(self, desk: Desk, cursor: Cursor) -> list[Page]:
        """The whole of a pull, in small pages."""
        pages: list[Page] = []
        with self.disk.connect().execution_options(is_reader=True) as connection, connection.begin():
            pull = Pull(connection, TENANT, self.sight(desk, connection), self.time_us, rows=self.page_rows)
            while not pages or cursor.place:
                pages.append(pull.page(cursor))
                cursor = pages[-1].end
        return pages

    def receive(self, desk: Desk, place: int, *, keep: bool = False) -> None:
        what, data = desk.answers[place] if keep else desk.answers.pop(place)
        if what == "push":
            desk.replica.settle(unpack(data, Answer).outcomes)
        elif what == "begin anew":
            desk.replica.start_over()
        else:
            desk.replica.apply(unpack(data, Page))
            desk.replica.search.go_on(desk.replica.engine)

    def cycle(self, desk: Desk) -> None:
        """One undisturbed push and pull."""
        requests, answers = desk.requests, desk.answers
        desk.requests, desk.answers = [], []
        while desk.replica.outgoing().commands:
            self.send_push(desk)
            self.serve(desk, 0)
            self.receive(desk, 0)
        while desk.replica.cursor().place or not desk.answers:
            self.send_pull(desk)
            self.serve(desk, 0)
            is_anew = desk.answers[0][0] == "begin anew"
            finished = desk.replica.cursor().place is None and not is_anew
            while desk.answers:
                self.receive(desk, 0)
            if finished:
                break
        desk.requests, desk.answers = requests, answers
        while desk.replica.search.go_on(desk.replica.engine):
            pass
        if self.is_founded:
            self.measure(desk)

    def measure(self, desk: Desk) -> None:
        """One quick exchange."""
        local_us = self.time_us + desk.skew_us
        desk.replica.measure_skew(local_us, self.time_us, local_us)

    def quiesce(self) -> None:
        for desk in self.desks:
            desk.requests.clear()
            desk.answers.clear()
        do_jobs(self)
        for _ in range(2):
            for desk in self.desks:
                self.cycle(desk)

    # ── what must hold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def check(self) -> None:
        everything = {name: rows_of(self.disk, kind) for name, kind in KINDS.items()}
        for desk in self.desks:
            self.check_same(desk, everything)
            self.check_outbox(desk)
        self.check_once()
        check_erased(self, everything)
        if len(self.desks) > 2:
            check_locks(self.disk, frozenset({user_id(2), SYSTEM}), erased_of(everything))
            issued = {each.id: each for desk in self.desks for each in desk.issued}
            check_groups(self.disk, issued, frozenset({user_id(0), user_id(2)}))
        self.check_nothing_vanished()
        self.check_later_act_won()

    def check_same(self, desk: Desk, everything: dict[str, dict[UUID, Any]] | None = None) -> None:
        with self.disk.connect() as connection, connection.begin():
            sight = self.sight(desk, connection)
        wanted = expected(sight, everything or {name: rows_of(self.disk, kind) for name, kind in KINDS.items()})
        for name, kind in KINDS.items():
            mine = held(sight, name, rows_of(desk.disk, kind))
            assert mine == wanted[name], (desk.name, name, diff(mine, wanted[name]))

    def sight(self, desk: Desk, connection: Connection) -> Sight:
        """What belongs on the desk's device now."""
        actor = self.authority.actor(desk.actor_id, connection)
        return sight_on(connection, TENANT, actor, desk.name, self.time_us)

    def check_outbox(self, desk: Desk) -> None:
        with desk.disk.begin() as connection:
            states = {UUID(bytes=row.id): row.state for row in connection.execute(select(OUTBOX))}
            assert not connection.execute(select(TRUTH)).all()
        with Session(self.disk) as session:
            log = {row.id: row.status for row in session.scalars(select(CommandLog))}
        for issued in desk.issued:
            state = states.get(issued.id, "done")  # its trace may have left with what it was about
            assert state in {"done", "rejected"}
            assert (log[issued.id] == "rejected") == (state == "rejected"), issued

    def check_once(self) -> None:
        with Session(self.disk) as session:
            applied = {row.id for row in session.scalars(select(CommandLog)) if row.status != "rejected"}
            effects = session.scalars(select(Effect).where(Effect.name != ERASED)).all()
            issued = [each for desk in self.desks for each in desk.issued if each.id in applied]
            raised: dict[UUID, int] = {}
            for each in issued:
                if isinstance(each.command, RaiseScore):
                    raised[each.command.deal_id] = raised.get(each.command.deal_id, 0) + each.command.by
                if isinstance(each.command, Undo):
                    for deal_id, by in score_change(session, each.command.command_id).items():
                        raised[deal_id] = raised.get(deal_id, 0) - by
            for deal in session.scalars(select(TDeal)):
                assert deal.score == raised.get(deal.id, 0)
            assert len(effects) == sum(isinstance(each.command, Reply) for each in issued)

    def check_later_act_won(self) -> None:
        """By the time at which people really acted, whatever their clocks said."""
        with Session(self.disk) as session:
            by_version = {(a.record_id, a.version): a.command_id for a in session.scalars(select(Audit))}
            for conflict in session.scalars(select(Conflict).where(Conflict.lost_version > 0)):
                winner, loser = conflict.command_id, by_version[conflict.record_id, conflict.lost_version]
                assert self.acted_us[winner] >= self.acted_us[loser], "the earlier act won"

    def check_nothing_vanished(self) -> None:
        """Between two neighbouring writes of a field by two devices, the second had seen the first or a conflict tells of it."""
        with Session(self.disk) as session:
            issued = {each.id: each for desk in self.desks for each in desk.issued}
            conflicts = {(row.record_id, row.field, row.lost_version) for row in session.scalars(select(Conflict))}
            last: dict[tuple[UUID, str, str], tuple[Audit, bool]] = {}
            for audit in session.scalars(select(Audit).where(Audit.operation.in_(CHANGES)).order_by(Audit.version)):
                for name, word, is_in in written(audit):
                    before, was_in = last.get((audit.record_id, name, word), (None, not is_in))
                    last[audit.record_id, name, word] = audit, is_in
                    if (
                        before is None
                        or before.device == audit.device
                        or audit.operation == "insert"
                        or (word and was_in == is_in)
                    ):
                        continue
                    by = issued.get(audit.command_id)
                    seen = by.seen.get(audit.record_id) if by else None
                    if by is None or by.command.on_conflict == "commute" or seen is None or seen >= before.version:
                        continue
                    assert (audit.record_id, name, before.version) in conflicts, (audit.kind, name, before.version, by)
            for row in session.scalars(select(CommandLog)):
                for name in row.answer.get("lost", []):
                    assert any(c.command_id == row.id and c.field == name for c in session.scalars(select(Conflict)))


def written(audit: Audit) -> Iterator[tuple[str, str, bool]]:
    """What was written: fields, of sets each word by itself and whether it was put in."""
    for name, (before, after) in audit.fields.items():
        if name in set_fields(audit.kind):
            yield from ((name, word, word in after) for word in {*(before or ())} ^ {*(after or ())})
        else:
            yield name, "", True


def user_id(number: int) -> UUID:
    return uuid5(UUID(int=0), f"user{number}")


def score_change(session: Session, command_id: UUID) -> dict[UUID, int]:
    audits = session.scalars(select(Audit).where(Audit.command_id == command_id, Audit.kind == "t_deal"))
    return {
        audit.record_id: audit.fields["score"][1] - audit.fields["score"][0]
        for audit in audits if audit.operation == "update" and "score" in audit.fields
    }  # fmt: skip


def rows_of(disk: Any, kind: Any) -> dict[UUID, dict[str, Any]]:
    table = kind.__table__
    with disk.connect() as connection:
        return {row.id: dict(row._mapping) for row in connection.execute(select(table))}


def diff(mine: dict[UUID, Any], theirs: dict[UUID, Any]) -> Any:
    out = []
    for key in mine.keys() | theirs.keys():
        one, other = mine.get(key), theirs.get(key)
        if one != other:
            out.append((key, {n: (one[n], other[n]) for n in one if one[n] != other[n]} if one and other else (one, other)))
    return out
