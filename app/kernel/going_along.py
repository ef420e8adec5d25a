"""What hangs on a record is for whoever works with that: it goes along to another team."""

from typing import TYPE_CHECKING
from uuid import UUID

from app.kernel.record import KINDS, Root

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork


def take_along(work: "UnitOfWork", record: Root, before: UUID | None) -> None:
    """Deleted ones too: they may be brought back. `before`: the team that the record was in."""
    if record.team_id == before:
        return
    for kind in KINDS.values():
        column = next((column for column, name in kind.__hangs_on__ if name == record.__tablename__), None)
        if column is None or not issubclass(kind, Root):
            continue
        for each in work.find(kind, getattr(kind, column) == record.id, kind.team_id == before, even_deleted=True):
            if _nearest(each) == (column, record.__tablename__):
                each.team_id = record.team_id


def goes_along(work: "UnitOfWork", record: Root) -> bool:
    """Whether the record is in the team of what it hangs on."""
    if (nearest := _nearest(record)) is None:
        return False
    above = work.peek(KINDS[nearest[1]], getattr(record, nearest[0]))
    return isinstance(above, Root) and above.team_id == record.team_id


def _nearest(record: Root) -> tuple[str, str] | None:
    """Of what it names: a note in a conversation is also one on the customer, and stays with the conversation."""
    return next((each for each in record.__hangs_on__ if getattr(record, each[0]) is not None), None)
