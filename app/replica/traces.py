"""What has left the tables and may still be found in the file, until that is wiped."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from app.replica.file import Join, wipe
from app.replica.tables import load, save


class Traces:
    """Noted in the transaction in which something leaves: a crash before the wiping is made up for later."""

    def __init__(self, connection: Connection) -> None:
        self.are_left = bool(load(connection, "is_unwiped", default=False))

    def note(self, connection: Connection) -> None:
        """Something leaves the tables."""
        self.are_left = True
        save(connection, "is_unwiped", value=True)

    def wipe(self, engine: Engine, join: Join, *, whatever_size: bool, is_hurried: Callable[[], bool]) -> bool:
        """Leave none; tells whether it was done, or has to wait."""
        if not wipe(engine, join, whatever_size=whatever_size, is_hurried=is_hurried):
            return False
        with engine.begin() as connection:
            save(connection, "is_unwiped", value=False)
        self.are_left = False
        return True
