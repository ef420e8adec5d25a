"""The databases of a world, in memory: made once, and put back for each world."""

import os
from functools import cache
from typing import Any

from sqlalchemy import Engine

from app.kernel.database import open_sqlite
from app.kernel.record import Base
from app.replica.file import open_file
from server.database.tables import ServerTable

KEY = os.urandom(32)


class Disks:
    """Databases in memory, made once and put back for each world: making them anew costs more than a storm."""

    def __init__(self, desks: int) -> None:
        self.server = open_sqlite()
        Base.metadata.create_all(self.server)
        ServerTable.metadata.create_all(self.server)
        self.desks = [open_file(None, KEY) for _ in range(desks)]
        self._saved: list[Engine] = []

    def save(self) -> None:
        """Remember this state."""
        for engine in (self.server, *self.desks):
            kept = open_sqlite() if engine is self.server else open_file(None, KEY)
            _driver(engine).backup(_driver(kept))
            self._saved.append(kept)

    def restore(self) -> bool:
        """Bring the remembered state back, if there is one."""
        for engine, kept in zip((self.server, *self.desks), self._saved, strict=False):
            _driver(kept).backup(_driver(engine))
        return bool(self._saved)


def _driver(engine: Engine) -> Any:
    return engine.raw_connection().driver_connection


@cache
def disks(desks: int, kinds: frozenset[str]) -> Disks:
    """For as many consoles; other nouns are other tables."""
    return Disks(desks)
