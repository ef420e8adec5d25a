"""Messages in the REST API."""

from app.domain.conversations.queries import conversation
from app.domain.conversations.records import Conversation
from app.domain.messages.commands import Reply, RetrySend
from app.domain.messages.queries import message, thread
from server.features.routing import acting, reading

ROUTES = (
    reading(
        "/conversations/{id}/messages",
        thread,
        permission="message:read",
        below=Conversation,
        name="messages",
        opens="conversation",
    ),
    acting("/conversations/{id}/reply", Reply, then=conversation),
    reading("/messages/{id}", message, permission="message:read", opens="message"),
    acting("/messages/{id}/retry", RetrySend, then=message),
)
