"""The door through which all that is held about a person leaves: a record a line, as far as one may lead it out, written down."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from app.domain.contacts.erasing import everything
from app.domain.contacts.records import Contact
from app.kernel.columns import moment_from_us
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.log import Conflict
from app.kernel.loss import veiled_loss
from app.kernel.reader import Reader
from app.kernel.record import Record
from server.database.trail import Event, write_event
from server.features.keys import SESSION, STORES
from server.web.dispatch import Door, read_id
from server.web.tables import json_line, send_file

READ, EXPORT = "contact:read", "contact:export"
IDS_AT_ONCE = 500


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: about whom, when, how much of each kind follows, and how much is left out as one may not see it."""

    about: UUID
    made_at: datetime
    records: dict[str, int]
    out_of_sight: dict[str, int]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Each other line: a record, with every field that one is shown."""

    kind: str
    record: dict[str, Any]


async def _export(request: web.Request, _body: Any) -> web.StreamResponse:
    session, contact_id = request[SESSION], read_id(request.match_info["id"], request.path)
    store = request.app[STORES].of(session.tenant_id)
    now = moment_from_us(store.now_us())
    lines = await store.read(partial(_lines, contact_id, now), session.user_id)
    event = Event(
        verb="contact.export", actor_id=session.user_id, device=session.device, address=request.remote or "", kind="contact",
        record_id=contact_id,
    )  # fmt: skip
    await store.change(lambda each: write_event(each, store.tenant_id, event, store.now_us()))

    async def pieces() -> AsyncIterator[bytes]:
        for line in lines:
            yield json_line(line)

    return await send_file(request, "person", "json", (), pieces())


def _lines(contact_id: UUID, now: datetime, reader: Reader) -> list[Heading | Line]:
    """In one snapshot."""
    for permission in (READ, EXPORT):
        if not reader.actor.may(permission):
            raise NotAllowed(permission=permission)
    narrowed = replace(reader, actor=reader.actor.exporting("contact"))
    if narrowed.buried(Contact, contact_id) is None:
        raise NotHere(kind=Contact.__tablename__, id=contact_id.hex)
    found = everything(reader, contact_id)
    shown = {kind: _in_sight(narrowed, kind, list(rows)) for kind, rows in found.items()}
    heading = Heading(
        about=contact_id, made_at=now, records={kind.__tablename__: len(ids) for kind, ids in shown.items()},
        out_of_sight={
            kind.__tablename__: len(rows) - len(shown[kind]) for kind, rows in found.items() if len(rows) > len(shown[kind])
        },
    )  # fmt: skip
    return [heading, *(line for kind, rows in found.items() for line in _of_kind(narrowed, kind, rows, shown[kind]))]


def _in_sight(reader: Reader, kind: type[Record], ids: list[UUID]) -> set[UUID]:
    """Those of the records that the actor sees, deleted ones too."""
    seen: set[UUID] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = kind.id.in_(ids[start : start + IDS_AT_ONCE])
        seen |= {row.id for row in reader.all(reader.select(kind, kind.id, even_deleted=True).where(some))}
    return seen


def _of_kind(reader: Reader, kind: type[Record], rows: dict[UUID, Any], shown: set[UUID]) -> Iterator[Line]:
    left_out = reader.actor.hidden(kind.__tablename__) | {"tenant_id"}
    for row in (row for record_id, row in sorted(rows.items()) if record_id in shown):
        told = {name: _plain(value) for name, value in row._mapping.items() if name not in left_out}  # noqa: SLF001  # SQLAlchemy's public name
        yield Line(kind=kind.__tablename__, record=told if kind is not Conflict else _veiled(reader, told))


def _veiled(reader: Reader, conflict: dict[str, Any]) -> dict[str, Any]:
    """What gave way, and what was joined beside it, as far as it is not hidden."""
    return {**conflict, "lost": veiled_loss(conflict["lost"], conflict["field"], reader.actor.hidden(conflict["record_kind"]))}


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else value


DOORS = (
    Door(
        method="GET", path="/export/person/{id}", name="person_export", tag="export",
        summary="All that is held about a person: JSON, a record a line.", serve=_export, media_type="application/x-ndjson",
    ),
)  # fmt: skip
