"""Calls in the REST API."""

from app.domain.calls.commands import LinkCall, LogCall, WrapUpCall
from app.domain.calls.queries import CallRow, call, calls, legs
from app.domain.calls.records import Call
from app.domain.calls.rules import call_id_of
from server.features.routing import acting, keeping, reading

ROUTES = (
    reading("/calls", calls, of=CallRow, permission="call:read"),
    keeping("/calls", LogCall, own_id=lambda store, command: call_id_of(store.tenant_id, command.sip_call_id), then=call),
    reading("/calls/{id}", call, permission="call:read", opens="call"),
    reading("/calls/{id}/legs", legs, permission="call:read", below=Call, opens="call"),
    acting("/calls/{id}/wrap-up", WrapUpCall, then=call),
    acting("/calls/{id}/contact", LinkCall, then=call),
)
