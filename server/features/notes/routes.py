"""Notes in the REST API."""

from app.domain.notes.commands import AddNote, DeleteNote, EditNote, PinNote
from app.domain.notes.queries import note, notes
from server.features.routing import acting, creating, deleting, reading

ROUTES = (
    reading("/notes", notes, permission="note:read"),
    creating("/notes", AddNote, then=note),
    reading("/notes/{id}", note, permission="note:read"),
    acting("/notes/{id}", EditNote, then=note, method="PATCH"),
    acting("/notes/{id}/pin", PinNote, then=note),
    deleting("/notes/{id}", DeleteNote),
)
