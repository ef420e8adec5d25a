"""The bare floor under a pull: the same rows through aiohttp, msgpack and zstd from one SQLite file into another.

No sign-in, no sight, no versions, no commands to rebase, no encryption, no index. `python -m bench.floor FILE` serves the rows.
"""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from app.domain.nouns import NOUNS
from app.kernel.record import KINDS
from app.protocol.codec import Frames, framed, pack, unpack

CHUNK_ROWS = 2_000
TIMEOUT_S = 600.0
assert NOUNS  # their import is what makes every kind known


def measure(source: Path, folder: Path) -> float:
    """Rows a second from the tenant's file into an empty one."""
    process = subprocess.Popen([sys.executable, "-m", "bench.floor", str(source)], stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the floor has no output")
        return _download(process.stdout.readline().strip(), folder / "floor.db")
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


def _download(url: str, path: Path) -> float:
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=NORMAL")
        made, rows_come, began = set[str](), 0, time.perf_counter()
        for kind, rows in _pages(url):
            if kind not in made:
                made.add(kind)
                file.execute(f'CREATE TABLE "{kind}" ({", ".join(f"c{number}" for number in range(len(rows[0])))})')
            file.executemany(f'INSERT INTO "{kind}" VALUES ({", ".join("?" * len(rows[0]))})', rows)  # noqa: S608  # own names
            file.commit()
            rows_come += len(rows)
        return rows_come / (time.perf_counter() - began)


def _pages(url: str) -> Iterator[tuple[str, list[Any]]]:
    frames = Frames()
    with httpx.stream("GET", url, headers={"Accept-Encoding": "identity"}, timeout=TIMEOUT_S) as answer:
        for piece in answer.iter_raw():
            for frame in frames.feed(piece):
                yield unpack(frame, tuple[str, list[Any]])


def serve(source: str) -> None:
    """Until it is ended."""

    async def rows(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        file = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        for kind in sorted(KINDS):
            found = file.execute(f'SELECT * FROM "{kind}"')  # noqa: S608  # a table's own name
            while chunk := found.fetchmany(CHUNK_ROWS):
                await answer.write(framed(pack((kind, chunk))))
        file.close()
        await answer.write_eof()
        return answer

    async def run() -> None:
        application = web.Application()
        application.router.add_get("/", rows)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    asyncio.run(run())


if __name__ == "__main__":
    serve(sys.argv[1])
