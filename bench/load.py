"""A lean load generator: keep-alive connections that ask again as soon as they are answered (JSON in and out).

Nothing but sockets: a client library would cost more than the server that it measures.
"""

import asyncio
import json
import sys
import time
from typing import Any


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, int]:
    """One request; the status and the size of the answer's body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(b"content-length:")
    size = int(head[at + 15 : head.index(b"\r\n", at)])
    await reader.readexactly(size)
    return int(head[9:12]), size


async def worker(wish: dict[str, Any], place: int, until_s: float, took_ms: list[float]) -> int:
    """One connection; how many answers were no success."""
    reader, writer = await asyncio.open_connection(wish["host"], wish["port"])
    head = f" HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {wish['token']}\r\n\r\n"
    requests = [f"GET {path}{head}".encode() for path in wish["paths"]]
    failed = 0
    while time.perf_counter() < until_s:
        began = time.perf_counter()
        status, _ = await ask(reader, writer, requests[place % len(requests)])
        took_ms.append((time.perf_counter() - began) * 1_000)
        failed += status != 200
        place += 7
    writer.close()
    return failed


async def load(wish: dict[str, Any]) -> dict[str, Any]:
    """All connections for so many seconds."""
    took_ms: list[float] = []
    began = time.perf_counter()
    until_s = began + wish["seconds"]
    failed = await asyncio.gather(*(worker(wish, place, until_s, took_ms) for place in range(wish["connections"])))
    return {"took_ms": took_ms, "seconds": time.perf_counter() - began, "failed": sum(failed)}


if __name__ == "__main__":
    json.dump(asyncio.run(load(json.load(sys.stdin))), sys.stdout)
