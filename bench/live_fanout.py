"""One change, and all who see it hear of it: 1,000 and 5,000 live sockets of one server process, and of two on PostgreSQL."""

import asyncio
import base64
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from app.kernel.ids import new_id
from app.protocol.codec import pack
from app.protocol.cursor import Cursor
from app.protocol.live import Hello, Standing
from app.sync.server import ServerLink
from bench.report import Row, percentile
from bench.served import QUICK, Served, on_postgresql, served, serving

COUNTS, QUICK_COUNTS = {1_000: 60, 5_000: 120}, {100: 60}
CHANGES, QUICK_CHANGES = 100, 5
PROCESSES = 2  # on PostgreSQL; the system spreads the sockets over them
FIRST = 3  # changes after a start: told beside the others, for statements and modules are made then
PAUSE_S, SETTLE_S = 0.3, 2.0


def run(quick: bool) -> list[Row]:
    """The sockets are a process of their own on the same cores, and what they take is part of what is measured."""
    counts, changes = (QUICK_COUNTS, QUICK_CHANGES) if quick else (COUNTS, CHANGES)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for count, target in counts.items():
            with served("quick", QUICK, Path(folder) / f"{count}") as server:
                rows += _rows(server, count, changes, target)
        with on_postgresql(QUICK, Path(folder)) as place:
            for count, target in counts.items():
                with serving(place, Path(folder), workers=PROCESSES) as server:
                    rows += _rows(server, count, changes, target, f"pg{PROCESSES}_")
    return rows


def _rows(server: Served, count: int, changes: int, target: int, mark: str = "") -> list[Row]:
    joined_s, all_ms = heard(server, count, FIRST + changes)
    first_ms, took_ms = all_ms[: FIRST * count], all_ms[FIRST * count :]
    where = f"{PROCESSES} server processes on PostgreSQL, " if mark else ""
    said = f"{where}{count:,} sockets, {changes} changes; from sending the change over the API to each socket's frame"
    first = f"the first {FIRST} changes after the start; not among the others"
    return [
        Row(metric=f"p50_{mark}{count}_ms", value=percentile(took_ms, 50), unit="ms", peer=said),
        Row(metric=f"p99_{mark}{count}_ms", value=percentile(took_ms, 99), unit="ms", target=f"<= {target}", peer=said),
        Row(metric=f"max_first_{mark}{count}_ms", value=max(first_ms), unit="ms", peer=first),
        Row(metric=f"joined_{mark}{count}_s", value=joined_s, unit="s", peer="all come in the same moment; none is turned away"),
    ]


def heard(server: Served, count: int, changes: int) -> tuple[float, list[float]]:
    """The seconds until all sockets stood, and the milliseconds to each socket's frame, change by change."""
    cursor = asyncio.run(_standing(server))
    said = [base64.b64encode(pack(each)).decode() for each in (Hello(cursor=cursor), Standing(cursor=cursor))]
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    wish = {"host": host, "port": int(port), "token": server.token, "said": said, "count": count, "settle_s": SETTLE_S}
    process = subprocess.Popen([sys.executable, "-m", "bench.sockets"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(wish) + "\n")
    process.stdin.flush()
    joined_s = json.loads(process.stdout.readline())["joined_s"]
    sent = _change(server, changes)
    process.stdin.write("done\n")
    process.stdin.flush()
    came: list[list[float]] = json.loads(process.stdout.readline())
    process.wait(30)
    assert {len(each) for each in came} == {changes}, "every socket hears of every change, once"
    return joined_s, [(each[number] - at) * 1_000 for number, at in enumerate(sent) for each in came]


async def _standing(server: Served) -> Cursor:
    link = ServerLink(server.url, server.bring_token, server.bring_token)
    cursor = Cursor()
    try:
        async for page in link.pages(cursor):
            cursor = page.end
    finally:
        await link.close()
    return cursor


def _change(server: Served, changes: int) -> list[float]:
    """When each change was sent, by the same clock in all processes; another server may have been measured on the same data.

    Each request is written before its moment, and goes out by a plain socket, for the same reason as the others are plain.
    """
    sent, run_id = list[float](), new_id().hex
    address = urlsplit(server.url)
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=30) as client:
        ids = [row["id"] for row in client.get(f"/api/v1/contacts?limit={changes}").raise_for_status().json()["rows"]]
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        for number, record_id in enumerate(ids):
            request = _request(server, record_id, {"job_title": f"Changed {number}, {run_id}"})
            time.sleep(PAUSE_S)
            sent.append(time.perf_counter())
            line.sendall(request)
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert (answer.status, bool(answer.read())) == (200, True), answer.status
        time.sleep(PAUSE_S * 2)
    return sent


def _request(server: Served, record_id: str, patch: dict[str, str]) -> bytes:
    body = json.dumps(patch).encode()
    head = {"Host": "bench", "Content-Type": "application/json", "Content-Length": len(body), **server.headers}
    lines = [f"PATCH /api/v1/contacts/{record_id} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
