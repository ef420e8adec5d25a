"""The timeline of a contact in the REST API."""

from app.domain.contacts.records import Contact
from app.domain.timeline.queries import timeline
from server.features.routing import reading

ROUTES = (reading("/contacts/{id}/timeline", timeline, permission="contact:read", below=Contact, opens="contact"),)
