"""Erasing a person for good: their data goes, and the bare facts stay for statistics."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select

from app.domain.contacts.held import Held, held, of_kind, words_of
from app.domain.contacts.records import AnyContactId, Contact, ContactIdentity
from app.domain.identities.records import Identity
from app.kernel.command import Command, handles
from app.kernel.erasing import ENDINGS, refuse_erased
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.log import Conflict
from app.kernel.reader import Reader
from app.kernel.record import Record
from app.kernel.work import UnitOfWork

RIGHT = "contact:erase"
FOR_GOOD = "What was erased is gone for good."
GOING = frozenset({ContactIdentity, Identity, Conflict})  # these are deleted as well


class EraseContact(
    Command,
    name="contact.erase",
    permission="contact:erase",
    offline=False,
    has_effects=True,
    on_conflict="commute",
    no_undo=FOR_GOOD,
):
    """Take all that is known of a person out of every record, the search, the audit, the files and every console, for good."""

    contact_id: AnyContactId


@handles(EraseContact)
def erase_contact(work: UnitOfWork, command: EraseContact) -> None:
    """Ids, times and counts stay. What is outside of records follows as a job, which needs to know what stood there."""

    def ask(kind: type[Record], criteria: ColumnElement[bool]) -> Sequence[Any]:
        return work.find(kind, criteria, even_deleted=True)

    found = held(ask, command.contact_id)
    for person in found[Contact].values():
        refuse_erased(person)
        if not work.may_over(RIGHT, person):
            raise NotAllowed(permission=RIGHT)
    hashes = sorted({file.sha256 for file in of_kind(found, "attachment") if file.sha256})
    keys = sorted({each.message_key for each in of_kind(found, "message") if each.message_key})
    words = [*words_of(found), *(form for each in sorted(found[Contact]) for form in (str(each), each.hex))]
    for kind, records in found.items():
        for record in records.values():
            _erase(work, kind, record)
    work.effect("contact.erased", contact_id=command.contact_id, command_id=work.issued.id, hashes=hashes, words=words, keys=keys)


def _erase(work: UnitOfWork, kind: type[Record], record: Any) -> None:
    work.erase(record)
    if kind in ENDINGS:
        ENDINGS[kind](record)
    if kind in GOING and record.deleted_at is None:
        work.delete(record)


class ErasurePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would go: how many records of each kind, and how many bytes of files."""

    contact_id: UUID
    name: str
    merged: list[str]  # the names of those who were merged into the person: they go with it
    counts: dict[str, int]
    files_bytes: int


def erasure(reader: Reader, contact_id: UUID) -> ErasurePreview:
    """What erasing a person would take away, whoever may see it; `NotHere` when the person is out of sight.

    `NotAllowed` where erasing would be: over each of those who were merged into the person, too. Hidden names are empty.
    """
    if reader.buried(Contact, contact_id) is None:
        raise NotHere(kind=Contact.__tablename__, id=contact_id.hex)
    found = everything(reader, contact_id)
    if not all(reader.actor.may(RIGHT, reader.keys_of(person)) for person in found[Contact].values()):
        raise NotAllowed(permission=RIGHT)
    kept = next(each for each in found[Contact].values() if each.merged_into is None or each.merged_into not in found[Contact])
    is_named = "name" not in reader.actor.hidden(Contact.__tablename__)
    merged = [each.name for each in found[Contact].values() if each is not kept and is_named]
    return ErasurePreview(
        contact_id=kept.id, name=kept.name if is_named else "", merged=merged,
        counts={kind.__tablename__: len(rows) for kind, rows in sorted(found.items(), key=lambda each: each[0].__tablename__)},
        files_bytes=sum(row.size_bytes for row in of_kind(found, "attachment")),
    )  # fmt: skip


def everything(reader: Reader, contact_id: UUID) -> Held:
    """All that is held about a person, as rows, in sight or not: who asks for it decides what is shown."""

    def ask(kind: type[Record], criteria: ColumnElement[bool]) -> Sequence[Any]:
        table = kind.__table__
        return reader.connection.execute(select(*table.columns).where(kind.tenant_id == reader.tenant_id, criteria)).all()

    return held(ask, contact_id)
