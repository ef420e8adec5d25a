"""What an act meets that its author had not seen: acts of other devices on the same fields, and what gives way to what."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from sqlalchemy import select

from app.kernel.command import Issued
from app.kernel.erasing import refuse_erased
from app.kernel.log import CHANGES, Audit, Conflict, plain
from app.kernel.loss import Loss, original_of
from app.kernel.record import Record
from app.kernel.set_fields import met_by
from app.kernel.set_words import Turn, turn_of, turned
from app.kernel.watch import Watch

Turns = tuple[Turn, Turn]


class Clashes:
    """Of one command; on a console there are none, for its replica knows no acts of others."""

    def __init__(
        self, watch: Watch, tenant_id: UUID, issued: Issued, stamp_new: Callable[[Record], None], *, is_server: bool
    ) -> None:
        self.kept: list[Conflict] = []  # the values that lost against this command's, or its own that lost
        self._watch, self._tenant_id, self._issued, self._stamp_new = watch, tenant_id, issued, stamp_new
        self._is_server = is_server

    def is_behind(self, record: Record) -> bool:
        """Whether the record has changed since the actor looked; most edits end here, without a look-up."""
        seen = self._issued.seen.get(record.id)
        return self._is_server and seen is not None and record.version > seen

    def last(self, record: Record, field: str) -> Audit | None:
        """The last change to the field that the actor had not seen, if another device made it."""
        for audit in reversed(self._by_others(record)):
            if field in audit.fields:
                return None if audit.device == self._issued.device else audit
        return None

    def of_words(self, record: Record, field: str, turn: Turn) -> dict[str, Audit]:
        """The same for a set: the words that another device last turned the other way, each with that act."""
        return met_by(field, turn, self._by_others(record), self._issued.device)

    def unseen(self, record: Record) -> Sequence[Audit]:
        """What happened to the record since the actor looked, oldest first."""
        unseen = select(Audit).where(
            Audit.tenant_id == self._tenant_id, Audit.record_id == record.id, Audit.operation.in_(CHANGES),
            Audit.version > self._issued.seen[record.id],
        )  # fmt: skip
        return self._watch.session.scalars(unseen.order_by(Audit.version)).all()

    def _by_others(self, record: Record) -> Sequence[Audit]:
        """Nothing where no other device can have been there; mostly it was this one itself."""
        if not self.is_behind(record) or not self._watch.may_be_changed_elsewhere(record, self._issued.seen[record.id]):
            return ()
        return self.unseen(record)

    def is_later_than(self, other: Audit) -> bool:
        """Whether this act wins: the order of acts is that of their times."""
        return (self._issued.acted_us, self._issued.device) > (other.acted_us, other.device)

    def keep_words(
        self, record: Record, field: str, turn: Turn, after: Iterable[str], met: dict[str, Audit], *, is_whole: bool = False
    ) -> None:
        """What of a set gave way (`after`: as it is left), one for each act that was met."""
        for clash in dict.fromkeys(met.values()):
            words = turn.only(word for word, audit in met.items() if audit is clash)
            turns = (turn, turn_of(*clash.fields[field]))
            self.keep(record, field, (turned(after, words), turned(after, words.back())), clash, turns=turns, is_whole=is_whole)

    def keep(
        self,
        record: Record,
        field: str,
        values: tuple[Any, Any],
        clash: Audit,
        *,
        is_whole: bool = False,
        turns: Turns | None = None,
    ) -> None:
        """The later act wins; whose value gave way gets a record of it. Values and, of a set, turns: this act's, the other's.

        `ErasedPerson` where the other act was their erasing: what gives way to that is kept nowhere.
        """
        refuse_erased(record)
        issued, is_won = self._issued, self.is_later_than(clash)
        acts = ((issued.actor_id, issued.acted_us), (clash.actor_id, clash.acted_us))
        (by, acted_us), (won_by, won_us) = acts[is_won], acts[not is_won]
        loss = Loss(
            value=plain(values[is_won]), by=by, acted_us=acted_us, won=plain(values[not is_won]), won_by=won_by, won_us=won_us,
            original=original_of(field, self.unseen(record)), permission=issued.command.permission, is_whole=is_whole,
            lost_turn=turns and turns[is_won], won_turn=turns and turns[not is_won],
        )  # fmt: skip
        mark = str(clash.seq) if turns else ""  # words of one set may have met several acts
        conflict = Conflict(
            id=uuid5(NAMESPACE_OID, f"{issued.id.hex}{record.id.hex}{field}{mark}"), owner_id=by, command_id=issued.id,
            record_kind=record.__tablename__, record_id=record.id, field=field, lost=msgspec.to_builtins(loss),
            lost_version=clash.version if is_won else 0,
        )  # fmt: skip
        self._stamp_new(conflict)
        self.kept.append(conflict)
