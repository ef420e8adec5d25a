"""The aiohttp application: routes, who calls, errors."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from server.database.store import Stores
from server.features.keys import SESSION, STORES
from server.features.route import Route
from server.web import audit_export, codes, dead_letters, devices, exports, files, monitor, openings, person_export, sign_in
from server.web.dispatch import Described, Door, door_handler, handler_of
from server.web.gate import Gate
from server.web.openapi import document
from server.web.patience import PATIENCE, Patience, patient
from server.web.problems import NotSignedIn, note_begun, problems
from server.web.reference import page
from server.web.sign_in import GATE

VERSION = "0.1.0"
PREFIX = "/api/v1"
DOORS: tuple[Door, ...] = (
    *audit_export.DOORS, *exports.DOORS, *person_export.DOORS, *sign_in.DOORS, *codes.DOORS, *devices.DOORS, *files.DOORS,
    *dead_letters.DOORS, *monitor.DOORS, *openings.DOORS,
)  # fmt: skip
PUBLIC = frozenset({
    *(PREFIX + door.path for door in DOORS if door.is_public), f"{PREFIX}/openapi.json", f"{PREFIX}/reference", "/health",
})  # fmt: skip


@web.middleware
async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every path but the public ones, and those where nothing is, needs an access token."""
    if request.path in PUBLIC or request.match_info.http_exception is not None:
        return await handler(request)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn
    request[SESSION] = await request.app[GATE].who(token)
    return await handler(request)


def make_application(stores: Stores, gate: Gate, routes: Iterable[Route]) -> web.Application:
    """The application over these stores; `routes` are those of the nouns."""
    described: list[Described] = [*DOORS, *routes]
    application = web.Application(middlewares=[patient, problems, signed_in])
    application.on_response_prepare.append(note_begun)
    application[STORES], application[GATE], application[PATIENCE] = stores, gate, Patience()
    for route in described:
        handler = door_handler(route) if not isinstance(route, Route) else handler_of(route)
        application.router.add_route(route.method, PREFIX + route.path, handler)
    _add_documents(application, described)
    return application


def _add_documents(application: web.Application, described: Sequence[Described]) -> None:
    written: dict[str, Any] = document(described, VERSION)
    as_json, as_html = msgspec.json.encode(written), page(written)

    async def openapi(_request: web.Request) -> web.Response:
        return web.Response(body=as_json, content_type="application/json")

    async def reference(_request: web.Request) -> web.Response:
        return web.Response(text=as_html, content_type="text/html")

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    application.router.add_get(f"{PREFIX}/openapi.json", openapi)
    application.router.add_get(f"{PREFIX}/reference", reference)
    application.router.add_get("/health", health)
