"""Full-text search in the REST API."""

from app.domain.search.queries import search
from app.domain.search.tagged import tags_in_use
from server.features.routing import reading

ROUTES = (reading("/search", search, permission="tenant:read"), reading("/tags", tags_in_use, permission="tenant:read"))
