"""The SIP library: set up, started, and what it can do here."""

from typing import Any, Final

from softphone.engine.accounts import NativeEndpoint
from softphone.engine.dropped import Dropped
from softphone.engine.registration import endpoint_config

PRIORITIES: Final = {"G722": 255, "opus": 254, "PCMA": 200, "PCMU": 190}  # of codecs; the others are not offered
WANTED: Final = "opus"


class Library:
    """One a process. It has no sound device of its own: the null device is the clock of everything."""

    def __init__(self) -> None:
        self.endpoint: Any = NativeEndpoint()
        self.endpoint.libCreate()
        self.dropped = Dropped()
        self.endpoint.libInit(endpoint_config(self.dropped))
        self.endpoint.audDevManager().setNullDev()
        self.endpoint.libStart()
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, PRIORITIES.get(codec.codecId.split("/")[0], 0))

    @property
    def version(self) -> str:
        """As it calls itself."""
        return str(self.endpoint.libVersion().full)

    @property
    def codecs(self) -> list[str]:
        """What is offered."""
        return [codec.codecId for codec in self.endpoint.codecEnum2() if codec.priority]

    @property
    def missing(self) -> list[str]:
        """What it was built without."""
        return [*([] if any(codec.startswith(WANTED) for codec in self.codecs) else ["Opus"]), "DTLS-SRTP"]
