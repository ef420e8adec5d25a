"""Tasks that nobody awaits, and work that is done again when it is asked for."""

import asyncio
import logging

import pytest

from app.kernel.tasks import Refresh, TaskRunner


class Slow:
    """Work that waits to be let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()

    async def work(self) -> None:
        """One run."""
        self.begun += 1
        await self.gate.wait()
        if self.begun == 1:
            self.gate.clear()


async def test_all_who_ask_while_it_runs_share_one_more_run() -> None:
    slow, tasks = Slow(), TaskRunner()
    refresh = Refresh(tasks, slow.work, name="slow")
    for _ in range(5):
        refresh.ask()
    await asyncio.sleep(0)
    assert slow.begun == 1
    refresh.ask()
    slow.gate.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert slow.begun == 2
    slow.gate.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert slow.begun == 2
    refresh.ask()
    await asyncio.sleep(0)
    assert slow.begun == 3
    await tasks.close()


@pytest.mark.expects_errors
async def test_who_asked_during_a_run_that_fails_gets_another(caplog: pytest.LogCaptureFixture) -> None:
    tasks, runs = TaskRunner(), list[int]()

    async def work() -> None:
        runs.append(len(runs))
        await asyncio.sleep(0)
        if len(runs) == 1:
            raise ValueError("the first time")

    refresh = Refresh(tasks, work, name="fails once")
    refresh.ask()
    refresh.ask()
    with caplog.at_level(logging.ERROR):
        for _ in range(10):
            await asyncio.sleep(0)
    assert runs == [0, 1]
    assert "fails once" in caplog.text


async def test_nothing_runs_again_once_all_tasks_were_ended() -> None:
    slow, tasks = Slow(), TaskRunner()
    refresh = Refresh(tasks, slow.work, name="slow")
    refresh.ask()
    refresh.ask()
    await asyncio.sleep(0)
    refresh.ask()
    await tasks.close()
    await asyncio.sleep(0)
    assert slow.begun == 1
