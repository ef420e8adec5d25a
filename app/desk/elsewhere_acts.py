"""What the same person did on other devices, as the server's audit has it: only the server can take it back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.audit.queries import AuditRow
from app.kernel.columns import us_from_moment
from app.kernel.log import change_from_json
from app.kernel.record import KINDS
from app.kernel.watch import Change
from app.replica.acts import Act

UNDO = "undo"


def acts_of(rows: Sequence[AuditRow], device: str) -> list[Act]:
    """The acts in rows of one's own, latest first, without those of this device, which knows them better."""
    by_act: dict[UUID, list[AuditRow]] = {}
    for row in rows:
        if row.kind in KINDS:
            by_act.setdefault(row.command_id, []).append(row)
    changes = {act: tuple(_change(row) for row in sorted(told, key=lambda row: row.seq)) for act, told in by_act.items()}
    undone = _undone({act: changes[act] for act in by_act}, {act for act, told in by_act.items() if told[0].verb == UNDO})
    return [
        Act(
            command_id=act, name=told[0].verb, state="done", acted_us=us_from_moment(told[0].acted_at), changes=changes[act],
            is_undone=act in undone, command=None, is_far=True,
        )
        for act, told in by_act.items()
        if told[0].device != device and told[0].verb != UNDO
    ]  # fmt: skip


def _change(row: AuditRow) -> Change:
    return change_from_json(row.kind, row.record_id, row.operation, row.fields)


def _undone(acts: Mapping[UUID, tuple[Change, ...]], undos: set[UUID]) -> set[UUID]:
    """An undo does not say of what it was, but it puts back exactly what the act had found."""
    waiting: list[dict[UUID, Change]] = []
    found: set[UUID] = set()
    for act, changes in acts.items():  # latest first: an undo comes before what it took back
        mine = {change.record_id: change for change in changes}
        match = next((each for each in waiting if _reverses(each, mine)), None)
        if match is not None:
            waiting.remove(match)
            found.add(act)
        elif act in undos:
            waiting.append(mine)
    return found


def _reverses(undo: Mapping[UUID, Change], act: Mapping[UUID, Change]) -> bool:
    return undo.keys() == act.keys() and all(_is_back(undo[record_id], change) for record_id, change in act.items())


def _is_back(undo: Change, change: Change) -> bool:
    if change.operation == "insert":
        return undo.after.get("deleted_at") is not None
    return undo.before == change.after and undo.after == change.before
