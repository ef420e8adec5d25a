"""The OpenAPI 3.1 document, made from the routes, the structs and the commands themselves."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from server.features.route import Route
from server.web.dispatch import JSON, Described, Door
from server.web.problems import MEDIA_TYPE, Problem

REF = "#/components/schemas/{name}"
PROBLEMS = {
    "400": "The request can't be read.", "401": "Not signed in.", "403": "Your roles don't allow this.", "404": "Not here.",
    "408": "The request came too slowly.", "409": "It exists already, or somebody changed it meanwhile.", "413": "Too large.",
    "415": "Another media type is needed.", "416": "No such part.", "422": "A value can't be used.", "429": "Too many attempts.",
    "500": "A bug on the server (`broken`), or the workspace's database can't be read any more (`database_damaged`).",
    "503": "The database, or the store for files, is out of reach; try again in a few seconds.",
    "507": "The server's disk is full; nothing was kept.",
}  # fmt: skip
KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "Send the same key again to be sure that it was done: it is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}  # fmt: skip
SEEN = {
    "name": "If-Match", "in": "header", "required": False,
    "description": "The ETag of the record as you saw it; conflicting changes made since are then noticed.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,17}"$'},
}  # fmt: skip


def document(routes: Sequence[Described], version: str) -> dict[str, Any]:
    """The whole document, ready to be written as JSON."""
    schemas, components = _schemas(routes)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Patchbay", "version": version,
            "description": "Contacts, conversations, calls and tasks. Errors are problem documents (RFC 9457).",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                status: {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}}}
                for status, text in PROBLEMS.items()
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }  # fmt: skip


def _schemas(routes: Iterable[Described]) -> tuple[dict[Any, Any], dict[str, Any]]:
    types = [kind for route in routes for kind in (route.answers, route.body) if kind is not None]
    found, components = msgspec.json.schema_components([*types, Problem], ref_template=REF)
    return {id(kind): schema for kind, schema in zip([*types, Problem], found, strict=True)}, components


def _operation(route: Described, schemas: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.name, "tags": [route.tag], "summary": route.summary, "parameters": _parameters(route),
        "responses": _responses(route, schemas),
    }  # fmt: skip
    if route.body is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schemas[id(route.body)]}}}
    elif isinstance(route, Door) and route.takes != JSON:
        described["requestBody"] = {"required": True, "content": {route.takes: {}}}
    if isinstance(route, Door) and route.is_public:
        described["security"] = []
    return described


def _parameters(route: Described) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        found += [_parameter(field) for field in msgspec.structs.fields(route.query)]
    return found + ([KEY, SEEN] if route.writes else [])


def _parameter(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    schema = msgspec.json.schema(field.type)
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:  # an absent parameter is null
        schema = choices[0]
    default = field.default
    if default is not UNSET and default is not msgspec.NODEFAULT and default is not None:
        schema = {**schema, "default": msgspec.to_builtins(default)}
    return {"name": field.name, "in": "query", "required": field.required, "schema": schema}


def _responses(route: Described, schemas: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if route.answers is None and (isinstance(route, Route) or route.media_type == JSON):
        responses["204"] = {"description": "Done."}
    elif route.answers is None:
        responses["200"] = {"description": route.summary, "content": {"*/*": {}}}
        responses["206"] = {"description": "A part.", "content": {"*/*": {}}}
    else:
        responses[str(route.status)] = {"description": route.summary, "content": {JSON: {"schema": schemas[id(route.answers)]}}}
    if route.writes and route.answers is not None:
        responses["204"] = {"description": "Done; the record is no longer in your sight."}
    for status in _problems(route):
        responses[status] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _problems(route: Described) -> list[str]:
    found = ["400", "401", "403", "404", "422", "500", "503", "507"]
    if route.writes:
        found.append("409")
    if route.method not in {"GET", "DELETE"}:
        found += ["408", "413", "415"]
    if isinstance(route, Door) and (route.is_public or route.body is not None):
        found.append("429")
    if isinstance(route, Door) and route.media_type != JSON:
        found.append("416")
    return found
