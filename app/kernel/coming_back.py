"""What else becomes of a record that was deleted and is there again: by undoing, or by restoring it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from app.kernel.record import Record

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork

R = TypeVar("R", bound=Record)
Beginning = Callable[["UnitOfWork", R], None]
BEGINNINGS: dict[type[Record], Callable[["UnitOfWork", Any], None]] = {}


def when_back(kind: type[R]) -> Callable[[Beginning[R]], Beginning[R]]:
    """Registers what else becomes of a record of a kind."""

    def register(beginning: Beginning[R]) -> Beginning[R]:
        BEGINNINGS[kind] = beginning
        return beginning

    return register


def bring_back(work: "UnitOfWork", record: Record) -> None:
    """Take its tombstone away."""
    record.deleted_at = None
    if beginning := BEGINNINGS.get(type(record)):
        beginning(work, record)
