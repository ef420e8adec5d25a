"""The doors through which records leave the workspace as a file, as far as the right to export them reaches, and written down."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from app.domain.accounts.queries import AccountOut, accounts_out
from app.domain.calls.queries import CallOut, calls_out
from app.domain.contacts.queries import ContactOut, contacts_out
from app.domain.conversations.queries import ConversationOut, conversations_out
from app.kernel.errors import NotAllowed
from app.kernel.keyset import MOST_ROWS
from app.kernel.reader import Reader, Slice
from app.kernel.shown import fields_shown, without_hidden
from server.database.store import TenantStore
from server.database.trail import Event, write_event
from server.features.keys import SESSION, STORES
from server.features.shapes import query_struct
from server.web.dispatch import Door, read_query
from server.web.tables import Form, json_line, send_file, table_line

PAGING = ("after", "limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What leaves: `query` reads a page of it, `permission` is "noun:export"."""

    name: str
    permission: str
    query: Callable[..., Slice]
    row: type[msgspec.Struct]

    @property
    def noun(self) -> str:
        """Whose rights count."""
        return self.permission.partition(":")[0]

    def page(self, wanted: dict[str, Any], after: str | None, reader: Reader) -> tuple[tuple[str, ...], Slice]:
        """Some rows, and what somebody is shown of them; asked anew at each page, for rights may be taken meanwhile."""
        for permission in (f"{self.noun}:read", self.permission):
            if not reader.actor.may(permission):
                raise NotAllowed(permission=permission)
        narrowed = replace(reader, actor=reader.actor.exporting(self.noun))
        found = self.query(narrowed, **wanted, after=after, limit=MOST_ROWS)
        return fields_shown(self.row, reader.actor), replace_rows(found, without_hidden(found.rows, reader.actor))

    def door(self) -> Door:
        """The same filters as the query has, and the form of the file."""
        asked = query_struct(self.query)
        kept = [(each.name, each.type, each.default) for each in msgspec.structs.fields(asked) if each.name not in PAGING]
        query = msgspec.defstruct(
            f"{self.name.title()}Export", [*kept, ("format", Form, "csv")], kw_only=True, frozen=True
        )  # fmt: skip
        return Door(
            method="GET", path=f"/export/{self.name}", name=f"{self.name}_export", tag="export",
            summary=f"{self.name.capitalize()} as a file: CSV, or JSON line by line.", serve=partial(_serve, self, query),
            query=query, media_type="*/*",
        )  # fmt: skip


def replace_rows(page: Slice, rows: list[Any]) -> Slice:
    """The same page with other rows."""
    return msgspec.structs.replace(page, rows=rows)


async def _serve(export: Export, query: type[Any], request: web.Request, _body: Any) -> web.StreamResponse:
    session, asked = request[SESSION], read_query(request, query)
    store = request.app[STORES].of(session.tenant_id)
    wanted = {name: value for name, value in msgspec.structs.asdict(asked).items() if name != "format"}
    heads, first = await store.read(partial(export.page, wanted, None), session.user_id)
    event = Event(
        verb=f"{export.noun}.export", actor_id=session.user_id, device=session.device, address=request.remote or "",
        kind=export.noun, fields={name: value for name, value in msgspec.structs.asdict(asked).items() if value},
    )  # fmt: skip
    await store.change(lambda each: write_event(each, store.tenant_id, event, store.now_us()))
    line = json_line if asked.format == "json" else lambda row: table_line(_cell(row, head) for head in heads)

    async def pieces() -> AsyncIterator[bytes]:
        async for rows in _pages(export, store, session.user_id, wanted, first):
            yield b"".join(map(line, rows))

    return await send_file(request, export.name, asked.format, heads, pieces())


async def _pages(
    export: Export, store: TenantStore, user_id: Any, wanted: dict[str, Any], page: Slice
) -> AsyncIterator[list[Any]]:
    """Page after page by id, each in a transaction of its own: what comes meanwhile stands behind, and nothing twice."""
    yield page.rows
    while page.next is not None:
        _, page = await store.read(partial(export.page, wanted, page.next), user_id)
        yield page.rows


def _cell(row: Any, head: str) -> Any:
    """What was hidden since the first line was written is empty."""
    value = getattr(row, head)
    return None if value is msgspec.UNSET else value


EXPORTS = (
    Export(name="contacts", permission="contact:export", query=contacts_out, row=ContactOut),
    Export(name="accounts", permission="account:export", query=accounts_out, row=AccountOut),
    Export(name="conversations", permission="conversation:export", query=conversations_out, row=ConversationOut),
    Export(name="calls", permission="call:export", query=calls_out, row=CallOut),
)
DOORS = tuple(export.door() for export in EXPORTS)
