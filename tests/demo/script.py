"""How a scripted shift is played: step by step, each checked, timed and photographed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec

from app.domain.contacts.queries import ContactCard
from app.kernel.errors import PatchbayError
from tests.demo.mail import Mail
from tests.demo.stage import DemoServer
from tests.peers.kamailio import Kamailio
from ui.bootstrap import Program
from ui.console.console import Console

SETTLE_S = 0.25
STEP_S = 100.0


class Caller(Protocol):
    """A customer with a telephone."""

    is_talking: asyncio.Event
    is_over: asyncio.Event

    async def call(self) -> None:
        """Ring the agent."""

    async def hang_up(self) -> None:
        """End the call."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step as the report tells it."""

    name: str
    ok: bool
    ms: int
    checked: str


class StepFailed(AssertionError):
    """A step did not do what it should."""


@dataclass
class Stage:
    """Everything the shift plays on."""

    program: Program
    server: DemoServer
    proxy: Kamailio
    customer: Caller
    mail: Mail | None
    folder: Path
    steps: list[Step] = field(default_factory=list)


class Script:
    """Waiting, photographing and telling; the steps are in `tests.demo.tour`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._console: Console | None = None
        self._luca: ContactCard | None = None
        self._acts: set[UUID] = set()

    @property
    def console(self) -> Console:
        """The console, once somebody is signed in."""
        if self._console is None:
            raise StepFailed("nobody is signed in")
        return self._console

    async def one(self, number: int, name: str, step: Callable[[], Awaitable[str]]) -> bool:
        began = time.monotonic()
        try:
            async with asyncio.timeout(STEP_S):
                checked, is_ok = await step(), True
        except (StepFailed, PatchbayError, TimeoutError) as error:
            checked, is_ok = f"{type(error).__name__}: {error}", False
        ms = round((time.monotonic() - began) * 1000)
        self._stage.steps.append(Step(name=name, ok=is_ok, ms=ms, checked=checked))
        await asyncio.sleep(SETTLE_S)
        window = self._stage.program.window
        window.grab().save(str(self._stage.folder / f"{number:02}-{name.replace(' ', '-').replace(chr(39), '')}.png"))
        return is_ok

    async def _until(self, is_so: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
        end = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > end:
                raise StepFailed(f"{what} not within {timeout_s} s")
            await asyncio.sleep(0.02)

    async def _eventually(self, ask: Callable[[], Awaitable[bool]], what: str) -> None:
        end = time.monotonic() + 60
        while not await ask():
            if time.monotonic() > end:
                raise StepFailed(f"{what} not there")
            await asyncio.sleep(0.05)
