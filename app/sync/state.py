"""How things stand with the server, for the interface."""

from typing import Literal

import msgspec

Kind = Literal["offline", "connecting", "catching_up", "live"]


class SyncState(msgspec.Struct, frozen=True, kw_only=True):
    """What the connection indicator shows."""

    kind: Kind = "offline"
    as_of_us: int | None = None  # the server's time at which the replica was known to be complete; nothing before the first time
    done: int = 0  # rows of `total` that came, while catching up
    total: int = 0
    waiting: int = 0  # commands that the server has not heard of
    error: str = ""  # key of the error that keeps it offline, with its values
    values: dict[str, str] = {}
