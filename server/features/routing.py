"""Routes from the domain's queries and commands: most of a noun's API is a line for each."""

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

import msgspec

from app.kernel.command import Command
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.ids import derived_id
from app.kernel.reader import Reader
from app.kernel.record import Record
from app.kernel.shown import without_hidden
from server.database.store import TenantStore
from server.features.route import Call, Route, Run, written
from server.features.shapes import Page, arguments, body_struct, given, new_record, patch_struct, query_struct

Query = Callable[..., Any]
C = TypeVar("C", bound=Command)


def reading(
    path: str,
    query: Query,
    *,
    permission: str,
    of: type | None = None,
    below: type[Record] | None = None,
    name: str | None = None,
    opens: str = "",
) -> Route:
    """Answer with what a query says; `of` is the type of a page's rows. Ids in the path are its positional arguments.

    `below`: the kind of the record that the path names, where the query would just find nothing below one that is not here.
    `opens`: the kind of the record that the path names and that the caller has before them then.
    """
    asked = query_struct(query)

    async def run(call: Call) -> Any:
        wanted = {field: getattr(call.asked, field) for field in call.asked.__struct_fields__}

        def ask(reader: Reader) -> Any:
            _check(reader, permission)
            if below is not None:
                reader.get(below, next(iter(call.path.values())))
            return written(without_hidden(query(reader, *call.path.values(), **wanted), reader.actor))

        answer = await call.store.read(ask, call.session.user_id)
        if opens:
            await call.opened(next(iter(call.path.values())), opens)
        return answer

    answers = Page[of] if of is not None else get_type_hints(query)["return"]  # type: ignore[valid-type]  # a type at run time
    return Route(
        method="GET", path=path, name=name or query.__name__, summary=_summary(query), run=run, answers=answers, query=asked
    )


def creating(path: str, command: type[Command], *, then: Query) -> Route:
    """Make a record and answer with it; its id may be given."""
    own = new_record(command)
    assert own is not None, command  # noqa: S101  # a mistake in a routes module, found at import

    async def run(call: Call) -> Any:
        chosen = given(call.body)
        record_id = chosen.setdefault(own, derived_id(call.command_id, own))
        await call.issue(_command(command, call, chosen))
        return await _show(call, then, record_id)

    bound = _bound(command, path)
    return _write("POST", path, command, run, body=body_struct(command, bound), answers=_answer_of(then), status=201)


def keeping(path: str, command: type[C], *, own_id: Callable[[TenantStore, C], UUID], then: Query) -> Route:
    """Make a record, or add to it, whose id follows from the arguments; answer with it."""

    async def run(call: Call) -> Any:
        built = command(**given(call.body))
        await call.issue(built)
        return await _show(call, then, own_id(call.store, built))

    return _write("POST", path, command, run, body=body_struct(command, ()), answers=_answer_of(then), status=201)


def acting(path: str, command: type[Command], *, then: Query, method: str = "POST") -> Route:
    """Do something to the record that the path names (the workspace when it names none), and answer with it."""

    async def run(call: Call) -> Any:
        chosen = given(call.body)
        record_id = next(iter(call.path.values()), call.store.tenant_id)
        if own := new_record(command):
            chosen.setdefault(own, derived_id(call.command_id, own))
        await call.issue(_command(command, call, chosen), record_id)
        return await _show(call, then, *([record_id] if call.path else []))

    bound = _bound(command, path)
    return _write(method, path, command, run, body=body_struct(command, bound), answers=_answer_of(then))


def patching(path: str, command: type[Command], kind: type[Record], editable: frozenset[str], *, then: Query) -> Route:
    """Change some fields of the record that the path names, and answer with it."""

    async def run(call: Call) -> Any:
        record_id = next(iter(call.path.values()), call.store.tenant_id)
        patch = {field: msgspec.to_builtins(value) for field, value in given(call.body).items()}
        await call.issue(_command(command, call, {"patch": patch}), record_id)
        return await _show(call, then, *call.path.values())

    return _write("PATCH", path, command, run, body=patch_struct(kind, editable), answers=_answer_of(then))


def deleting(path: str, command: type[Command]) -> Route:
    """Carry out a command that needs nothing but the ids in the path, and answer with nothing."""

    async def run(call: Call) -> None:
        await call.issue(_command(command, call, {}), next(iter(call.path.values())))

    return _write("DELETE", path, command, run, status=204)


def _write(method: str, path: str, command: type[Command], run: Run, **more: Any) -> Route:
    name = command.verb.replace(".", "_")
    return Route(method=method, path=path, name=name, summary=_summary(command), run=run, writes=True, **more)


def _bound(command: type[Command], path: str) -> list[str]:
    """The arguments that the path gives: `{id}` is the first one that names a record, the others go by name."""
    places = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    named = {each.name for each in arguments(command)}
    first = next((argument for argument, mark in command.refs if not mark.new), None)
    found = [place if place in named else first for place in places]
    assert None not in found, (command, path)  # noqa: S101  # a mistake in a routes module, found at import
    return [argument for argument in found if argument]


def _command(command: type[Command], call: Call, chosen: dict[str, Any]) -> Command:
    first = next((argument for argument, mark in command.refs if not mark.new), None)
    named = {each.name for each in arguments(command)}
    for place, record_id in call.path.items():
        chosen[place if place in named else str(first)] = record_id
    return command(**chosen)


async def _show(call: Call, query: Query, *ids: UUID) -> Any:
    try:
        return await call.store.read(
            lambda reader: written(without_hidden(query(reader, *ids), reader.actor)), call.session.user_id
        )
    except NotHere as error:  # the command was done, and took the record out of the caller's sight
        raise OutOfSight from error


def _answer_of(query: Query) -> Any:
    return get_type_hints(query)["return"]


def _check(reader: Reader, permission: str) -> None:
    if not reader.actor.may(permission):
        raise NotAllowed(permission=permission)


def _summary(described: Any) -> str:
    return str(described.__doc__).strip().split("\n", maxsplit=1)[0]


class OutOfSight(Exception):
    """Done, and nothing left that the caller may be shown; answered with 204."""
