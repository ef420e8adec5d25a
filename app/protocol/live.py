"""What is said over the live socket."""

from typing import TypeAlias
from uuid import UUID

import msgspec

from app.protocol.cursor import Cursor
from app.protocol.envelopes import Block
from app.protocol.version import LOWEST_COMPATIBLE, PROTOCOL


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """A console's first word: what it speaks and where its replica stands."""

    cursor: Cursor
    protocol: int = PROTOCOL


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome"):
    """The server's answer to it."""

    server_us: int
    protocol: int = PROTOCOL
    lowest: int = LOWEST_COMPATIBLE


class Standing(msgspec.Struct, frozen=True, kw_only=True, tag="standing"):
    """A console has pulled and stands here now."""

    cursor: Cursor


class News(msgspec.Struct, frozen=True, kw_only=True, tag="news"):
    """The change itself, for a console that stands at its start; the same bytes for all who see the same of it."""

    start: int
    end: int
    server_us: int
    blocks: list[Block]


class Poke(msgspec.Struct, frozen=True, kw_only=True, tag="poke"):
    """There is something to pull."""

    version: int


class Presence(msgspec.Struct, frozen=True, kw_only=True, tag="presence"):
    """What somebody is doing (typing, viewing, nothing: ""), and how long ago they said so; never stored as a fact."""

    doing: str
    about: UUID | None = None  # the record it is about
    user_id: UUID | None = None  # the server fills it in
    age_ms: int = 0


FromConsole: TypeAlias = Hello | Standing | Presence
FromServer: TypeAlias = Welcome | News | Poke | Presence
