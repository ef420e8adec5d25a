"""Records that are not on this device, looked at for a moment: in memory, with the same questions as the device's own."""

import os
from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from app.kernel.permissions import Actor
from app.kernel.reader import Reader
from app.protocol.envelopes import Block
from app.replica import rows
from app.replica.file import KEY_BYTES, open_file
from app.replica.tables import prepare

T = TypeVar("T")


class Glimpse:
    """Holds what was given; nothing of it is written anywhere. `close` forgets it. All of it blocks."""

    def __init__(self, tenant_id: UUID, actor: Actor) -> None:
        self._tenant_id, self._actor = tenant_id, actor
        self._engine = open_file(None, os.urandom(KEY_BYTES))
        with self._engine.begin() as connection:
            prepare(connection)

    def give(self, blocks: Iterable[Block]) -> None:
        """Rows as the server sent them."""
        with self._engine.begin() as connection:
            rows.store(connection, blocks)

    def ask(self, question: Callable[[Reader], T]) -> T:
        """As the person whose device it is."""
        with self._engine.connect().execution_options(is_reader=True) as connection, connection.begin():
            return question(Reader(connection, self._tenant_id, self._actor))

    def close(self) -> None:
        """Let it go."""
        self._engine.dispose()
