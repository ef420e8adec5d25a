"""Shares in the REST API."""

from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.queries import share, shared_with_me, shares
from app.domain.shares.rules import share_id
from app.kernel.sharing import share_key
from server.features.routing import deleting, keeping, reading

ROUTES = (
    reading("/shares", shared_with_me, permission="share:read"),
    keeping(
        "/shares", ShareRecord, then=share,
        own_id=lambda _store, command: share_id(command.record_id, share_key(command.user_id, command.team_id)),
    ),
    reading("/shares/of/{record_id}", shares, permission="share:read"),
    deleting("/shares/{share_id}", UnshareRecord),
)  # fmt: skip
