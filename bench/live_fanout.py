"""One change, and everybody who sees it hears of it: 1,000 and 5,000 live sockets of one server process."""

import asyncio
import base64
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from app.kernel.ids import new_id
from app.protocol.codec import pack
from app.protocol.cursor import Cursor
from app.protocol.live import Hello, Standing
from app.sync.server import ServerLink
from bench.report import Row, percentile
from bench.served import QUICK, Served, served

COUNTS, QUICK_COUNTS = {1_000: 60, 5_000: 120}, {100: 60}
CHANGES, QUICK_CHANGES = 100, 5
FIRST = 3  # changes after a start: told beside the others, for statements and modules are made then
PAUSE_S, SETTLE_S = 0.3, 2.0


def run(quick: bool) -> list[Row]:
    """The sockets are a process of their own on the same cores, and what they take is part of what is measured."""
    rows: list[Row] = []
    changes = QUICK_CHANGES if quick else CHANGES
    for count, target in (QUICK_COUNTS if quick else COUNTS).items():
        with tempfile.TemporaryDirectory() as folder, served("quick", QUICK, Path(folder)) as server:
            joined_s, all_ms = heard(server, count, FIRST + changes)
        first_ms, took_ms = all_ms[: FIRST * count], all_ms[FIRST * count :]
        said = (
            f"{count:,} sockets, {changes} changes; from sending the change over the API to each socket's frame, client included"
        )
        rows += [
            Row(metric=f"p50_{count}_ms", value=percentile(took_ms, 50), unit="ms", peer=said),
            Row(metric=f"p99_{count}_ms", value=percentile(took_ms, 99), unit="ms", target=f"<= {target}", peer=said),
            Row(
                metric=f"max_first_{count}_ms",
                value=max(first_ms),
                unit="ms",
                peer=f"the first {FIRST} changes after the start; not among the others",
            ),
            Row(
                metric=f"joined_{count}_s", value=joined_s, unit="s", peer="all come back in the same moment; none is turned away"
            ),
        ]
    return rows


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
    """When each change was sent, by the same clock in all processes; another server may have been measured on the same data."""
    sent, run_id = list[float](), new_id().hex
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=30) as client:
        ids = [row["id"] for row in client.get(f"/api/v1/contacts?limit={changes}").raise_for_status().json()["rows"]]
        for number, record_id in enumerate(ids):
            time.sleep(PAUSE_S)
            sent.append(time.perf_counter())
            client.patch(f"/api/v1/contacts/{record_id}", json={"job_title": f"Changed {number}, {run_id}"}).raise_for_status()
        time.sleep(PAUSE_S * 2)
    return sent
