"""Attachments in the REST API; their bytes are served by server.web.files."""

from app.domain.attachments.commands import AttachFile, DiscardAnswer, RemoveFile, ReplyWithFiles
from app.domain.attachments.queries import attachment, attachments
from app.domain.conversations.queries import conversation
from app.domain.conversations.records import Conversation
from app.domain.messages.queries import message
from server.features.routing import acting, deleting, reading

ROUTES = (
    reading(
        "/conversations/{id}/attachments", attachments, permission="attachment:read", below=Conversation, opens="conversation"
    ),
    reading("/attachments/{id}", attachment, permission="attachment:read", opens="attachment"),
    acting("/messages/{id}/attachments", AttachFile, then=message),
    acting("/conversations/{id}/reply-files", ReplyWithFiles, then=conversation),
    deleting("/attachments/{id}", RemoveFile),
    deleting("/messages/{id}", DiscardAnswer),
)
