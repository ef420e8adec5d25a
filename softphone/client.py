"""The console's end of the pipe: starts the phone's process, watches it, and starts it again when it dies."""

import asyncio
import logging
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable
from typing import Any

import msgspec

from softphone.api import (
    Act,
    CallChanged,
    CallRinging,
    Event,
    Hear,
    MeterLevels,
    PhoneBack,
    PhoneError,
    PhoneLost,
    Ping,
    Register,
    Unregister,
    UseSound,
    WatchVoice,
)
from softphone.complaints import pass_on
from softphone.wire import Line, Reply, Request

log = logging.getLogger(__name__)
HEARTBEAT_S = 2.0
ANSWER_S = 10.0
START_S = 60.0  # so long a busy machine may take
CALM_S = 30.0  # a process that lived this long is started again at once
MOST_PAUSE_S = 5.0
LAST_WORDS_S = 2.0  # what a process that has ended wrote is read by then, whoever else holds its pipe
LINE_LIMIT = 1 << 20  # bytes


class SoftphoneProcess:
    """A phone in a child process. What was asked of it last (accounts, devices) is asked again after a restart."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "softphone"]
        self._hearers: list[Hear] = []
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}
        self._last: dict[tuple[type[Any], str], Act] = {}
        self._on: set[int] = set()  # calls
        self._next_id = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._passing: asyncio.Task[None] | None = None  # on to the terminal, what the process complains of
        self._is_closing = False
        self._decoder = msgspec.json.Decoder(Line)

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._process.pid if self._process else None

    def subscribe(self, hear: Hear) -> Callable[[], None]:
        """Hear every event on the event loop until the returned function is called."""
        self._hearers.append(hear)
        return lambda: self._hearers.remove(hear) if hear in self._hearers else None

    async def start(self) -> None:
        """Start the process and keep it alive; `PhoneError` when it does not come up."""
        ready = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.get_running_loop().create_task(self._keep(ready), name="softphone")
        try:
            async with asyncio.timeout(START_S):
                await asyncio.shield(ready)
        except TimeoutError as error:
            raise PhoneError("the phone did not start") from error

    async def close(self) -> None:
        """Let the process hang up and end; end it after that."""
        self._is_closing = True
        process = self._process
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                async with asyncio.timeout(4):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await self._hear_out()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def do(self, act: Act) -> msgspec.Raw:
        """Carry an act out; its answer as JSON. Raises `PhoneError`, but not for what the next start does anyway."""
        match act:
            case Register():
                self._last[Register, act.account.id] = act
            case UseSound() | MeterLevels() | WatchVoice():
                self._last[type(act), ""] = act
            case Unregister():
                self._last.pop((Register, act.account), None)
        if isinstance(act, Register | Unregister | UseSound | MeterLevels) and not self._is_up:
            return msgspec.Raw(b"null")
        return await self._ask(act)

    @property
    def _is_up(self) -> bool:
        return self._process is not None and self._process.stdin is not None and self._process.returncode is None

    async def _ask(self, act: Act) -> msgspec.Raw:
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise PhoneError("the phone is being started again")
        self._next_id += 1
        request = Request(id=self._next_id, act=act)
        answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = answer
        try:
            process.stdin.write(msgspec.json.encode(request) + b"\n")
            await process.stdin.drain()
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except (ConnectionError, TimeoutError) as error:
            raise PhoneError("the phone does not answer") from error
        finally:
            self._waiting.pop(request.id, None)

    # ── keeping it alive ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self, ready: asyncio.Future[None]) -> None:
        pause_s, ended_at = 0.0, 0.0
        while True:
            began = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_LIMIT
            )
            reading = asyncio.get_running_loop().create_task(self._read(self._process))
            self._pass_on(self._process)
            await self._come_up(self._process, ready, ended_at)
            await self._watch(self._process, reading)
            ended_at = time.monotonic()
            if self._is_closing:
                return
            self._tell_lost(self._process.returncode)
            await self._hear_out()
            pause_s = 0.0 if ended_at - began > CALM_S else min(MOST_PAUSE_S, pause_s * 2 + 0.05)
            await asyncio.sleep(pause_s)

    def _pass_on(self, process: asyncio.subprocess.Process) -> None:
        if process.stderr is not None:
            self._passing = asyncio.get_running_loop().create_task(pass_on(process.stderr), name="softphone's complaints")

    async def _hear_out(self) -> None:
        if self._passing is not None:
            _, late = await asyncio.wait([self._passing], timeout=LAST_WORDS_S)
            for task in late:
                task.cancel()

    async def _come_up(self, process: asyncio.subprocess.Process, ready: asyncio.Future[None], ended_at: float) -> None:
        """Ask until it answers; one that never does is left to those who watch it."""
        began = time.monotonic()
        while not await self._is_awake():
            if process.returncode is not None or time.monotonic() - began > START_S:
                return
        for act in list(self._last.values()):
            await self._ask_anew(act)
        if not ready.done():
            ready.set_result(None)
        elif ended_at:
            self._tell(PhoneBack(took_ms=round((time.monotonic() - ended_at) * 1000)))

    async def _is_awake(self) -> bool:
        try:
            await self._ask(Ping())
        except PhoneError as error:
            log.warning("softphone did not come up yet: %s", error)
            return False
        return True

    async def _ask_anew(self, act: Act) -> None:
        """What one account or device can't do keeps none of the others away."""
        try:
            await self._ask(act)
        except PhoneError as error:
            log.warning("%s after a restart: %s", type(act).__name__, error)

    async def _watch(self, process: asyncio.subprocess.Process, reading: asyncio.Task[None]) -> None:
        """Until the process ends, or does not answer a heartbeat and is ended."""
        while not reading.done():
            await asyncio.wait([reading], timeout=HEARTBEAT_S)
            if reading.done():
                break
            try:
                await self._ask(Ping())
            except PhoneError:
                if process.returncode is None and not self._is_closing:
                    log.warning("softphone does not answer; it is ended")
                    process.kill()
        await process.wait()

    def _tell_lost(self, code: int | None) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PhoneError("the phone ended"))
        lost, self._on = sorted(self._on), set()
        reason = f"signal {-code}" if code is not None and code < 0 else f"exit {code}"
        log.warning("softphone ended (%s) with %d calls", reason, len(lost))
        self._tell(PhoneLost(reason=reason, lost_calls=lost))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while line := await process.stdout.readline():
            try:
                heard = self._decoder.decode(line)
            except msgspec.MsgspecError:
                log.warning("softphone said what is no event: %r", line[:200])
                continue
            if isinstance(heard, Reply):
                self._answered(heard)
            else:
                self._note(heard)
                self._tell(heard)

    def _answered(self, reply: Reply) -> None:
        answer = self._waiting.get(reply.id)
        if answer is None or answer.done():
            return
        if reply.error:
            answer.set_exception(PhoneError(reply.error))
        else:
            answer.set_result(reply.value)

    def _note(self, event: Event) -> None:
        match event:
            case CallRinging():
                self._on.add(event.call_id)
            case CallChanged(state="ended"):
                self._on.discard(event.call_id)
            case CallChanged():
                self._on.add(event.call_id)

    def _tell(self, event: Event) -> None:
        for hear in tuple(self._hearers):
            hear(event)
