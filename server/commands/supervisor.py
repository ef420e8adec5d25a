"""`serve --workers N`: child processes that share a port, started again when they die, and replaced one after another.

Each worker has a listening socket of its own on the port (SO_REUSEPORT: the kernel spreads connections evenly), which the
supervisor opens and keeps. A connection that comes while a worker is being replaced waits in that socket for the next one.
"""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import TextIO

from app.kernel.errors import PatchbayError
from app.kernel.tasks import TaskRunner
from server.database.place import Place

log = logging.getLogger(__name__)
BACKLOG = 4096  # consoles that come in the same moment; the system may allow fewer
READY = b"Patchbay serves on "
READY_TIMEOUT_S = 180.0  # a machine that is very busy takes a minute
END_TIMEOUT_S = 30.0  # to finish what is under way
SOUND_S = 10.0  # who lived longer was well once, and is started again at once
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


class WorkersNeedPostgresql(PatchbayError):
    """Several processes were asked for on SQLite."""

    key = "workers_need_postgresql"
    text = (
        "SQLite takes one server process: its files have one writer, and nothing tells other processes of a change."
        " Leave --workers out, or move to PostgreSQL (docs/scaling.md)."
    )


class WorkersNeedLinux(PatchbayError):
    """The system cannot spread connections over several sockets of one port."""

    key = "workers_need_linux"
    text = "Several workers on one port need Linux. Run one process a port and a proxy before them."


class DidNotStart(PatchbayError):
    """A worker ended before it served."""

    key = "worker_did_not_start"
    text = "A worker did not start; what it said stands above."


@dataclass(slots=True, kw_only=True)
class Worker:
    """A child process that serves."""

    slot: int
    process: asyncio.subprocess.Process
    started_s: float

    async def is_ready(self) -> bool:
        """Until it serves; false when it ended before that."""
        assert self.process.stdout is not None  # noqa: S101  # it is a pipe
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_TIMEOUT_S):
                while line := await self.process.stdout.readline():
                    if line.startswith(READY):
                        return True
        return False

    async def end(self) -> None:
        """Ask it to finish what is under way; end it when that takes too long."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await self.process.wait()
        except TimeoutError:
            log.warning("worker %d did not end in %.0f s and is killed", self.process.pid, END_TIMEOUT_S)
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


class Supervisor:
    """Runs until SIGTERM or Ctrl+C; SIGHUP replaces the workers one after another."""

    def __init__(self, place: Place, *, host: str, port: int, workers: int) -> None:
        self._place, self._host, self._port, self._count = place, host, port, workers
        self._tasks = TaskRunner()
        self._workers: dict[int, Worker] = {}
        self._sockets: list[socket.socket] = []
        self._ending, self._rolling = asyncio.Event(), asyncio.Lock()

    async def run(self, out: TextIO) -> None:
        """Say the address when all serve; `DidNotStart` when one does not at first."""
        self._sockets = open_sockets(self._host, self._port, self._count)
        try:
            await self._start_all()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._ending.set)
            loop.add_signal_handler(signal.SIGHUP, self._roll_soon)
            host, port = self._sockets[0].getsockname()[:2]
            out.write(f"Patchbay serves on http://{f'[{host}]' if ':' in host else host}:{port} with {self._count} workers\n")
            out.flush()
            await self._ending.wait()
        finally:
            self._ending.set()
            await asyncio.gather(*(worker.end() for worker in self._workers.values()))
            await self._tasks.close()
            for each in self._sockets:
                each.close()

    async def _start_all(self) -> None:
        for slot in range(self._count):
            self._workers[slot] = await self._start(slot)
        ready = await asyncio.gather(*(worker.is_ready() for worker in self._workers.values()))
        if not all(ready):
            raise DidNotStart
        for worker in self._workers.values():
            self._tasks.start(self._keep(worker), name=f"worker {worker.slot}")

    async def _start(self, slot: int) -> Worker:
        """It inherits the slot's socket, and ends when its standard input does: with this process, however that ends."""
        number = self._sockets[slot].fileno()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "serve", "--database", self._place.url, "--folder", str(self._place.folder),
            "--port", "0", "--inherit", str(number),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, pass_fds=(number,), start_new_session=True,
        )  # fmt: skip
        return Worker(slot=slot, process=process, started_s=time.monotonic())

    async def _keep(self, worker: Worker) -> None:
        """Start it again whenever it ends by itself."""
        pause_s = FIRST_PAUSE_S
        while True:
            code = await worker.process.wait()
            if self._ending.is_set() or self._workers[worker.slot] is not worker:
                return
            is_sound = time.monotonic() - worker.started_s > SOUND_S
            pause_s = FIRST_PAUSE_S if is_sound else min(pause_s * 2, LONGEST_PAUSE_S)
            log.error("worker %d ended (%s) and is started again", worker.process.pid, code)
            if not is_sound:
                await asyncio.sleep(pause_s)
            if self._ending.is_set() or self._workers[worker.slot] is not worker:
                return
            worker = self._workers[worker.slot] = await self._start(worker.slot)
            await worker.is_ready()

    def _roll_soon(self) -> None:
        self._tasks.start(self._roll(), name="rolling restart")

    async def _roll(self) -> None:
        async with self._rolling:
            for slot in range(self._count):
                fresh = await self._start(slot)
                if not await fresh.is_ready():
                    log.error("the new worker did not start; the old ones stay")
                    await fresh.end()
                    return
                old, self._workers[slot] = self._workers[slot], fresh
                self._tasks.start(self._keep(fresh), name=f"worker {slot}")
                await old.end()
            log.info("all workers were replaced")


def open_sockets(host: str, port: int, count: int) -> list[socket.socket]:
    """So many listening sockets on one port; the first finds a free one for port 0."""
    if not sys.platform.startswith("linux"):
        raise WorkersNeedLinux
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened: list[socket.socket] = []
    for _ in range(count):
        each = socket.socket(family, socket.SOCK_STREAM)
        opened.append(each)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        each.bind((host, opened[0].getsockname()[1] if len(opened) > 1 else port))
        each.listen(BACKLOG)
        each.set_inheritable(True)
        each.setblocking(False)
    return opened
