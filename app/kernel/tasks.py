"""The one way to start a coroutine without awaiting it: no task is lost, and none fails in silence."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)


class TaskRunner:
    """Keeps every task that it started until the task ends, logs those that fail, and ends them all on `close`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], *, name: str | None = None) -> None:
        """Run the coroutine beside the caller; must be called with the event loop running."""
        _ = self.task(work, name=name)

    def task(self, work: Coroutine[Any, Any, Any], *, name: str | None = None) -> asyncio.Task[Any]:
        """The same, for who wants to wait for its end or cancel it."""
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed", task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Refresh:
    """Work that is done again whenever it is asked for: one run at a time, and once more for all who asked meanwhile."""

    def __init__(self, tasks: TaskRunner, work: Callable[[], Coroutine[Any, Any, Any]], *, name: str) -> None:
        self._tasks, self._work, self._name = tasks, work, name
        self._is_running = self._is_wanted = False

    def ask(self) -> None:
        """Begin, or go on when the run that is on has ended; must be called with the event loop running."""
        if self._is_running:
            self._is_wanted = True
        else:
            self._is_running = True
            self._tasks.start(self._run(), name=self._name)

    async def _run(self) -> None:
        try:
            await self._work()
        except asyncio.CancelledError:
            self._is_wanted = False
            raise
        finally:
            self._is_running = False
            if self._is_wanted:
                self._is_wanted = False
                self.ask()
