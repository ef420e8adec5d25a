"""What the library dropped unread: it calls nobody for a message that it cannot parse, it only writes a line."""

import logging
from typing import Any

import pjsua2 as pj
from typing_extensions import override

log = logging.getLogger(__name__)
LEVEL = 2  # the most talkative level that is told to a writer: the lines below are of the first two
SIGNS = ("Dropping ", "Error processing packet")
MOST_TOLD = 50  # lines of the log a start: whoever floods the phone must not flood the disk


class Dropped(pj.LogWriter):  # type: ignore[misc] # pjsua2 has no types
    """Counts messages (pieces of them, where one is longer than the library's buffer); on the library's threads."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @override
    def write(self, entry: Any) -> None:
        try:
            line = str(entry.msg)
            if any(sign in line for sign in SIGNS):
                self.count += 1
                if self.count <= MOST_TOLD:
                    log.warning("a message was dropped: %r", line.splitlines()[0][:200])
        except Exception:  # noqa: BLE001 - nothing may cross into the native caller, which would end the process
            self.count += 1
