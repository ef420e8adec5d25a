"""How territories stand: a tree, told from the top."""

from collections.abc import Iterable, Iterator
from uuid import UUID


def in_order(known: Iterable[tuple[UUID, UUID | None]]) -> Iterator[tuple[UUID, int]]:
    """Of (territory, what it is below of): each behind what it is below of, with how deep it is; else in the order given.

    What is below nothing known stands at the top.
    """
    pairs = list(known)
    ids = {each for each, _ in pairs}
    under: dict[UUID | None, list[UUID]] = {}
    for each, above in pairs:
        under.setdefault(above if above in ids else None, []).append(each)
    waiting = [(each, 0) for each in reversed(under.get(None, []))]
    while waiting:
        territory_id, depth = waiting.pop()
        yield territory_id, depth
        waiting += [(each, depth + 1) for each in reversed(under.get(territory_id, []))]
