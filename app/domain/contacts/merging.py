"""Two records of one person become one; what stood on either stands on the one that stays."""

from app.domain.contacts.records import Contact, ContactId, ContactIdentity
from app.domain.contacts.rules import EDITABLE, link_id
from app.kernel.command import Command, handles
from app.kernel.errors import BadValue, FieldNotAllowed, NotAllowed
from app.kernel.set_fields import set_fields
from app.kernel.set_words import in_order
from app.kernel.undo import pointing_at
from app.kernel.work import UnitOfWork


class MergeContacts(Command, name="contact.merge", permission="contact:delete", offline=True):
    """One contact takes over another: its numbers, calls, notes, tasks, tags, conversations, and the fields in `take`."""

    contact_id: ContactId
    other_id: ContactId
    take: tuple[str, ...] = ()


@handles(MergeContacts)
def merge_contacts(work: UnitOfWork, command: MergeContacts) -> Contact:
    """All of it or nothing; undo gives both back as they were."""
    if command.contact_id == command.other_id:
        raise BadValue(field="other_id", value=str(command.other_id), hint="Choose another contact.")
    takable = EDITABLE - set_fields("contact")
    if unknown := sorted(set(command.take) - takable):
        raise BadValue(field="take", value=", ".join(unknown), hint=f"From: {', '.join(sorted(takable))}.")
    kept, other = work.get(Contact, command.contact_id), work.get(Contact, command.other_id)
    if not work.may("edit", kept):
        raise NotAllowed(permission="contact:edit")
    _check_fields(work, command)
    for field in command.take:
        setattr(kept, field, getattr(other, field))
    kept.tags = in_order((*kept.tags, *other.tags))
    _move_identities(work, kept, other)
    for kind, column in pointing_at("contact"):
        if kind is not ContactIdentity:
            for record in work.find(kind, getattr(kind, column) == other.id):
                setattr(record, column, kept.id)
    other.merged_into = kept.id
    work.delete(other)
    return kept


def _move_identities(work: UnitOfWork, kept: Contact, other: Contact) -> None:
    """Each use of a number or address is of one person: the old one ends, and a new one begins."""
    own = {link.id for link in work.find(ContactIdentity, ContactIdentity.contact_id == kept.id)}
    for link in work.find(ContactIdentity, ContactIdentity.contact_id == other.id):
        own_id = link_id(kept.id, link.identity_id)
        if own_id not in own:
            known = work.peek(ContactIdentity, own_id)
            if known is not None:
                known.deleted_at = None
            else:
                work.add(
                    ContactIdentity(
                        id=own_id, contact_id=kept.id, identity_id=link.identity_id, label=link.label,
                        is_primary=link.is_primary and not own,
                    )
                )  # fmt: skip
        work.delete(link)


def _check_fields(work: UnitOfWork, command: MergeContacts) -> None:
    """Before anything is compared: whether a hidden field is alike in both, or what tags there are, is not to be told."""
    joined = ("tags",) if "tags" in work.actor.hidden("contact") else ()
    for field in (*sorted(work.actor.unwritable("contact") & {*command.take}), *joined):
        raise FieldNotAllowed(field=field, kind="contact")
