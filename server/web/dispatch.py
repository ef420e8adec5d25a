"""From a request to a route's call, and from its answer to a response."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from app.kernel.errors import BadValue
from app.kernel.ids import derived_id, new_id
from server.database.sessions import SignedIn
from server.features.body import whole
from server.features.keys import SESSION, STORES
from server.features.route import Call, Route, Written, written
from server.features.routing import OutOfSight
from server.web.problems import NoSuchPath, Unreadable, WrongMediaType

JSON = "application/json"
LONGEST_KEY = 200
MAX_BODY_BYTES = 4 * 1024 * 1024
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LEAST, MOST = -(1 << 63), (1 << 63) - 1  # what a column holds, and a command on its way to the consoles
Serve = Callable[[web.Request, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A route that needs the request itself: signing in, files. Described like any other."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    serve: Serve
    answers: Any = None
    status: int = 200
    query: type | None = None
    body: type | None = None
    writes: bool = False
    is_public: bool = False
    media_type: str = JSON  # of the answer
    takes: str = JSON  # the media type of the body; "*/*": any, not read here


Described = Route | Door


def handler_of(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for a route of a noun."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = await _read_call(request, route)
        try:
            return respond(await route.run(call), route.status)
        except OutOfSight:
            return web.Response(status=204)

    return handle


def door_handler(door: Door) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What aiohttp calls for a door."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await read_body(request, door.body) if door.body is not None and door.takes == JSON else None
        answer = await door.serve(request, body)
        return answer if isinstance(answer, web.StreamResponse) else respond(answer, door.status)

    return handle


async def _read_call(request: web.Request, route: Route) -> Call:
    session = request[SESSION]
    path = {name: read_id(value, request.path) for name, value in request.match_info.items()}
    asked = read_query(request, route.query) if route.query is not None else None
    if not route.writes:
        return Call(
            store=request.app[STORES].of(session.tenant_id), session=session, path=path, asked=asked, address=request.remote or ""
        )
    return Call(
        store=request.app[STORES].of(session.tenant_id), session=session, path=path, asked=asked,
        body=await read_body(request, route.body) if route.body is not None else None,
        command_id=_read_key(request, session), seen=_read_version(request), address=request.remote or "",
    )  # fmt: skip


def respond(answer: Any, status: int = 200) -> web.Response:
    """The answer as JSON, with its version as ETag where it has one."""
    if answer is None:
        return web.Response(status=204)
    body, version = answer if isinstance(answer, Written) else written(answer)
    headers = {"ETag": f'"{version}"'} if version is not None else None
    return web.Response(status=status, body=body, content_type=JSON, headers=headers)


def read_id(text: str, path: str) -> UUID:
    """An id from the path; what is none names nothing."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NoSuchPath(path=path) from error


def read_query(request: web.Request, kind: type) -> Any:
    """The query parameters as the struct; `BadValue` names the unfit one."""
    if not request.query_string and not any(field.required for field in msgspec.structs.fields(kind)):
        return kind()
    return _checked(_convert(lambda: msgspec.convert(dict(request.query), kind, strict=False)))


async def read_body(request: web.Request, kind: type) -> Any:
    """The JSON body as the struct; `BadValue` names the unfit field."""
    raw = await whole(request, MAX_BODY_BYTES)
    if request.content_type != JSON:
        raise WrongMediaType(wanted=JSON)
    return _checked(_convert(lambda: msgspec.json.decode(raw, type=kind)))


def _convert(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except msgspec.ValidationError as error:
        hint, _, place = str(error).partition(" - at `$")
        raise BadValue(field=place.strip("`.") or "body", value="this", hint=f"{hint}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(reason="it is not JSON.") from error


def _checked(struct: Any) -> Any:
    """The struct, if both databases can hold what is in it."""
    _check("body", struct)
    return struct


def _check(name: str, value: Any) -> None:
    match value:
        case str() if "\x00" in value:
            raise BadValue(field=name, value="this text", hint="It has a NUL character in it.")
        case datetime() if not EARLIEST < value < LATEST:
            raise BadValue(field=name, value=value.isoformat(), hint="Use a time between 1900 and 2200.")
        case int() if not LEAST <= value <= MOST:
            raise BadValue(field=name, value="this number", hint="It is too large.")
    for part, held in _parts(name, value):
        _check(part, held)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What lies in a value, each with the name of the field it belongs to."""
    match value:
        case list() | tuple():
            yield from ((name, each) for each in value)
        case msgspec.Struct():
            yield from ((field, getattr(value, field)) for field in value.__struct_fields__)
        case dict():
            yield from ((name, each) for pair in value.items() for each in pair)


def _read_key(request: web.Request, session: SignedIn) -> UUID:
    """The command's id: the Idempotency-Key itself when it is a UUID, one made from it otherwise."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return new_id()
    if not 0 < len(key) <= LONGEST_KEY:
        raise Unreadable(reason=f"Idempotency-Key has 1 to {LONGEST_KEY} characters.")
    try:
        return UUID(key)
    except ValueError:
        return derived_id(session.tenant_id, session.user_id, "idempotency key", key.encode(errors="replace").decode())


def _read_version(request: web.Request) -> int | None:
    text = request.headers.get("If-Match", "*")
    if text == "*":
        return None
    number = text.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Unreadable(reason="If-Match takes an ETag of the record.")
    return int(number)
