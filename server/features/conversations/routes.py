"""Conversations in the REST API."""

from app.domain.conversations.commands import (
    AssignConversation,
    EditConversation,
    LinkContact,
    LockConversation,
    MarkRead,
    SetConversationStatus,
    StartConversation,
    UnlockConversation,
)
from app.domain.conversations.queries import ConversationRow, conversation, conversations
from app.domain.conversations.records import Conversation
from app.domain.conversations.rules import EDITABLE
from server.features.bulk import doing, in_bulk, setting
from server.features.routing import acting, creating, patching, reading

ROUTES = (
    reading("/conversations", conversations, of=ConversationRow, permission="conversation:read"),
    creating("/conversations", StartConversation, then=conversation),
    reading("/conversations/{id}", conversation, permission="conversation:read", opens="conversation"),
    patching("/conversations/{id}", EditConversation, Conversation, EDITABLE, then=conversation),
    acting("/conversations/{id}/assign", AssignConversation, then=conversation),
    acting("/conversations/{id}/status", SetConversationStatus, then=conversation),
    acting("/conversations/{id}/read", MarkRead, then=conversation),
    acting("/conversations/{id}/contact", LinkContact, then=conversation),
    acting("/conversations/{id}/lock", LockConversation, then=conversation),
    acting("/conversations/{id}/unlock", UnlockConversation, then=conversation),
    in_bulk(
        "conversation",
        {
            "edit": setting(EditConversation, "conversation_id", Conversation, EDITABLE),
            "assign": doing(AssignConversation, "conversation_id"),
            "status": doing(SetConversationStatus, "conversation_id"),
            "read": doing(MarkRead, "conversation_id"),
            "lock": doing(LockConversation, "conversation_id"),
            "unlock": doing(UnlockConversation, "conversation_id"),
        },
    ),
)
