"""Contacts in the REST API."""

from app.domain.contacts.commands import AddIdentity, AssignContact, CreateContact, DeleteContact, EditContact, RemoveIdentity
from app.domain.contacts.queries import ContactRow, contact, contacts
from app.domain.contacts.records import Contact
from app.domain.contacts.rules import EDITABLE
from server.features.routing import acting, creating, deleting, patching, reading

ROUTES = (
    reading("/contacts", contacts, of=ContactRow, permission="contact:read"),
    creating("/contacts", CreateContact, then=contact),
    reading("/contacts/{id}", contact, permission="contact:read"),
    patching("/contacts/{id}", EditContact, Contact, EDITABLE, then=contact),
    deleting("/contacts/{id}", DeleteContact),
    acting("/contacts/{id}/assign", AssignContact, then=contact),
    acting("/contacts/{id}/identities", AddIdentity, then=contact),
    deleting("/contacts/{id}/identities/{identity_id}", RemoveIdentity),
)
