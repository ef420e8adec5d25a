"""Calls in the REST API."""

from app.domain.calls.commands import LinkCall, LogCall, WrapUpCall
from app.domain.calls.queries import LISTEN, CallRow, call, calls, legs, recordings
from app.domain.calls.recording import DeleteRecordings, HearRecording, KeepRecording
from app.domain.calls.records import Call
from app.domain.calls.rules import call_id_of
from server.features.routing import acting, deleting, keeping, reading

ROUTES = (
    reading("/calls", calls, of=CallRow, permission="call:read"),
    keeping("/calls", LogCall, own_id=lambda store, command: call_id_of(store.tenant_id, command.sip_call_id), then=call),
    reading("/calls/{id}", call, permission="call:read", opens="call"),
    reading("/calls/{id}/legs", legs, permission="call:read", below=Call, opens="call"),
    acting("/calls/{id}/wrap-up", WrapUpCall, then=call),
    acting("/calls/{id}/contact", LinkCall, then=call),
    reading("/calls/{id}/recordings", recordings, permission=LISTEN),
    acting("/calls/{id}/recordings", KeepRecording, then=call),
    deleting("/calls/{id}/recordings", DeleteRecordings),
    acting("/calls/{id}/listen", HearRecording, then=call),
)
