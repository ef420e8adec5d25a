"""What can be done with the people outside."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact, ContactId, ContactIdentity, NewContactId
from app.domain.contacts.rules import EDITABLE, link_id
from app.domain.identities.commands import ensure_identity
from app.domain.identities.records import Identity, IdentityId
from app.domain.identities.rules import EMAIL, PHONE, identity_id, read_identity
from app.kernel.command import Command, foresees, handles
from app.kernel.errors import BadValue, NotHere, Refused
from app.kernel.going_along import take_along
from app.kernel.locking import lock, unlock
from app.kernel.named import required
from app.kernel.patch import read_patch
from app.kernel.set_words import clean_words
from app.kernel.work import UnitOfWork


class DuplicateContact(Refused):
    """Somebody with the same number or address is there already."""

    key = "duplicate_contact"
    text = "{name} has {value} already. Open them, or keep both."


SOMEBODY = "Somebody"  # whose name is hidden from whoever asks


class CreateContact(Command, name="contact.create", permission="contact:create", offline=True):
    """Keep a new person; everybody sees them unless a team is named. `country`: how national numbers are read."""

    contact_id: NewContactId
    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    country: str = ""
    account_id: UUID | None = None
    job_title: str | None = None
    language: str | None = None
    time_zone: str | None = None
    is_vip: bool = False
    tags: tuple[str, ...] = ()
    team_id: UUID | None = None
    only_if_new: bool = False  # refuse when somebody in sight has one of the numbers or addresses


class EditContact(Command, name="contact.edit", permission="contact:edit", offline=True, in_bulk=True):
    """Change some fields; tags as a list, or as {"add": […], "remove": […]} beside what others do to them."""

    contact_id: ContactId
    patch: dict[str, Any]


class DeleteContact(Command, name="contact.delete", permission="contact:delete", offline=True, in_bulk=True):
    """Leave a tombstone; numbers and addresses stay, since others may use them."""

    contact_id: ContactId


class AssignContact(Command, name="contact.assign", permission="contact:assign", offline=True, in_bulk=True):
    """Give a person to an owner and a team; no team means everybody, unless theirs is kept."""

    contact_id: ContactId
    owner_id: UUID | None
    team_id: UUID | None
    keeps_team: bool = False


class AddIdentity(Command, name="contact.add_identity", permission="contact:edit", offline=True):
    """A person uses a number or address."""

    contact_id: ContactId
    kind: str
    value: str
    label: str = ""
    country: str = ""


class RemoveIdentity(Command, name="contact.remove_identity", permission="contact:edit", offline=True):
    """A person no longer uses a number or address."""

    contact_id: ContactId
    identity_id: IdentityId


class LockContact(Command, name="contact.lock", permission="contact:lock", offline=True, in_bulk=True):
    """Let nobody without this right change or delete the contact, nor what is below it."""

    contact_id: ContactId


class UnlockContact(Command, name="contact.unlock", permission="contact:lock", offline=True, in_bulk=True):
    """Let everybody who may change the contact do so again."""

    contact_id: ContactId


@handles(CreateContact)
def create_contact(work: UnitOfWork, command: CreateContact) -> Contact:
    """The person with all their numbers and addresses, the first of each kind primary."""
    if command.only_if_new:
        _check_new(work, command)
    work.check_named(Account, "account_id", command.account_id)
    contact = work.add(
        Contact(
            id=command.contact_id,
            owner_id=work.issued.actor_id,
            team_id=command.team_id or work.tenant_id,
            name=required("name", command.name),
            account_id=command.account_id,
            job_title=command.job_title,
            language=command.language,
            time_zone=command.time_zone,
            is_vip=command.is_vip,
            tags=clean_words("tags", command.tags),
        )
    )
    for kind, values in ((PHONE, command.phones), (EMAIL, command.emails)):
        for place, value in enumerate(values):
            _link(work, contact.id, kind, value, command.country, label="", is_primary=place == 0)
    return contact


def _check_new(work: UnitOfWork, command: CreateContact) -> None:
    """Whom the actor may not see, they do not hear of."""
    for kind, values in ((PHONE, command.phones), (EMAIL, command.emails)):
        for value in values:
            read = read_identity(kind, required(kind, value), command.country)
            own_id = identity_id(work.tenant_id, read.kind, read.value)
            found = users_of(work, own_id) if work.peek(Identity, own_id) is not None else []
            if known := next((each for each in found if each.id != command.contact_id), None):
                name = SOMEBODY if "name" in work.actor.hidden("contact") else known.name
                raise DuplicateContact(name=name, id=known.id.hex, value=read.shown)


def users_of(work: UnitOfWork, wanted: UUID) -> list[Contact]:
    """Those in sight who use a number or address."""
    found = []
    for link in work.find(ContactIdentity, ContactIdentity.identity_id == wanted):
        with suppress(NotHere):
            found.append(work.get(Contact, link.contact_id))
    return found


@foresees(CreateContact)
def _foreseen(tenant_id: UUID, command: CreateContact) -> Iterator[tuple[str, UUID]]:
    """Their numbers and addresses, which others may use already, and where they work."""
    if command.account_id is not None:
        yield Account.__tablename__, command.account_id
    for kind, values in ((PHONE, command.phones), (EMAIL, command.emails)):
        for value in values:
            read = read_identity(kind, value, command.country)
            own_id = identity_id(tenant_id, kind, read.value)
            yield Identity.__tablename__, own_id
            yield ContactIdentity.__tablename__, link_id(command.contact_id, own_id)


def _link(
    work: UnitOfWork, contact_id: UUID, kind: str, value: str, country: str, *, label: str, is_primary: bool
) -> ContactIdentity:
    read = read_identity(kind, required(kind, value), country)
    identity = ensure_identity(work, read)
    own_id = link_id(contact_id, identity.id)
    link = work.peek(ContactIdentity, own_id)
    if link is None:
        return work.add(
            ContactIdentity(id=own_id, contact_id=contact_id, identity_id=identity.id, label=label, is_primary=is_primary)
        )
    if link.deleted_at is not None:
        link.deleted_at = None
    return link


@handles(EditContact)
def edit_contact(work: UnitOfWork, command: EditContact) -> Contact:
    """Each field stands on its own; nobody works for what is not there."""
    contact = work.get(Contact, command.contact_id)
    patch = read_patch(Contact, command.patch, EDITABLE)
    if "name" in patch:
        patch["name"] = required("name", patch["name"])
    if (account_id := patch.get("account_id")) is not None and account_id != contact.account_id:
        work.get(Account, account_id)
    work.edit(contact, patch)
    return contact


@handles(DeleteContact)
def delete_contact(work: UnitOfWork, command: DeleteContact) -> None:
    """Conversations and calls keep telling what happened."""
    contact = work.get(Contact, command.contact_id)
    for link in work.find(ContactIdentity, ContactIdentity.contact_id == contact.id):
        work.delete(link)
    work.delete(contact)


@handles(AssignContact)
def assign_contact(work: UnitOfWork, command: AssignContact) -> Contact:
    """Owner and team change together, and notes go along."""
    contact = work.get(Contact, command.contact_id)
    before, contact.owner_id = contact.team_id, command.owner_id
    if not command.keeps_team:
        contact.team_id = command.team_id or work.tenant_id
    take_along(work, contact, before)
    return contact


@handles(AddIdentity)
def add_identity(work: UnitOfWork, command: AddIdentity) -> ContactIdentity:
    """What cannot be read as a number or address is kept as typed and marked, never guessed."""
    if command.kind not in {PHONE, EMAIL}:
        raise BadValue(field="kind", value=command.kind, hint="phone or email.")
    return _link(work, command.contact_id, command.kind, command.value, command.country, label=command.label, is_primary=False)


@handles(RemoveIdentity)
def remove_identity(work: UnitOfWork, command: RemoveIdentity) -> None:
    """The number or address itself stays."""
    work.delete(work.get(ContactIdentity, link_id(command.contact_id, command.identity_id)))


@handles(LockContact)
def lock_contact(work: UnitOfWork, command: LockContact) -> Contact:
    """Once; locking it again changes nothing."""
    return lock(work, work.get(Contact, command.contact_id))


@handles(UnlockContact)
def unlock_contact(work: UnitOfWork, command: UnlockContact) -> Contact:
    """Whoever locked it."""
    return unlock(work.get(Contact, command.contact_id))
