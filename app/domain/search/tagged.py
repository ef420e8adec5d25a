"""The tags in use, for whoever is about to give one or to look for one."""

from collections import Counter

import msgspec

from app.domain.search.filters import TAGS
from app.kernel.columns import EPOCH
from app.kernel.errors import BadValue
from app.kernel.keyset import MOST_ROWS
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.kernel.set_fields import has_any, set_fields

MOST_READ = 2_000  # records of a kind that have tags: it must not matter how many there are


class TagCount(msgspec.Struct, frozen=True, kw_only=True):
    """A tag, and how many of the records that changed last have it."""

    tag: str
    count: int


def tagged_kinds() -> list[str]:
    """What can have tags."""
    return [kind for kind in KINDS if TAGS in set_fields(kind)]


def tags_in_use(reader: Reader, *, kind: str = "", starting_with: str = "", limit: int = 50) -> list[TagCount]:
    """The tags of the records in sight that changed last, most used first; `kind`: of contacts alone, say."""
    if kind and kind not in tagged_kinds():
        raise BadValue(field="kind", value=kind, hint=f"One of: {', '.join(tagged_kinds())}.")
    if not 1 <= limit <= MOST_ROWS:
        raise BadValue(field="limit", value=limit, hint=f"From 1 to {MOST_ROWS}.")
    counts: Counter[str] = Counter()
    for each in [kind] if kind else tagged_kinds():
        if reader.actor.may(f"{each}:read"):
            counts.update(_tags_of(reader, each))
    wanted = starting_with.strip().lower()
    told = [TagCount(tag=tag, count=count) for tag, count in counts.items() if tag.startswith(wanted)]
    return sorted(told, key=lambda each: (-each.count, each.tag))[:limit]


def _tags_of(reader: Reader, kind: str) -> Counter[str]:
    table = KINDS[kind].__table__
    tags, updated_at = table.c[TAGS], table.c.updated_at
    any_of_them = reader.select(KINDS[kind], tags).where(has_any(tags), updated_at > EPOCH)
    return Counter(tag for row in reader.all(any_of_them.order_by(updated_at.desc()).limit(MOST_READ)) for tag in row.tags)
