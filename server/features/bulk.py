"""One act on many records: a group of ordinary commands, each with its own rights, conflicts, audit and answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from app.kernel.command import Command
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.ids import derived_id
from app.kernel.record import Record
from app.kernel.undo import Undo
from app.protocol.envelopes import Outcome, refusal_of
from server.features.route import Call, Route
from server.features.shapes import body_struct, given, patch_struct

MOST_RECORDS = 1_000  # in one call
TOGETHER = 100  # in one transaction: between two of them, others have their turn
IDS = Annotated[list[UUID], Meta(min_length=1, max_length=MOST_RECORDS, description=f"The records, at most {MOST_RECORDS:,}.")]
Build = Callable[[UUID, UUID, dict[str, Any]], Command]  # group, record, arguments


class NotDone(msgspec.Struct, frozen=True, kw_only=True):
    """A record that stayed as it was, and why."""

    id: UUID
    key: str
    detail: str


class BulkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it; `group` and the same ids take it back (act `undo`)."""

    group: UUID
    done: int
    held: int  # deletions that wait for somebody to confirm that so many are meant
    not_done: list[NotDone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that can be done to many: its body, and the command for each record."""

    body: type
    permission: str
    build: Build


def doing(command: type[Command], record: str) -> Act:
    """A command whose arguments are the same for all; `record` is the argument that names the record."""
    return Act(
        body=body_struct(command, [record]), permission=command.permission,
        build=lambda _group, record_id, chosen: command(**{record: record_id, **chosen}),
    )  # fmt: skip


def setting(command: type[Command], record: str, kind: type[Record], editable: frozenset[str]) -> Act:
    """Some fields are set to the same values in all."""

    def build(_group: UUID, record_id: UUID, chosen: dict[str, Any]) -> Command:
        if not chosen:
            raise BadValue(field="body", value="this", hint=f"Name a field: {', '.join(sorted(editable))}.")
        patch = {field: msgspec.to_builtins(value) for field, value in chosen.items()}
        return command(**{record: record_id, "patch": patch})

    return Act(body=patch_struct(kind, editable), permission=command.permission, build=build)


class _Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    of: UUID


def _undo(_group: UUID, record_id: UUID, chosen: dict[str, Any]) -> Command:
    return Undo(command_id=command_id(chosen["of"], record_id))


UNDO = Act(body=_Taken, permission="undo:create", build=_undo)


def command_id(group: UUID, record_id: UUID) -> UUID:
    """Of a group's command for a record: given again it is known, and taking the group back names it."""
    return derived_id(group, record_id, "of a group")


def in_bulk(noun: str, acts: Mapping[str, Act]) -> Route:
    """`POST /{noun}s/bulk`: every record for itself; those that can't be changed are named, and the others are done."""
    known = {**acts, "undo": UNDO}
    bodies = {_body(noun, name, act): act for name, act in known.items()}

    async def run(call: Call) -> BulkAnswer:
        act, chosen = bodies[type(call.body)], given(call.body)
        ids = list(dict.fromkeys(chosen.pop("ids")))
        await _check(call, act.permission if act is UNDO else f"{noun}:bulk", act.permission)
        commands = [(command_id(call.command_id, each), act.build(call.command_id, each, chosen)) for each in ids]
        outcomes: list[Outcome] = []
        for at in range(0, len(commands), TOGETHER):
            outcomes += await call.give(commands[at : at + TOGETHER])
        return _answer(call.command_id, ids, outcomes)

    return Route(
        method="POST", path=f"/{noun}s/bulk", name=f"{noun}_bulk", summary=f"Do one thing to many {noun}s.", run=run,
        body=reduce(or_, bodies), answers=BulkAnswer, writes=True,
    )  # fmt: skip


def _body(noun: str, name: str, act: Act) -> type:
    """What the act asks for, beside the ids; `act` says which it is."""
    fields = [(each.name, each.type, _default(each)) for each in msgspec.structs.fields(act.body)]
    title = f"{noun.title()}{name.title().replace('_', '')}Bulk"
    return msgspec.defstruct(
        title, [("ids", IDS, msgspec.NODEFAULT), *fields], tag_field="act", tag=name, kw_only=True, frozen=True,
        forbid_unknown_fields=True,
    )  # fmt: skip


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return msgspec.NODEFAULT if field.required else field.default


async def _check(call: Call, *permissions: str) -> None:
    """Who may do it to none is told so once, not once a record."""
    actor = await call.store.read(lambda reader: reader.actor, call.session.user_id)
    for permission in permissions:
        if not actor.may(permission):
            raise NotAllowed(permission=permission)


def _answer(group: UUID, ids: Sequence[UUID], outcomes: Sequence[Outcome]) -> BulkAnswer:
    rejected = [(each, outcome) for each, outcome in zip(ids, outcomes, strict=True) if outcome.status == "rejected"]
    held = sum(outcome.status == "held" for outcome in outcomes)
    return BulkAnswer(
        group=group, done=len(ids) - len(rejected) - held, held=held,
        not_done=[NotDone(id=each, key=outcome.error, detail=str(refusal_of(outcome))) for each, outcome in rejected],
    )  # fmt: skip
