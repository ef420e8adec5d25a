"""One push until nothing waits, one pull until nothing is new."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from app.kernel.clock import NowUs
from app.kernel.command import Issued
from app.kernel.errors import PatchbayError
from app.kernel.tasks import TaskRunner
from app.protocol.cursor import Cursor, MustResnapshot
from app.protocol.envelopes import Answer, Outcome, Page, Push
from app.protocol.live import News
from app.replica.thread import ReplicaThread
from app.sync.errors import ServerTrouble
from app.sync.server import ServerLink

BATCH = 50
MOST_PUSHED_BYTES = 1 << 20
MOST_TOGETHER = 8  # pages in one transaction: each costs less, and for that long nobody else can write
Progress = Callable[[int, int], None]  # rows that came, of how many


class Coming:
    """The pages of a stream that have come and are not taken yet; when the line breaks, they can be taken all the same."""

    def __init__(self, stream: AsyncGenerator[Page, None]) -> None:
        self._stream, self._pages = stream, list[Page]()
        self._fault: PatchbayError | None = None

    async def read_on(self, *, until: Callable[[], bool]) -> None:
        """At least one more, unless there is none, then as many as come in time and may be written at once."""
        try:
            async for page in self._stream:
                self._pages.append(page)
                if until() or len(self._pages) == MOST_TOGETHER:
                    return
        except PatchbayError as fault:
            self._fault = fault

    def take(self) -> list[Page]:
        """All that have come; raises what broke the line when there are no more."""
        pages, self._pages = self._pages, []
        if not pages and self._fault is not None:
            raise self._fault
        return pages


class Exchange:
    """Moves commands up and rows down; each step is safe to break off and to repeat.

    No rows are taken in while an answer is awaited: they may hold what those commands did. A command that waits would be run
    again over its own effect, would change nothing, and there would be nothing left of it to take back.
    """

    def __init__(self, replica: ReplicaThread, server: ServerLink, now_us: NowUs) -> None:
        self._replica, self._server, self._now_us = replica, server, now_us
        self._pushing = asyncio.Lock()
        self._tasks = TaskRunner()
        self._batch = BATCH
        self._done = self._total = 0  # rows of the pull that is on, also across cuts

    async def push(self) -> None:
        """Everything that waits, in order."""
        async with self._pushing:
            while True:
                push = await self._replica.outgoing(self._batch)
                if not push.commands:
                    return
                answer = await self._send(Push(device=push.device, commands=_together(push.commands)))
                await self._replica.settle(answer.outcomes)

    async def push_one(self, issued: Issued) -> Outcome:
        """A command past the outbox, after what waits in it."""
        await self.push()
        async with self._pushing:
            return (await self._send(Push(device=issued.device, commands=[issued]))).outcomes[0]

    async def take_in(self, news: News) -> bool:
        """Take in what the live socket told; not if it is for another place, or an answer is awaited: then a pull is due."""
        if self._pushing.locked():
            return False
        async with self._pushing:
            return await self._replica.apply_news(news)

    async def pull(self, progress: Progress) -> None:
        """Everything that is new; goes on where a page that did not fit or a broken stream left off."""
        while not await self._pull_once_or_anew(progress):
            pass

    async def _pull_once_or_anew(self, progress: Progress) -> bool:
        try:
            return await self._pull_once(progress)
        except MustResnapshot:
            await self._replica.start_over()
            return False

    async def _pull_once(self, progress: Progress) -> bool:
        cursor = await self._replica.cursor()
        await self._begin_count(cursor)
        async with aclosing(self._server.pages(cursor)) as stream:
            coming = Coming(stream)
            await coming.read_on(until=lambda: True)
            while pages := coming.take():
                # What follows is read and unpacked while these are written, and then written together.
                if not await self._apply(pages, coming):
                    return False  # something else brought the replica on meanwhile
                left = max(page.total for page in pages)  # told with the first page of each stream
                self._total = max(self._total, self._done + left)
                self._done += sum(map(_rows, pages))
                progress(self._done, max(self._done, self._total))
                if pages[-1].end.place is None:
                    return True
        return False

    async def _begin_count(self, cursor: Cursor) -> None:
        """Of a pull that goes on where it was cut what came before counts; of a first download also what an earlier run got."""
        if cursor.place is None:
            self._done = self._total = 0
        elif not self._done and not cursor.place.since:
            self._done = (await self._replica.size()).rows

    async def _apply(self, pages: list[Page], coming: Coming) -> bool:
        is_written = False
        reading = self._tasks.task(coming.read_on(until=lambda: is_written), name="sync-read")
        try:
            async with self._pushing:
                fits = await self._replica.apply(*pages)
            is_written = True
            await reading
        finally:
            reading.cancel()
            await asyncio.wait([reading])
        return fits

    async def _send(self, push: Push) -> Answer:
        sent_us = self._now_us()
        try:
            answer = await self._server.push(push)
        except ServerTrouble:
            self._batch = 1  # one of them may be what it cannot bear: the others need not wait for that one
            raise
        await self._replica.measure_skew(sent_us, answer.server_us, self._now_us())
        self._batch = min(self._batch * 2, BATCH)
        return answer


def _together(commands: list[Issued]) -> list[Issued]:
    """As many as make a request of a reasonable size; at least one."""
    size = 0
    for place, issued in enumerate(commands):
        size += len(issued.body)
        if size > MOST_PUSHED_BYTES and place:
            return commands[:place]
    return commands


def _rows(page: Page) -> int:
    return sum(len(block.rows) for block in page.blocks)
