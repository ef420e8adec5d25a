"""What the phone's process writes to standard error: passed on as it is, but for its libraries' chatter, which is logged.

The SIP library says six lines before it can be told whom to say them to: they begin with the time and the name of its module.
ALSA complains in a dozen lines of every device that a computer without a sound card does not have; the phone says in its own
words when there is no sound.
"""

import asyncio
import logging
import re
import sys
from typing import Final

log = logging.getLogger(__name__)
CHATTER: Final = re.compile(r"ALSA lib \S+:\d+:\(\w+\) |\d\d:\d\d:\d\d\.\d{3} +\S+ +[.!]+\S")
PIECE: Final = 1 << 16  # bytes


async def pass_on(errors: asyncio.StreamReader) -> None:
    """Until the process has closed its end; what never ends a line is passed on in pieces."""
    rest = b""
    while piece := await errors.read(PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            _pass(line + b"\n")
        if len(rest) > PIECE:
            _pass(rest)
            rest = b""
    _pass(rest)


def _pass(line: bytes) -> None:
    text = line.decode(errors="replace")
    if CHATTER.match(text):
        log.debug("%s", text.rstrip())
    else:
        sys.stderr.write(text)
        sys.stderr.flush()
