"""Full-text search in the REST API."""

from app.domain.search.queries import search
from server.features.routing import reading

ROUTES = (reading("/search", search, permission="tenant:read"),)
