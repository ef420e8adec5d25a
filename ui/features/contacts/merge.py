"""Two records of one person, side by side: who may be the same, which value of each field stays, and what moves; without Qt."""

from dataclasses import dataclass, replace
from uuid import UUID

from app.desk.desk import Desk
from app.desk.wording import field_word, language_word
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import ContactCard, ContactRow, alike, contact, contacts
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.words import tr

FIELDS = ("name", "job_title", "account_id", "language", "time_zone", "pinned_note", "is_vip")
MOST_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody to merge with; `why`: what speaks for it."""

    id: UUID
    name: str
    under: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPair:
    """A field in which the two differ; `takes`: the other's value stays."""

    field: str
    name: str
    mine: str
    other: str
    takes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What is about to happen: `kept` stays, `other` goes into it."""

    kept: ContactCard
    other: ContactCard
    pairs: tuple[FieldPair, ...]


class MergePanel:
    """First somebody is found, then the two are compared."""

    def __init__(self, desk: Desk) -> None:
        self.found: Observable[tuple[Candidate, ...]] = Observable(())
        self.merge: Observable[Merge | None] = Observable(None)
        self._desk = desk
        self._kept_id: UUID | None = None
        self._typed = ""

    async def open(self, contact_id: UUID) -> None:
        """The one that stays; who may be the same is offered."""
        self._kept_id, self._typed = contact_id, ""
        self.merge.set(None)
        await self.search("")

    async def search(self, typed: str) -> None:
        """By name; without one, those who are alike."""
        self._typed, kept_id = typed, self._kept_id
        if kept_id is None:
            return
        found = await self._desk.read(lambda reader: _found(reader, kept_id, typed.strip()))
        if typed == self._typed:
            self.found.set(found)

    async def choose(self, other_id: UUID) -> None:
        """Compare with this one."""
        kept_id = self._kept_id
        if kept_id is not None:
            kept, other = await self._desk.read(lambda reader: (contact(reader, kept_id), contact(reader, other_id)))
            self.merge.set(Merge(kept=kept, other=other, pairs=_pairs(kept, other)))

    def back(self) -> None:
        """Somebody else, then."""
        self.merge.set(None)

    def swap(self) -> None:
        """The other one stays."""
        merge = self.merge.value
        if merge is not None:
            self._kept_id = merge.other.id
            self.merge.set(Merge(kept=merge.other, other=merge.kept, pairs=_pairs(merge.other, merge.kept)))

    def take(self, field: str, *, takes: bool) -> None:
        """Whose value of a field stays."""
        merge = self.merge.value
        if merge is not None:
            pairs = tuple(replace(each, takes=takes) if each.field == field else each for each in merge.pairs)
            self.merge.set(replace(merge, pairs=pairs))

    async def do(self) -> UUID:
        """Make them one; gives the one that stayed."""
        merge = self.merge.value
        if merge is None:
            raise ValueError("nobody was chosen")
        taken = tuple(each.field for each in merge.pairs if each.takes)
        await self._desk.run(MergeContacts(contact_id=merge.kept.id, other_id=merge.other.id, take=taken))
        return merge.kept.id


def _found(reader: Reader, kept_id: UUID, typed: str) -> tuple[Candidate, ...]:
    if typed:
        rows = contacts(reader, search=typed, limit=MOST_FOUND).rows
        return tuple(_candidate(row, "") for row in rows if row.id != kept_id)
    return tuple(_candidate(each.contact, ", ".join(each.shared) or tr("Same name")) for each in alike(reader, kept_id))


def _candidate(row: ContactRow, why: str) -> Candidate:
    under = " · ".join(part for part in (row.job_title, row.account_name) if part)
    return Candidate(id=row.id, name=row.name, under=under, why=why)


def _pairs(kept: ContactCard, other: ContactCard) -> tuple[FieldPair, ...]:
    """What only one of them has stays."""
    pairs = []
    for field in FIELDS:
        mine, others = getattr(kept, field), getattr(other, field)
        if mine != others and others not in (None, "", False):
            pairs.append(
                FieldPair(
                    field=field, name=field_word(field), mine=_words(kept, field), other=_words(other, field),
                    takes=mine in (None, "", False),
                )
            )  # fmt: skip
    return tuple(pairs)


def _words(card: ContactCard, field: str) -> str:
    value = card.account_name if field == "account_id" else getattr(card, field)
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if not value:
        return tr("(empty)")
    return language_word(value) if field == "language" else str(value)
