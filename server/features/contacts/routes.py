"""Contacts in the REST API."""

from app.domain.contacts.commands import (
    AddIdentity,
    AssignContact,
    CreateContact,
    DeleteContact,
    EditContact,
    LockContact,
    RemoveIdentity,
    UnlockContact,
)
from app.domain.contacts.erasing import RIGHT, EraseContact, erasure
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import ContactRow, alike, contact, contacts
from app.domain.contacts.records import Contact
from app.domain.contacts.rules import EDITABLE
from server.features.bulk import doing, in_bulk, setting
from server.features.routing import acting, creating, deleting, patching, reading

ROUTES = (
    reading("/contacts", contacts, of=ContactRow, permission="contact:read"),
    creating("/contacts", CreateContact, then=contact),
    reading("/contacts/{id}", contact, permission="contact:read", opens="contact"),
    patching("/contacts/{id}", EditContact, Contact, EDITABLE, then=contact),
    deleting("/contacts/{id}", DeleteContact),
    reading("/contacts/{id}/alike", alike, permission="contact:read", opens="contact"),
    acting("/contacts/{id}/merge", MergeContacts, then=contact),
    reading("/contacts/{id}/erasure", erasure, permission=RIGHT, opens="contact"),
    acting("/contacts/{id}/erase", EraseContact, then=contact),
    acting("/contacts/{id}/assign", AssignContact, then=contact),
    acting("/contacts/{id}/identities", AddIdentity, then=contact),
    deleting("/contacts/{id}/identities/{identity_id}", RemoveIdentity),
    acting("/contacts/{id}/lock", LockContact, then=contact),
    acting("/contacts/{id}/unlock", UnlockContact, then=contact),
    in_bulk(
        "contact",
        {
            "edit": setting(EditContact, "contact_id", Contact, EDITABLE),
            "assign": doing(AssignContact, "contact_id"),
            "delete": doing(DeleteContact, "contact_id"),
            "lock": doing(LockContact, "contact_id"),
            "unlock": doing(UnlockContact, "contact_id"),
        },
    ),
)
