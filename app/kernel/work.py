"""The unit of work: all that a handler can reach, and the one place that judges conflicts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, instance_state

from app.kernel.clashes import Clashes
from app.kernel.columns import moment_from_us
from app.kernel.command import HANDLERS, Command, Issued
from app.kernel.erasing import mark
from app.kernel.errors import AlreadyExists, ChangedSince, FieldNotAllowed, NamesNothing, NotHere, Superseded
from app.kernel.journal import Journal, content_of
from app.kernel.judging import check_change, check_command
from app.kernel.log import Audit, Conflict, Effect, ScopeExit, fields_told, plain
from app.kernel.loss import joined_of
from app.kernel.permissions import Actor, Keys
from app.kernel.record import KEY_FIELDS, KINDS, SCOPE_FIELDS, Record, Root, defaults_of, noun_of
from app.kernel.set_fields import set_fields
from app.kernel.set_words import Turn, check_count, turn_of, turned
from app.kernel.sharing import Share
from app.kernel.watch import Change, Past, Watch, set_beside

R = TypeVar("R", bound=Record)


class UnitOfWork:
    """One command in one transaction, on either side."""

    def __init__(
        self,
        watch: Watch,
        tenant_id: UUID,
        issued: Issued,
        actor: Actor,
        past: Callable[[UUID], Past],
        *,
        journal: Journal | None = None,
        actor_of: Callable[[UUID], Actor] | None = None,
    ) -> None:
        self.issued = issued
        self.now: datetime = moment_from_us(issued.acted_us)
        self.past = past  # what an earlier command changed
        self.touched: set[str] = set()  # "kind:id" of records read, "kind:*" of kinds searched
        self.lost: list[str] = []
        self.returning: set[Record] = set()  # to a place where the actor has the right that moved them: that act is taken back
        self.erased: set[Record] = set()  # by this command: what stood there is told of nowhere
        self.aimed: dict[UUID, int] = {}  # records whose sets were to be changed, also where nothing was to do, and their version
        self.tenant_id, self.actor = tenant_id, actor
        self._find_actor = actor_of
        self._watch, self._is_server = watch, journal is not None
        self._effects = 0
        self._journal = journal or Journal()
        self._session: Session = watch.session
        self._judged: set[tuple[UUID, str]] = set()
        self._clashes = Clashes(watch, tenant_id, issued, self._stamp_new, is_server=self._is_server)

    # ── what handlers use ──────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, kind: type[R], record_id: UUID, *, even_deleted: bool = False) -> R:
        """The record, if the actor may see it; `NotHere` otherwise, on a replica also when it is only on the server."""
        self.touched.add(f"{kind.__tablename__}:{record_id.hex}")
        record = self._find(kind, record_id)
        if record is None or (record.deleted_at and not even_deleted) or not self._sees(record):
            raise NotHere(kind=kind.__tablename__, id=record_id.hex)
        return record

    def peek(self, kind: type[R], record_id: UUID) -> R | None:
        """The record whether deleted or not, or nothing; for what may have been made already by somebody else."""
        self.touched.add(f"{kind.__tablename__}:{record_id.hex}")
        return self._find(kind, record_id)

    def check_named(self, kind: type[Record], field: str, record_id: UUID | None) -> None:
        """`NamesNothing` when it never was there; what it has become meanwhile is another's affair. A console cannot know."""
        if record_id is not None and self.peek(kind, record_id) is None and self._is_server:
            raise NamesNothing(field=field)

    def find(self, kind: type[R], *criteria: ColumnElement[bool], even_deleted: bool = False) -> Sequence[R]:
        """All records that match, in the order of their ids; flushes first, so it sees this command's own changes."""
        here = () if even_deleted else (kind.deleted_at.is_(None),)
        found = self._session.scalars(
            select(kind).where(kind.tenant_id == self.tenant_id, *here, *criteria).order_by(kind.id)
        ).all()
        for record in found:
            self._watch.hold(record)
        self.touched |= {f"{kind.__tablename__}:*", *(f"{kind.__tablename__}:{record.id.hex}" for record in found)}
        return found

    def count(self, kind: type[R], *criteria: ColumnElement[bool]) -> int:
        """How many records match that are not deleted, in sight or not; flushes first, like `find`."""
        self.touched.add(f"{kind.__tablename__}:*")
        here = (kind.tenant_id == self.tenant_id, kind.deleted_at.is_(None))
        return self._session.scalar(select(func.count()).select_from(kind).where(*here, *criteria)) or 0

    def add(self, record: R) -> R:
        """Keep a new record; `AlreadyExists` when its id is taken."""
        key = (record.__tablename__, record.id)
        self.touched.add(f"{key[0]}:{key[1].hex}")
        if self._find(type(record), record.id) is not None:
            raise AlreadyExists(kind=key[0], id=key[1].hex)
        self._watch.absent.discard(key)
        self._stamp_new(record)
        self._session.add(record)
        self._watch.hold(record)
        self._watch.fresh[key] = record
        return record

    def keep(self, record: R) -> R:
        """Keep a record whose id follows from what it says: twice is once, and one that was deleted comes back."""
        known = self.peek(type(record), record.id)
        if known is None:
            return self.add(record)
        known.deleted_at = None
        return known

    def edit(self, record: Record, patch: dict[str, Any]) -> None:
        """Set fields that stand on their own: each is merged, wins or loses for itself."""
        for field, value in patch.items():
            if field in self.actor.unwritable(record.__tablename__) - record.__kept__:
                raise FieldNotAllowed(field=field, kind=record.__tablename__)
            if field in set_fields(record.__tablename__):
                self._turn(record, field, value)
            elif getattr(record, field) != value:
                self._set(record, field, value)

    def delete(self, record: Record) -> None:
        """Leave a tombstone."""
        record.deleted_at = self.now

    def erase(self, record: Record) -> None:
        """Leave nothing in it that tells of a person; neither the audit nor anything else keeps what stood there."""
        self.erased.add(record)
        for field, left in record.__erased__.items():
            setattr(record, field, left)
        record.custom = mark(self.now, self.issued.actor_id)

    def effect(self, name: str, *, due: datetime | None = None, **payload: Any) -> None:
        """Have the server do something outside the database, at once or when it is due; nothing on a console."""
        if self._is_server:
            self._effects += 1
            effect_id = uuid5(self.issued.id, f"{name}:{self._effects}")
            self._journal.add(
                Effect, tenant_id=self.tenant_id, id=effect_id, name=name, payload=plain(payload), run_at=due or self.now,
                attempts=0,
                state="waiting",
            )  # fmt: skip

    # ── what the two sides use ─────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> dict[Record, Change]:
        """Carry the command out and return its net changes, conflicts judged."""
        self._watch.begin()
        command = self.issued.command
        check_command(self, command)
        HANDLERS[type(command)](self, command)
        changes = self._watch.net()
        for record, change in changes.items():
            check_change(self, command, record, change)
            self._judge(command, record, change)
            if change.operation == "update":
                set_beside(record, {"updated_at": self.now, "updated_by": self.issued.actor_id})
        if self._clashes.kept:
            self._tell_joined(changes)
        return changes

    def root_of(self, record: Record) -> Root | None:
        """The record that decides who sees this one: itself, or what stands above it; nothing when that is missing."""
        if isinstance(record, Root):
            return record
        if record.__parent__ is None:
            return None
        kind, column = record.__parent__
        parent = self._find(KINDS[kind], getattr(record, column))
        return self.root_of(parent) if parent is not None else None

    @property
    def has_effects(self) -> bool:
        """Whether the server has something to do outside the database."""
        return self._effects > 0

    @property
    def conflicts(self) -> Sequence[Conflict]:
        """The values that lost against this command's, or its own that lost."""
        return self._clashes.kept

    def seal(self, changes: dict[Record, Change], version: int) -> None:
        """Number the changes and write what follows from them; the server does this, once a command."""
        for record, change in changes.items():
            set_beside(record, {"version": version})
            if isinstance(record, Root) and (change.operation == "insert" or not SCOPE_FIELDS.isdisjoint(change.after)):
                self._tell_scope(record, change, version)
            if isinstance(record, Share) and change.after.get("deleted_at"):
                self._tell_unshared(record, version)
            self._journal.trail.add(
                self.issued, version, kind=change.kind, record_id=change.record_id, operation=change.operation,
                fields=fields_told(change, [*record.__erased__, "custom"] if record in self.erased else ()),
                content=content_of(record) if change.after.get("deleted_at") else None,
            )  # fmt: skip
        for conflict in self._clashes.kept:
            conflict.version = conflict.scope_version = version
            self._session.add(conflict)
        if self._clashes.kept:
            self._watch.begin()
            for conflict in self._clashes.kept:
                self._watch.hold(conflict)
            self._watch.look()  # so that the next command in the batch is not taken for their author

    # ── rights ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def keys_of(self, root: Root, *, editing: bool = False) -> Keys:
        """Whose sight a root is in, those it is shared with among them; `editing`: only those who may also change it."""
        if not root.share_count:
            return root.keys
        shares = self._session.scalars(
            select(Share).where(Share.tenant_id == self.tenant_id, Share.record_id == root.id, Share.deleted_at.is_(None))
        )
        return root.keys | {share.team_id for share in shares if share.team_id and (share.may_edit or not editing)}

    def may(self, verb: str, record: Record) -> bool:
        """Whether the actor has a right of the record's noun over the record."""
        return self.may_over(f"{noun_of(record.__tablename__)}:{verb}", record)

    def may_over(self, permission: str, record: Record) -> bool:
        """Whether the actor has a right over the record."""
        root = self.root_of(record)
        return root is not None and self.actor.may(permission, self.keys_of(root, editing=True))

    # ── conflicts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self, command: Command, record: Record, change: Change) -> None:
        """Fields that the handler set itself stand or fall together, and the command with them."""
        if change.operation == "insert" or command.on_conflict == "commute" or not self._clashes.is_behind(record):
            return
        is_deletion = change.after.get("deleted_at") is not None
        fields = KINDS[change.kind].__mapper__.column_attrs.keys() if is_deletion else change.after.keys()
        sets = frozenset[str]() if is_deletion else set_fields(change.kind)
        for field in fields:
            if (record.id, field) in self._judged:
                continue
            if field in sets:
                self._judge_words(record, change, field)
            elif clash := self._clashes.last(record, field):
                self._check_later(record, field, clash, may_be=not is_deletion)
                self._clashes.keep(record, field, (change.after[field], change.before[field]), clash, is_whole=True)

    def _judge_words(self, record: Record, change: Change, field: str) -> None:
        turn = turn_of(change.before[field], change.after[field])
        if met := self._clashes.of_words(record, field, turn):
            for clash in met.values():
                self._check_later(record, field, clash)
            self._clashes.keep_words(record, field, turn, change.after[field], met, is_whole=True)

    def _check_later(self, record: Record, field: str, clash: Audit, *, may_be: bool = True) -> None:
        """What a handler wrote itself may only replace what is older, and not everything."""
        if not may_be or field in record.__guarded__ or self.issued.command.on_conflict == "reject":
            raise ChangedSince(field=field, id=record.id.hex)
        if not self._clashes.is_later_than(clash):
            raise Superseded(field=field, id=record.id.hex)

    def _set(self, record: Record, field: str, value: Any) -> None:
        """Unless a later act was here, which this one had not seen."""
        clash = self._clashes.last(record, field)
        if clash:
            if field in record.__guarded__:
                raise ChangedSince(field=field, id=record.id.hex)
            self._clashes.keep(record, field, (value, getattr(record, field)), clash)
            if not self._clashes.is_later_than(clash):
                self.lost.append(field)
                return
        self._judged.add((record.id, field))
        setattr(record, field, value)

    def _turn(self, record: Record, field: str, value: tuple[str, ...] | Turn) -> None:
        """A set, each word for itself: one that others turned the other way, unseen, goes as the later act said."""
        held = getattr(record, field)
        self.aimed[record.id] = record.version
        turn = value if isinstance(value, Turn) else turn_of(held, value)
        met = self._clashes.of_words(record, field, turn)
        if met and field in record.__guarded__:
            raise ChangedSince(field=field, id=record.id.hex)
        lost = {word for word, clash in met.items() if not self._clashes.is_later_than(clash)}
        after = turned(held, turn.without(lost))
        if len(after) > len(held):
            check_count(field, after)
        self._clashes.keep_words(record, field, turn, after, met)
        self.lost += [field] if lost else []
        self._judged.add((record.id, field))
        setattr(record, field, after)

    def _tell_joined(self, changes: dict[Record, Change]) -> None:
        """Once it is known what else the command changed in the records of its conflicts."""
        own = {record.id: change for record, change in changes.items()}
        for conflict in self._clashes.kept:
            lost = frozenset(each.field for each in self._clashes.kept if each.record_id == conflict.record_id)
            record = self.peek(KINDS[conflict.record_kind], conflict.record_id)
            if record is not None:
                lost |= self._actor_of(conflict.owner_id).hidden(conflict.record_kind)
                others = [audit for audit in self._clashes.unseen(record) if audit.device != self.issued.device]
                joined = joined_of(lost, own.get(record.id), self.issued.actor_id, others, set_fields(conflict.record_kind))
                conflict.lost = {**conflict.lost, "joined": msgspec.to_builtins(joined)}

    def _actor_of(self, user_id: UUID | None) -> Actor:
        if user_id is None or user_id == self.actor.user_id or self._find_actor is None:
            return self.actor
        return self._find_actor(user_id)

    # ── details ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _find(self, kind: type[R], record_id: UUID) -> R | None:
        fresh = self._watch.fresh.get((kind.__tablename__, record_id))
        if fresh is not None:
            self._watch.hold(fresh)
            return fresh  # type: ignore[return-value]  # of this kind: it is kept under its name
        if (kind.__tablename__, record_id) in self._watch.absent:
            return None
        record = self._stored(kind, record_id)
        if record is None:
            self._watch.absent.add((kind.__tablename__, record_id))
        else:
            self._watch.hold(record)
        return record

    def _stored(self, kind: type[R], record_id: UUID) -> R | None:
        """As `Session.get`, with a statement that is built once: building it takes most of the time of a look-up."""
        key = (self.tenant_id, record_id)
        known: R | None = self._session.identity_map.get(kind.__mapper__.identity_key_from_primary_key(key))
        with self._session.no_autoflush:
            if known is None:
                return self._session.scalars(_by_id(kind), {"tenant": self.tenant_id, "id": record_id}).first()
            return self._session.get(kind, key) if instance_state(known).expired else known

    def _sees(self, record: Record) -> bool:
        root = self.root_of(record)
        if root is None:
            return not isinstance(record, Root) and record.__parent__ is None
        kind = record.__tablename__
        return self.actor.sees(kind, root.keys) or (root.share_count > 0 and self.actor.sees(kind, self.keys_of(root)))

    def _stamp_new(self, record: Record) -> None:
        """Past the attributes, which note what a new record held before; one never set would have no value to compare with."""
        stamp = {
            "tenant_id": self.tenant_id, "version": 0, "created_at": self.now, "updated_at": self.now,
            "created_by": self.issued.actor_id, "updated_by": self.issued.actor_id,
        }  # fmt: skip
        own = instance_dict(record)
        own.update({**defaults_of(type(record)), **own, **stamp})

    def _tell_scope(self, root: Root, change: Change, version: int) -> None:
        root.scope_version = version
        if change.operation == "insert":
            return
        before = {change.before.get(field, getattr(root, field)) for field in KEY_FIELDS} - {None}
        for key in before - self.keys_of(root):
            self._journal.add(ScopeExit, tenant_id=self.tenant_id, key=key, version=version, record_id=root.id, kind=change.kind)

    def _tell_unshared(self, share: Share, version: int) -> None:
        root = self._find(KINDS[share.record_kind], share.record_id)
        if isinstance(root, Root) and share.team_id not in self.keys_of(root):
            self._journal.add(
                ScopeExit, tenant_id=self.tenant_id, key=share.team_id, version=version, record_id=root.id, kind=share.record_kind
            )


@cache
def _by_id(kind: type[R]) -> Select[tuple[R]]:
    return select(kind).where(kind.tenant_id == bindparam("tenant"), kind.id == bindparam("id"))
