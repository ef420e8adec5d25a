"""What older programs said, in today's words: a laptop that slept for weeks can push its outbox.

Whoever renames a command or changes its arguments raises `PROTOCOL` by one and registers here how the old body becomes the
new one. A command goes through every step from the version that it was spoken in, so each converter knows one change only,
stays as it was written, and is dropped when `LOWEST_COMPATIBLE` passes it.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from app.kernel.command import Issued
from app.kernel.errors import Refused
from app.protocol.version import LOWEST_COMPATIBLE, PROTOCOL

Body = dict[str, Any]
Converter = Callable[[Body], tuple[str, Body]]  # the old arguments → the new name and arguments

CONVERTERS: dict[tuple[int, str], Converter] = {}


def converts(name: str, *, since: int) -> Callable[[Converter], Converter]:
    """Registers what a command of this name, spoken before protocol `since`, has become with it."""

    def register(converter: Converter) -> Converter:
        if (since, name) in CONVERTERS:
            raise TypeError(f"{name} has two converters to protocol {since}")
        CONVERTERS[since, name] = converter
        return converter

    return register


def in_todays_words(issued: Issued, today: int = PROTOCOL) -> Issued:
    """The command as this program knows it; itself when nothing about it has changed, or when nobody can read it."""
    if issued.spoken >= today:
        return issued
    name, body = issued.name, issued.body
    try:
        for step in range(max(issued.spoken, LOWEST_COMPATIBLE) + 1, today + 1):
            converter = CONVERTERS.get((step, name))
            if converter is not None:
                name, told = converter(msgspec.msgpack.decode(body, type=Body))
                body = msgspec.Raw(msgspec.msgpack.encode(told))
    except (msgspec.MsgspecError, Refused, LookupError, TypeError, ValueError):
        return issued  # whoever carries it out says what is wrong with it, and holds up nothing else
    return msgspec.structs.replace(issued, name=name, body=body, spoken=today)
