"""Phone numbers and e-mail addresses in the REST API."""

from app.domain.identities.commands import MarkBounced
from app.domain.identities.queries import identity
from server.features.routing import acting, reading

ROUTES = (
    reading("/identities/{id}", identity, permission="identity:read"),
    acting("/identities/{id}/bounced", MarkBounced, then=identity),
)
