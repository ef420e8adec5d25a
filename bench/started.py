"""A console in a process of its own, and the lines that its stopwatch writes (`bench.start_console`)."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.console_home import surroundings

STEP_TIMEOUT_S = 90.0


@dataclass
class StartedConsole:
    """The console's process."""

    process: asyncio.subprocess.Process

    async def wait(self, what: str, *, timeout_s: float = STEP_TIMEOUT_S, **facts: str) -> dict[str, Any]:
        """The next line that says so."""
        if self.process.stdout is None:
            raise RuntimeError("the console has no output")
        async with asyncio.timeout(timeout_s):
            while line := await self.process.stdout.readline():
                said: dict[str, Any] = json.loads(line)
                if said["what"] == what and facts.items() <= said.items():
                    return said
        raise RuntimeError(f"the console ended and never said {what}")


@asynccontextmanager
async def started_console(home: Path, mode: str) -> AsyncIterator[StartedConsole]:
    """The console over this home, until the block ends."""
    with (home / "console.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.start_console", mode, env=surroundings(home), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
        try:
            yield StartedConsole(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            async with asyncio.timeout(STEP_TIMEOUT_S):
                await process.wait()
