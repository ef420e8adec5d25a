"""Keeping the call log, and wrapping calls up."""

import dataclasses
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.calls.recorded import begun_with
from app.domain.calls.records import Call, CallId, CallLeg
from app.domain.calls.rules import (
    OUTCOMES,
    STILL_OPEN,
    call_id_of,
    check_disposition,
    conversation_id_of,
    goes_on,
    leg_id_of,
    preview_kind_of,
)
from app.domain.contacts.records import Contact
from app.domain.contacts.surviving import survivor_of
from app.domain.conversations.records import Conversation
from app.domain.tenants.recording import check_how, rules_in
from app.domain.tenants.records import Workspace
from app.kernel.command import Command, handles
from app.kernel.errors import BadValue
from app.kernel.named import required
from app.kernel.work import UnitOfWork

STAYS = "A call that took place stays on record."
NOTHING_SAID: dict[str, Any] = {  # of a call with somebody who was erased
    "sip_call_id": "", "number": "", "number_shown": "", "agent_number": "", "queue": "", "reason": None, "recording": "never",
}  # fmt: skip


class LogCall(Command, name="call.log", permission="call:log", offline=True, on_conflict="commute", no_undo=STAYS):
    """What is known of a call now; said again with more, it adds to the same call. Times are of the server's clock."""

    sip_call_id: str
    direction: str
    number: str
    state: str
    started_at: datetime
    number_shown: str = ""
    contact_id: UUID | None = None
    queue: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    sip_code: int | None = None
    reason: str | None = None
    agent_number: str = ""
    team_id: UUID | None = None
    recording: str = ""  # how the device records it (never, on_demand, always); nothing: as the workspace says


class WrapUpCall(Command, name="call.wrap_up", permission="call:edit", offline=True):
    """Say how a call ended in the business's words."""

    call_id: CallId
    disposition: str


class LinkCall(Command, name="call.link_contact", permission="call:edit", offline=True):
    """Say whom a call was with."""

    call_id: CallId
    contact_id: UUID


@handles(LogCall)
def log_call(work: UnitOfWork, command: LogCall) -> Call:
    """The call, its two legs and its conversation, made once and carried on."""
    _check(command)
    call_id = call_id_of(work.tenant_id, command.sip_call_id)
    call = work.peek(Call, call_id)
    command = dataclasses.replace(command, contact_id=survivor_of(work, command.contact_id))
    if _is_with_erased(work, call, command):
        command = dataclasses.replace(command, **NOTHING_SAID)
    if call is None:
        call = _begin(work, call_id, command)
    elif goes_on(call.state, command.state):
        call.state = command.state
    _add_facts(call, command)
    _keep_leg(work, call, "customer", command.number)
    _keep_leg(work, call, "agent", command.agent_number)
    _tell_inbox(work, call)
    return call


def _is_with_erased(work: UnitOfWork, call: Call | None, command: LogCall) -> bool:
    """A console that was away tells of a call with somebody who was erased meanwhile: that it took place is all that is kept."""
    if call is not None and call.is_erased:
        return True
    contact = work.peek(Contact, command.contact_id) if command.contact_id else None
    return contact is not None and contact.is_erased


def _check(command: LogCall) -> None:
    required("sip_call_id", command.sip_call_id)
    goes_on("ringing", command.state)
    if command.outcome is not None and command.outcome not in OUTCOMES:
        raise BadValue(field="outcome", value=command.outcome, hint=f"One of: {', '.join(OUTCOMES)}.")
    if command.direction not in {"in", "out"}:
        raise BadValue(field="direction", value=command.direction, hint="in or out.")
    if command.recording:
        check_how(command.recording)


def _begin(work: UnitOfWork, call_id: UUID, command: LogCall) -> Call:
    conversation = work.add(
        Conversation(
            id=conversation_id_of(call_id),
            owner_id=work.issued.actor_id,
            team_id=command.team_id or work.tenant_id,
            channel="voice",
            contact_id=command.contact_id,
            address=command.number_shown or command.number,
            last_message_at=command.started_at,
            last_direction=command.direction,
            assigned_at=work.now,
            message_count=1,
        )
    )
    return work.add(
        Call(
            id=call_id,
            owner_id=work.issued.actor_id,
            team_id=command.team_id or work.tenant_id,
            direction=command.direction,
            state=command.state,
            sip_call_id=command.sip_call_id,
            number=command.number,
            number_shown=command.number_shown,
            contact_id=command.contact_id,
            conversation_id=conversation.id,
            queue=command.queue,
            started_at=command.started_at,
            recording=_recording(work, command),
        )
    )


def _recording(work: UnitOfWork, command: LogCall) -> dict[str, Any]:
    """The setting in force when it begins: what is set later counts for later calls."""
    workspace = work.peek(Workspace, work.tenant_id)
    rules = rules_in(workspace.custom if workspace is not None else {})
    return begun_with(command.recording or rules.of(command.direction), rules.keep_days)


def _add_facts(call: Call, command: LogCall) -> None:
    """What was not known yet; what is known stays."""
    facts: dict[str, Any] = {
        "answered_at": command.answered_at, "ended_at": command.ended_at, "outcome": command.outcome,
        "sip_code": command.sip_code, "reason": command.reason, "contact_id": command.contact_id,
        "number_shown": command.number_shown, "queue": command.queue,
    }  # fmt: skip
    for field, value in facts.items():
        if value and not getattr(call, field):
            setattr(call, field, value)


def _keep_leg(work: UnitOfWork, call: Call, role: str, number: str) -> None:
    if not number:
        return
    leg_id = leg_id_of(call.id, role, number)
    leg = work.peek(CallLeg, leg_id)
    if leg is None:
        leg = work.add(CallLeg(id=leg_id, call_id=call.id, role=role, number=number, started_at=call.started_at))
    leg.answered_at = leg.answered_at or call.answered_at
    leg.ended_at = leg.ended_at or call.ended_at
    leg.sip_code = leg.sip_code or call.sip_code


def _tell_inbox(work: UnitOfWork, call: Call) -> None:
    conversation = work.peek(Conversation, call.conversation_id)
    if conversation is None:
        return
    conversation.preview_kind = preview_kind_of(call.state, call.outcome, call.direction)
    conversation.preview = "" if conversation.is_erased else call.queue
    conversation.last_message_at = call.ended_at or call.answered_at or call.started_at
    conversation.is_unread = call.state == "ended" and call.outcome == "missed"
    if conversation.contact_id is None and conversation.locked_at is None:
        conversation.contact_id = call.contact_id


@handles(WrapUpCall)
def wrap_up_call(work: UnitOfWork, command: WrapUpCall) -> Call:
    """What needs nothing more leaves the inbox, unless it is locked there."""
    call = work.get(Call, command.call_id)
    work.edit(call, {"disposition": check_disposition(command.disposition)})
    conversation = work.peek(Conversation, call.conversation_id)
    if conversation is not None and conversation.locked_at is None:
        work.edit(conversation, {"status": "open" if command.disposition in STILL_OPEN else "resolved"})
    return call


@handles(LinkCall)
def link_call(work: UnitOfWork, command: LinkCall) -> Call:
    """The call and its conversation are with the same person."""
    work.check_named(Contact, "contact_id", command.contact_id)
    call = work.get(Call, command.call_id)
    call.contact_id = survivor_of(work, command.contact_id)
    conversation = work.peek(Conversation, call.conversation_id)
    if conversation is not None:
        conversation.contact_id = call.contact_id
    return call
