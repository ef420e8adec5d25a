"""How far a replica is complete; the console carries it without looking inside."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.kernel.errors import BadValue, PatchbayError
from app.kernel.record import KINDS
from app.protocol.sight import MOST, Sight, Version

Stage = Literal["new", "moved", "gained"]
Id = Annotated[bytes, Meta(min_length=16, max_length=16)]


class MustResnapshot(PatchbayError):
    """The cursor is older than what the server still knows of deletions, or not of this server's past: begin anew."""

    key = "must_resnapshot"
    text = "This device was away for too long; everything is downloaded again. What you did meanwhile is kept and will be sent."


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Inside a pull that has not ended: where it will end, and the last row that came."""

    since: Version  # rows with a greater version are new
    version: Version  # the change number that the pull ends at
    sight: Sight
    purge: bool  # what is out of sight must go at the end
    kind: str
    stage: Stage
    after_version: Annotated[int, Meta(ge=-1, le=MOST)]
    after_id: Id
    order: int = 0  # of the kinds, by which it goes on


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Complete up to a change number, as far as one's sight reaches, in this layout of rows."""

    version: Version = 0
    sight: Sight = Sight()
    layout: int = 0
    place: Place | None = None


ENCODER = msgspec.msgpack.Encoder(uuid_format="bytes")


def cursor_to_text(cursor: Cursor) -> str:
    """The cursor as it stands in an address."""
    return urlsafe_b64encode(ENCODER.encode(cursor)).decode().rstrip("=")


def cursor_from_text(text: str) -> Cursor:
    """The opposite; `BadValue` when it is no cursor."""
    try:
        return msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise BadValue(field="cursor", value=text[:40], hint="Leave it out to begin from the start.") from error


def layout_now() -> int:
    """A number that changes whenever a column of any kind does: rows of another layout are fetched again."""
    return _layout(tuple(sorted(KINDS)))


@cache
def _layout(kinds: tuple[str, ...]) -> int:
    told = ";".join(
        f"{kind}:{','.join(f'{column.name} {type(column.type).__name__}' for column in KINDS[kind].__table__.columns)}"
        for kind in kinds
    )
    return zlib.crc32(told.encode())
