"""Whatever command is given: the change is numbered, written down, and stands in the field's history."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.attachments.commands import SentFile
from app.domain.calls.rules import call_id_of
from app.domain.contacts.queries import contact
from app.domain.messages.queries import thread
from app.domain.roles.rules import preset_id
from app.domain.shares.rules import share_id
from app.kernel.columns import moment_from_us
from app.kernel.command import COMMANDS, HANDLERS, Command
from app.kernel.ids import derived_id, new_id
from app.kernel.log import NOTHING_LEFT, Audit, CommandLog
from app.kernel.record import KINDS
from tests.domain.conflicts.test_conflicts import clash
from tests.domain.conftest import BEGIN_US, House
from tests.domain.messages.test_messages import receive, reply

OURS = sorted(name for name, kind in COMMANDS.items() if kind.__module__.startswith("app."))
AS_SYSTEM = {"message.receive", "message.set_state"}
NOW = moment_from_us(BEGIN_US)


def sample(house: House, name: str) -> dict[str, Any]:
    """Arguments with which the command changes something."""
    contact_id = house.contact("Somebody", phones=("+390655501420",))
    conversation_id = receive(house, contact_id=contact_id, message_key="<in@x>")
    [incoming] = house.ask(lambda reader: thread(reader, conversation_id))
    number = house.ask(lambda reader: contact(reader, contact_id)).identities[0].id
    made: dict[str, Any] = {
        "id": new_id(),
        "contact": contact_id,
        "conversation": conversation_id,
        "number": number,
        "message": incoming.id,
    }
    arguments: dict[str, Any] = SAMPLES[name](house, made)
    return arguments


def _command(verb: str, /, **arguments: Any) -> Command:
    kind: Any = COMMANDS[verb]
    made: Command = kind(**arguments)
    return made


def _team(house: House) -> UUID:
    team_id = new_id()
    house.do(_command("team.create", team_id=team_id, name="Night"), "administrator")
    house.do(_command("team.add_member", team_id=team_id, user_id=house.people["agent"]), "administrator")
    return team_id


RECORDED: dict[str, Any] = {
    "recording_id": new_id(), "began_at": NOW, "seconds": 1.0,
    "files": (SentFile(name="x", media_type="audio/flac", size_bytes=1, sha256="0" * 64),),
}  # fmt: skip


def _recorded(house: House) -> UUID:
    call_id = _call(house)
    house.do(_command("call.keep_recording", call_id=call_id, **RECORDED))
    return call_id


def _made(house: House, verb: str, /, **more: Any) -> UUID:
    """Something that another command is about."""
    thing_id = new_id()
    key = {"note.add": "note_id", "task.create": "task_id", "account.create": "account_id"}[verb]
    house.do(_command(verb, **{key: thing_id}, **more))
    return thing_id


def _done_task(house: House) -> UUID:
    task_id = _made(house, "task.create", title="x")
    house.do(_command("task.complete", task_id=task_id))
    return task_id


def _with_file(house: House, conversation_id: UUID) -> UUID:
    """The file of an answer that has not left."""
    message_id = new_id()
    file = SentFile(name="a.pdf", media_type="application/pdf", size_bytes=1, sha256="0" * 64)
    answer = {"conversation_id": conversation_id, "message_id": message_id, "text": "See the file", "files": (file,)}
    house.do(_command("message.reply_files", **answer))
    return derived_id(message_id, "file", "0")


def _call(house: House) -> UUID:
    house.do(
        _command("call.log", sip_call_id="c@x", direction="in", number="1", state="ended", started_at=NOW, outcome="answered")
    )
    return call_id_of(house.tenant_id, "c@x")


def _failed(house: House, conversation_id: UUID) -> UUID:
    message_id = reply(house, conversation_id)
    house.do(_command("message.set_state", message_id=message_id, state="failed"), "system")
    return message_id


def _conflict(house: House, contact_id: UUID) -> UUID:
    """A title that gave way to somebody else's, later one."""
    [lost] = clash(house, contact_id, "agent", "supervisor")
    return lost.id


def _territory(house: House, member: str = "") -> UUID:
    territory_id = new_id()
    house.do(_command("territory.create", territory_id=territory_id, name="DACH"), "administrator")
    if member:
        joined = {"territory_id": territory_id, "user_id": house.people[member]}
        house.do(_command("territory.add_member", **joined), "administrator")
    return territory_id


def _placed(house: House, contact_id: UUID) -> UUID:
    territory_id = _territory(house)
    placed = {"territory_id": territory_id, "record_kind": "contact", "record_id": contact_id}
    house.do(_command("territory.place", **placed), "administrator")
    return territory_id


def _shared(house: House, contact_id: UUID) -> UUID:
    user_id = house.people["other"]
    house.do(_command("share.add", record_kind="contact", record_id=contact_id, user_id=user_id), "administrator")
    return share_id(contact_id, user_id)


def _deleted(house: House, contact_id: UUID) -> UUID:
    house.do(_command("contact.delete", contact_id=contact_id))
    return contact_id


def _role(house: House) -> UUID:
    """One that nobody has."""
    role_id = new_id()
    house.do(_command("role.create", role_id=role_id, key="spare", name="Spare", rights={"contact:read": "own"}), "administrator")
    return role_id


def _undone(house: House) -> UUID:
    command_id = new_id()
    house.do(_command("task.create", task_id=new_id(), title="x"), command_id=command_id)
    return command_id


def _locked(house: House, kind: str, record_id: UUID) -> UUID:
    house.do(_command(f"{kind}.lock", **{f"{kind}_id": record_id}), "administrator")
    return record_id


def _pinned(house: House, contact_id: UUID) -> UUID:
    house.do(_command("scope.pin", kind="contact", record_id=contact_id), "administrator")
    return contact_id


SAMPLES: dict[str, Any] = {
    "tenant.edit": lambda house, made: {"patch": {"name": "Other"}},
    "tenant.keep_audit": lambda house, made: {"days": 365},
    "tenant.watch_reading": lambda house, made: {"kinds": ("contact", "call")},
    "tenant.set_recording": lambda house, made: {"incoming": "always", "outgoing": "never", "keep_days": 30},
    "user.create": lambda house, made: {"user_id": made["id"], "name": "New", "email": "n@x.example"},
    "user.add": lambda house, made: {
        "user_id": made["id"], "name": "New", "email": "n@x.example", "role_ids": (preset_id(house.tenant_id, "agent"),),
        "team_ids": (house.teams["care"],),
    },
    "user.edit": lambda house, made: {"user_id": house.people["other"], "patch": {"name": "Renamed"}},
    "user.set_state": lambda house, made: {"user_id": house.people["administrator"], "state": "busy"},
    "team.create": lambda house, made: {"team_id": made["id"], "name": "New"},
    "team.rename": lambda house, made: {"team_id": house.teams["care"], "name": "New"},
    "team.add_member": lambda house, made: {"team_id": house.teams["sales"], "user_id": house.people["agent"]},
    "team.remove_member": lambda house, made: {"team_id": house.teams["sales"], "user_id": house.people["other"]},
    "role.create": lambda house, made: {"role_id": made["id"], "key": "k", "name": "K", "rights": {"contact:read": "own"}},
    "role.set_rights": lambda house, made: {"role_id": preset_id(house.tenant_id, "agent"), "rights": {"contact:*": "own"}},
    "role.grant": lambda house, made: {"role_id": preset_id(house.tenant_id, "agent"), "user_id": house.people["supervisor"]},
    "role.revoke": lambda house, made: {"role_id": preset_id(house.tenant_id, "agent"), "user_id": house.people["agent"]},
    "identity.mark_bounced": lambda house, made: {"identity_id": made["number"], "reason": "gone"},
    "contact.create": lambda house, made: {"contact_id": made["id"], "name": "New"},
    "contact.edit": lambda house, made: {"contact_id": made["contact"], "patch": {"name": "Renamed"}},
    "contact.delete": lambda house, made: {"contact_id": made["contact"]},
    "contact.erase": lambda house, made: {"contact_id": made["contact"]},
    "contact.merge": lambda house, made: {"contact_id": made["contact"], "other_id": house.contact("Somebody else")},
    "contact.assign": lambda house, made: {"contact_id": made["contact"], "owner_id": None, "team_id": house.teams["care"]},
    "contact.add_identity": lambda house, made: {"contact_id": made["contact"], "kind": "email", "value": "a@x.example"},
    "contact.remove_identity": lambda house, made: {"contact_id": made["contact"], "identity_id": made["number"]},
    "account.create": lambda house, made: {"account_id": made["id"], "name": "New"},
    "account.edit": lambda house, made: {"account_id": _made(house, "account.create", name="x"), "patch": {"name": "Other"}},
    "account.delete": lambda house, made: {"account_id": _made(house, "account.create", name="x")},
    "conversation.start": lambda house, made: {"conversation_id": made["id"], "channel": "email", "address": "a@x.example"},
    "conversation.assign": lambda house, made: {"conversation_id": made["conversation"], "assignee_id": house.people["other"]},
    "conversation.set_status": lambda house, made: {"conversation_id": made["conversation"], "status": "resolved"},
    "conversation.mark_read": lambda house, made: {"conversation_id": made["conversation"]},
    "conversation.link_contact": lambda house, made: {"conversation_id": made["conversation"], "contact_id": None},
    "conversation.edit": lambda house, made: {"conversation_id": made["conversation"], "patch": {"tags": {"add": ["refund"]}}},
    "message.receive": lambda house, made: {
        "message_id": made["id"], "conversation_id": made["conversation"], "channel": "email", "inbox_key": "", "address": "a@x",
        "author_name": "A", "text": "x", "sent_at": NOW,
    },
    "message.reply": lambda house, made: {"conversation_id": made["conversation"], "message_id": made["id"], "text": "x"},
    "message.retry": lambda house, made: {"message_id": _failed(house, made["conversation"])},
    "message.set_state": lambda house, made: {"message_id": reply(house, made["conversation"]), "state": "sent"},
    "attachment.add": lambda house, made: {
        "attachment_id": made["id"], "message_id": made["message"], "name": "a", "media_type": "a/b", "size_bytes": 1,
        "sha256": "0" * 64,
    },
    "message.reply_files": lambda house, made: {
        "conversation_id": made["conversation"], "message_id": made["id"], "text": "See the file",
        "files": (SentFile(name="a.pdf", media_type="application/pdf", size_bytes=1, sha256="0" * 64),),
    },
    "attachment.remove": lambda house, made: {"attachment_id": _with_file(house, made["conversation"])},
    "message.discard": lambda house, made: {"message_id": reply(house, made["conversation"])},
    "call.log": lambda house, made: {
        "sip_call_id": "n@x", "direction": "in", "number": "1", "state": "ringing", "started_at": NOW,
    },
    "call.wrap_up": lambda house, made: {"call_id": _call(house), "disposition": "resolved"},
    "call.link_contact": lambda house, made: {"call_id": _call(house), "contact_id": made["contact"]},
    "call.keep_recording": lambda house, made: {"call_id": _call(house), **RECORDED},
    "call.delete_recordings": lambda house, made: {"call_id": _recorded(house)},
    "note.add": lambda house, made: {"note_id": made["id"], "text": "x", "contact_id": made["contact"]},
    "note.edit": lambda house, made: {"note_id": _made(house, "note.add", text="x", contact_id=made["contact"]), "text": "y"},
    "note.pin": lambda house, made: {
        "note_id": _made(house, "note.add", text="x", contact_id=made["contact"]), "is_pinned": True,
    },
    "note.delete": lambda house, made: {"note_id": _made(house, "note.add", text="x", contact_id=made["contact"])},
    "task.create": lambda house, made: {"task_id": made["id"], "title": "x"},
    "task.edit": lambda house, made: {"task_id": _made(house, "task.create", title="x"), "patch": {"title": "y"}},
    "task.complete": lambda house, made: {"task_id": _made(house, "task.create", title="x")},
    "task.reopen": lambda house, made: {"task_id": _done_task(house)},
    "task.delete": lambda house, made: {"task_id": _made(house, "task.create", title="x")},
    "conflict.settle": lambda house, made: {"conflict_id": _conflict(house, made["contact"]), "choice": "mine"},
    "role.rename": lambda house, made: {"role_id": preset_id(house.tenant_id, "agent"), "name": "Helper"},
    "role.delete": lambda house, made: {"role_id": _role(house)},
    "team.delete": lambda house, made: {"team_id": _team(house)},
    "territory.create": lambda house, made: {"territory_id": made["id"], "name": "EMEA"},
    "territory.rename": lambda house, made: {"territory_id": _territory(house), "name": "Other"},
    "territory.move": lambda house, made: {"territory_id": _territory(house), "above_id": _territory(house)},
    "territory.delete": lambda house, made: {"territory_id": _territory(house)},
    "territory.add_member": lambda house, made: {"territory_id": _territory(house), "user_id": house.people["agent"]},
    "territory.remove_member": lambda house, made: {
        "territory_id": _territory(house, "agent"), "user_id": house.people["agent"],
    },
    "territory.place": lambda house, made: {
        "territory_id": _territory(house), "record_kind": "contact", "record_id": made["contact"],
    },
    "territory.take_out": lambda house, made: {
        "territory_id": _placed(house, made["contact"]), "record_kind": "contact", "record_id": made["contact"],
    },
    "share.add": lambda house, made: {
        "record_kind": "contact", "record_id": made["contact"], "user_id": house.people["other"],
    },
    "share.remove": lambda house, made: {"share_id": _shared(house, made["contact"])},
    "record.restore": lambda house, made: {"kind": "contact", "record_id": _deleted(house, made["contact"])},
    "scope.set": lambda house, made: {"device": "d", "groups": [house.teams["care"]], "days": 7},
    "scope.pin": lambda house, made: {"kind": "contact", "record_id": made["contact"]},
    "scope.unpin": lambda house, made: {"record_id": _pinned(house, made["contact"])},
    "account.assign": lambda house, made: {
        "account_id": _made(house, "account.create", name="x"), "owner_id": house.people["other"],
    },
    "task.assign": lambda house, made: {"task_id": _made(house, "task.create", title="x"), "owner_id": house.people["other"]},
    "contact.lock": lambda house, made: {"contact_id": made["contact"]},
    "contact.unlock": lambda house, made: {"contact_id": _locked(house, "contact", made["contact"])},
    "account.lock": lambda house, made: {"account_id": _made(house, "account.create", name="x")},
    "account.unlock": lambda house, made: {
        "account_id": _locked(house, "account", _made(house, "account.create", name="x")),
    },
    "conversation.lock": lambda house, made: {"conversation_id": made["conversation"]},
    "conversation.unlock": lambda house, made: {"conversation_id": _locked(house, "conversation", made["conversation"])},
    "undo": lambda house, made: {"command_id": _undone(house)},
}  # fmt: skip


def author_of(name: str) -> str:
    """Who gives the sample."""
    if name in AS_SYSTEM:
        return "system"
    return "agent" if name.startswith(("undo", "conflict", "note", "task")) else "administrator"


FOUNDING = {"tenant.create"}  # carried out by every test's fixture
CHANGES_NOTHING = {"call.listen"}  # a job writes down who listened: tests/server/test_recordings.py


def test_every_command_is_tried_here_and_has_one_handler() -> None:
    assert set(SAMPLES) | FOUNDING | CHANGES_NOTHING == set(OURS)
    assert all(COMMANDS[name] in HANDLERS for name in OURS)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_command_leaves_its_number_its_audit_and_its_history(house: House, name: str) -> None:
    command = _command(name, **sample(house, name))
    command_id = new_id()
    by = author_of(name)
    outcome = house.do(command, by, command_id=command_id)
    with Session(house.engine) as session:
        audits = session.scalars(select(Audit).where(Audit.command_id == command_id)).all()
        logged = session.scalars(select(CommandLog).where(CommandLog.id == command_id)).one()
        assert logged.status == "applied"
        assert audits, "nothing was written down"
        for audit in audits:
            record = session.get(KINDS[audit.kind], (house.tenant_id, audit.record_id))
            assert record is not None
            assert audit.version == outcome.version == record.version, "the change feed would miss it"
            assert audit.fields, "the history of no field knows of it"
            told = [change for change in audit.fields.values() if name != "contact.erase" or tuple(change) != NOTHING_LEFT]
            assert all(len(change) == 2 and change[0] != change[1] for change in told)
