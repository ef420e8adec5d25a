"""What a noun asks of every change of its records, by whatever act it comes: also when something is undone or restored."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from app.kernel.record import Record
from app.kernel.watch import Change

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork

Guard = Callable[["UnitOfWork", Any, Change], None]
G = TypeVar("G", bound=Guard)
GUARDS: dict[str, list[Guard]] = {}


def guards(*kinds: type[Record]) -> Callable[[G], G]:
    """Registers what refuses changes of records of these kinds, once all of what the act does is done."""

    def register(guard: G) -> G:
        for kind in kinds:
            GUARDS.setdefault(kind.__tablename__, []).append(guard)
        return guard

    return register


def check_guards(work: "UnitOfWork", record: Record, change: Change) -> None:
    """Ask all of the kind."""
    for guard in GUARDS.get(change.kind, ()):
        guard(work, record, change)
