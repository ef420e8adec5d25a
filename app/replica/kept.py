"""What was done here and what is kept beside the rows, looked at and tidied up."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from sqlalchemy import Connection, Engine

from app.replica import erased, outbox
from app.replica.acts import Act, acts, members
from app.replica.outbox import OutboxEntry
from app.replica.tables import KEPT, load


class Kept:
    """The part of a replica that changes none of its rows; each method is one transaction."""

    engine: Engine

    def entries(self) -> list[OutboxEntry]:
        """What waits and what was rejected."""
        with self._reading() as connection:
            return outbox.entries(connection, cast("int", load(connection, "handed", 0)))

    def acts(self, limit: int, *, is_folded: bool = False) -> list[Act]:
        """What was done on this device, latest first; `is_folded`: a group is one act."""
        with self._reading() as connection:
            return acts(connection, limit, is_folded=is_folded)

    def members(self, group: UUID) -> list[UUID]:
        """The commands of a group that were not refused, latest first."""
        with self._reading() as connection:
            return members(connection, group)

    def count_waiting(self) -> int:
        """How many commands the server has not heard of."""
        with self._reading() as connection:
            return outbox.count_waiting(connection)

    def dismiss(self, command_id: UUID) -> None:
        """The person has read why a command was rejected."""
        with self.engine.begin() as connection:
            outbox.dismiss(connection, command_id)

    def reinstate(self, command_id: UUID) -> None:
        """The person wants to see the rejected command again."""
        with self.engine.begin() as connection:
            outbox.reinstate(connection, command_id)

    def kept(self, key: str) -> bytes | None:
        """What this device keeps for itself under a key: drafts and the like, never sent anywhere."""
        with self._reading() as connection:
            value: bytes | None = load(connection, f"{KEPT}{key}", None)
            return value

    def keep(self, key: str, value: bytes | None) -> None:
        """Keep it; None forgets it."""
        with self.engine.begin() as connection:
            erased.keep(connection, key, value)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
            yield connection
