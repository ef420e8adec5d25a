"""All that is held about a person: them, whoever was merged into them, and whatever hangs on them, however it was deleted."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.identities.records import Identity
from app.kernel.erasing import BELONGS_BY
from app.kernel.errors import NotHere
from app.kernel.log import Conflict
from app.kernel.record import KINDS, Record
from app.kernel.undo import pointing_at

AT_ONCE = 500  # ids in a statement
LOOSE = (  # kinds that may be known by a number or address alone, and by which column
    ("call", "number"), ("conversation", "address"),
)  # fmt: skip
Ask = Callable[[type[Record], ColumnElement[bool]], Sequence[Any]]  # rows or records of a kind, deleted ones too
Held = dict[type[Record], dict[UUID, Any]]


def held(ask: Ask, contact_id: UUID) -> Held:
    """By kind and id; `NotHere` when there is no such person. Numbers and addresses are theirs where nobody else uses them."""
    found: Held = {Contact: _people(ask, contact_id), Identity: {}}
    _add_below(ask, found, {"contact": set(found[Contact])})
    _add_identities(ask, found)
    _add_loose(ask, found)
    _add_conflicts(ask, found)
    return {kind: rows for kind, rows in found.items() if rows}


def of_kind(found: Held, name: str) -> Collection[Any]:
    """What there is of a kind."""
    return found.get(KINDS[name], {}).values() if name in KINDS else ()


def words_of(found: Held) -> list[str]:
    """What may name the person where it is said outside of records: numbers, addresses, names of more than one word."""
    names = {person.name.strip() for person in found[Contact].values()}
    words = {text for row in found.get(Identity, {}).values() for text in (row.value, row.shown)}
    for name, column in LOOSE:
        words |= {getattr(row, column) for row in of_kind(found, name)}
    return sorted(word for word in words | {name for name in names if " " in name} if word)


def _people(ask: Ask, contact_id: UUID) -> dict[UUID, Any]:
    """The one that is left of a merge, and all that went into it."""
    people: dict[UUID, Any] = {}
    wanted: UUID | None = contact_id
    while wanted is not None and wanted not in people:
        rows = ask(Contact, Contact.id == wanted)
        if not rows:
            raise NotHere(kind=Contact.__tablename__, id=wanted.hex)
        people[wanted] = rows[0]
        wanted = rows[0].merged_into
    waiting = set(people)
    while waiting:
        merged = {row.id: row for row in _among(ask, Contact, Contact.merged_into, waiting) if row.id not in people}
        people |= merged
        waiting = set(merged)
    return people


def _add_below(ask: Ask, found: Held, waiting: dict[str, set[UUID]]) -> None:
    """Whatever names one of these, and so on; not what is somebody else's all the same."""
    while waiting:
        name, ids = waiting.popitem()
        for kind, column in pointing_at(name):
            if not kind.__erased__ or kind is Identity:
                continue
            known = found.setdefault(kind, {})
            rows = _among(ask, kind, getattr(kind, column), ids)
            more = {row.id: row for row in rows if row.id not in known and _is_theirs(row, found)}
            known |= more
            if more and kind.__tablename__ in BELONGS_BY.values():
                waiting.setdefault(kind.__tablename__, set()).update(more)


def _is_theirs(row: Any, found: Held) -> bool:
    owner_id = getattr(row, "contact_id", None)
    return owner_id is None or owner_id in found[Contact]


def _add_identities(ask: Ask, found: Held) -> None:
    used = {row.identity_id for row in found.get(ContactIdentity, {}).values()}
    links = _among(ask, ContactIdentity, ContactIdentity.identity_id, used)
    shared = {row.identity_id for row in links if row.contact_id not in found[Contact] and row.deleted_at is None}
    found[Identity] = {row.id: row for row in _among(ask, Identity, Identity.id, used - shared)}


def _add_loose(ask: Ask, found: Held) -> None:
    """Calls and conversations of their numbers and addresses that were never linked to anybody."""
    values = {text for row in found[Identity].values() for text in (row.value, row.shown) if text}
    for name, column in LOOSE:
        kind: Any = KINDS[name]
        named = [and_(kind.contact_id.is_(None), getattr(kind, column).in_(some)) for some in _parts(sorted(values))]
        rows = [row for criteria in named for row in ask(kind, criteria)]
        known = found.setdefault(kind, {})
        more = {row.id: row for row in rows if row.id not in known}
        known |= more
        if more:
            _add_below(ask, found, {kind.__tablename__: set(more)})


def _add_conflicts(ask: Ask, found: Held) -> None:
    """Values of theirs that gave way and wait for their author."""
    ids = {record_id for rows in found.values() for record_id in rows}
    found[Conflict] = {row.id: row for row in _among(ask, Conflict, Conflict.record_id, ids)}


def _among(ask: Ask, kind: type[Record], column: Any, ids: set[UUID]) -> Iterator[Any]:
    for some in _parts(sorted(ids)):
        yield from ask(kind, column.in_(some))


def _parts(values: list[Any]) -> Iterator[list[Any]]:
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))
