"""Trees of records: what is below what, and that nothing is below itself."""

from collections.abc import Iterable
from uuid import UUID

from app.kernel.errors import BadValue


def below(tops: Iterable[UUID], pairs: Iterable[tuple[UUID, UUID]]) -> frozenset[UUID]:
    """The tops and everything below them, by pairs of (above, below); a circle, however it came about, ends nothing."""
    children: dict[UUID, list[UUID]] = {}
    for above, under in pairs:
        children.setdefault(above, []).append(under)
    found = set(tops)
    waiting = list(found)
    while waiting:
        fresh = [each for each in children.get(waiting.pop(), ()) if each not in found]
        found.update(fresh)
        waiting += fresh
    return frozenset(found)


def check_no_circle(field: str, under: UUID, above: UUID | None, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """`BadValue` when putting one below the other would put it below itself."""
    if above is not None and above in below({under}, pairs):
        raise BadValue(field=field, value=above.hex, hint="That would be a circle.")
