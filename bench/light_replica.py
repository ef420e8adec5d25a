"""A replica that keeps of each row only its number: a thousand consoles on one machine could not write a thousand files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import UUID

from app.kernel.clock import system_now_us
from app.kernel.command import Issued
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Block, Outcome, Page, Push, is_chain
from app.protocol.live import News
from app.protocol.ondemand import Size

Held = dict[tuple[str, bytes], int]


class LightReplica:
    """As much of `ReplicaThread` as the syncer asks for; it answers at once."""

    def __init__(self, device: str, cursor: Cursor, waiting: Sequence[Issued]) -> None:
        self.device = device
        self.rows: Held = {}  # what came since the cursor that it was made with
        self.answers = list[Outcome]()
        self._cursor, self._waiting = cursor, list(waiting)
        self._as_of_us: int | None = None

    def on_queued(self, _listener: Callable[[], None]) -> Callable[[], None]:
        """Nothing is done here while it runs."""
        return lambda: None

    async def cursor(self) -> Cursor:
        """Where it stands."""
        return self._cursor

    async def as_of_us(self) -> int | None:
        """When it was complete."""
        return self._as_of_us

    async def count_waiting(self) -> int:
        """What the server has not heard of."""
        return len(self._waiting)

    async def outgoing(self, limit: int = 50) -> Push:
        """What the server must hear next."""
        return Push(device=self.device, commands=self._waiting[:limit])

    async def settle(self, outcomes: Iterable[Outcome]) -> None:
        """The server's answers."""
        told = list(outcomes)
        answered = {each.command_id for each in told}
        self._waiting = [each for each in self._waiting if each.id not in answered]
        self.answers += told

    async def apply(self, *pages: Page) -> bool:
        """Pages that follow one another."""
        if not is_chain(self._cursor, pages):
            return False
        for page in pages:
            self.rows.update(held_of(page.blocks))
        self._cursor, self._as_of_us = pages[-1].end, pages[-1].server_us
        return True

    async def apply_news(self, news: News) -> bool:
        """What the live socket told."""
        if self._cursor.place is not None or self._cursor.version != news.start:
            return False
        self.rows.update(held_of(news.blocks))
        self._cursor = Cursor(news.end, self._cursor.sight, self._cursor.layout)
        return True

    async def start_over(self) -> None:
        """The server asked for it."""
        raise AssertionError("nobody was away for so long")

    async def size(self) -> Size:
        """Nothing that counts."""
        return Size(kinds={})

    async def measure_skew(self, _sent_us: int, server_us: int, _received_us: int) -> int:
        """One machine has one clock."""
        return 0 * (server_us - system_now_us())


def held_of(blocks: Sequence[Block]) -> Iterator[tuple[tuple[str, bytes], int]]:
    """Which rows these are, and their numbers."""
    for block in blocks:
        key, version = block.columns.index("id"), block.columns.index("version")
        for row in block.rows:
            yield (block.kind, _bytes_of(row[key])), row[version]


def _bytes_of(key: bytes | UUID) -> bytes:
    return key if isinstance(key, bytes) else key.bytes
