"""Rows as they leave the server in a file: a table for spreadsheets, or JSON line by line; its length is nobody's memory."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import msgspec
from aiohttp import web

Form = Literal["csv", "json"]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet would carry out
NUMBERS = re.compile(r"\+[0-9]+(; \+[0-9]+)*")  # phone numbers begin like a formula and are none
MEDIA_TYPES = {"csv": "text/csv", "json": "application/x-ndjson"}


async def send_file(
    request: web.Request, name: str, form: Form, heads: Iterable[str], pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Answer with a file of this name, piece by piece; a table has its heads in the first line."""
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{MEDIA_TYPES[form]}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.{form}"', "X-Content-Type-Options": "nosniff",
        }
    )  # fmt: skip
    with suppress(ConnectionResetError):  # whoever asked went away
        await response.prepare(request)
        if form == "csv":
            await response.write(table_line(heads))
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    return response


def json_line(row: Any) -> bytes:
    """A row as JSON."""
    return msgspec.json.encode(row) + b"\n"


def table_line(cells: Iterable[Any]) -> bytes:
    """A row of a table, in which nothing is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(_told(cell)) for cell in cells])
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) and not NUMBERS.fullmatch(text) else text


def _told(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case list() | tuple() if all(isinstance(each, str) for each in value):
            return "; ".join(value)
        case bool() | dict() | list() | tuple():
            return msgspec.json.encode(value).decode()
        case _:
            return str(value)
