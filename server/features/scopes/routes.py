"""What is on one's devices, in the REST API."""

from app.domain.scopes.queries import device_scopes, pins
from server.features.routing import reading

ROUTES = (
    reading("/device-scopes", device_scopes, permission="scope:read"),
    reading("/pins", pins, permission="scope:read"),
)  # fmt: skip
