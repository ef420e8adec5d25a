"""One push until nothing waits, one pull until nothing is new."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from app.kernel.clock import NowUs
from app.kernel.command import Issued
from app.protocol.cursor import MustResnapshot
from app.protocol.envelopes import Answer, Outcome, Page, Push
from app.replica.thread import ReplicaThread
from app.sync.errors import ServerTrouble
from app.sync.server import ServerLink

BATCH = 50
MOST_PUSHED_BYTES = 1 << 20
Progress = Callable[[int, int], None]  # rows that came, of how many


class Exchange:
    """Moves commands up and rows down; each step is safe to break off and to repeat."""

    def __init__(self, replica: ReplicaThread, server: ServerLink, now_us: NowUs) -> None:
        self._replica, self._server, self._now_us = replica, server, now_us
        self._pushing = asyncio.Lock()
        self._batch = BATCH

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
        done = total = 0
        async with aclosing(self._server.pages(await self._replica.cursor())) as pages:
            page = await anext(pages, None)
            while page is not None:
                total = max(total, page.total)
                # The next page is read and unpacked while this one is written.
                following, fits = await asyncio.gather(anext(pages, None), self._replica.apply(page))
                if not fits:
                    return False  # something else brought the replica on meanwhile
                done += _rows(page)
                progress(done, max(done, total))
                if page.end.place is None:
                    return True
                page = following
        return False

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
