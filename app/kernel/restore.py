"""Bringing back what was deleted, whoever deleted it."""

from uuid import UUID

from app.kernel.coming_back import bring_back
from app.kernel.command import Command, handles
from app.kernel.erasing import MERGED_INTO
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.record import KINDS, Record, noun_of
from app.kernel.work import UnitOfWork


class Restore(Command, name="record.restore", permission="record:restore", offline=True):
    """Take the tombstone away, for whoever may delete such a record; with it comes what was deleted along with it."""

    kind: str
    record_id: UUID


MADE_ANEW = {  # nouns whose records give something: what was taken from somebody is given again by who may give it, and not so
    "role": "Make the role, or give it, once more.", "share": "Share it once more.",
}  # fmt: skip


@handles(Restore)
def restore(work: UnitOfWork, command: Restore) -> Record:
    """One that is not deleted stays as it is."""
    _check_kind(command.kind)
    record = work.get(KINDS[command.kind], command.record_id, even_deleted=True)
    if not work.may("delete", record):
        raise NotAllowed(permission=f"{command.kind}:delete")
    if (when := record.deleted_at) is None:
        return record
    bring_back(work, record)
    if getattr(record, MERGED_INTO, None) is not None:
        setattr(record, MERGED_INTO, None)  # it stands for itself again; what went over comes back by taking the merge back
    for kind in KINDS.values():
        if kind.__parent__ is not None and kind.__parent__[0] == command.kind:
            is_below = getattr(kind, kind.__parent__[1]) == record.id
            for child in work.find(kind, is_below, kind.deleted_at == when, even_deleted=True):
                bring_back(work, child)
    return record


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise BadValue(field="kind", value=kind, hint="There are no such records.")
    if hint := MADE_ANEW.get(noun_of(kind)):
        raise BadValue(field="kind", value=kind, hint=hint)
