"""1M conversations in the replica: open the list and scroll 500 steps, on a screen; and the replica's part of it."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.domain.conversations.queries import conversations, count
from app.kernel.reader import Reader, Slice
from bench.caller_lookup import reading
from bench.report import Row, percentile
from tests.demo.dataset import Sizes
from tests.demo.fill import kept_replica
from tests.ui.display import screen

FULL = Sizes(contacts=20_000, accounts=2_000, bare_conversations=1_000_000)
QUICK = Sizes(contacts=500, accounts=50, bare_conversations=10_000)
STEPS, PAGE_ROWS, OPENINGS = 500, 50, 20
PAINT_TIMEOUT_S = 120


def run(quick: bool) -> list[Row]:
    """The list on a screen; and what of it is the replica's part: the first page with the counts, and each further page."""
    sizes, steps = (QUICK, 120) if quick else (FULL, STEPS)
    with tempfile.TemporaryDirectory() as folder:
        path = kept_replica("inbox-quick" if quick else "inbox", sizes, Path(folder))
        with reading(path) as (connection, reader):
            opened_ms = [_open(connection, reader)[0] for _ in range(OPENINGS)]
            pages_ms = _scroll(connection, reader, 100 if quick else STEPS)
        painted = _painted(path, steps)
    said = f"{sizes.bare_conversations:,} conversations, SQLCipher"
    drawn = f"{steps} notches, {painted['rows']:,} rows looked at; {said}"
    return [
        Row(metric="open_ms", value=percentile(painted["opened_ms"], 50), unit="ms", target="<= 100", peer=f"painted; {said}"),
        Row(
            metric="open_first_ms",
            value=painted["first_ms"],
            unit="ms",
            peer="the first time in the process: modules, fonts, icons",
        ),
        Row(metric="frame_p50_ms", value=percentile(painted["frames_ms"], 50), unit="ms", peer=drawn),
        Row(metric="frame_p99_ms", value=percentile(painted["frames_ms"], 99), unit="ms", target="<= 16", peer=drawn),
        Row(metric="frame_late_p99_ms", value=percentile(painted["late_ms"], 99), unit="ms", peer="from when the frame was due"),
        Row(metric="open_data_ms", value=percentile(opened_ms, 50), unit="ms", peer=f"page and counts only; {said}"),
        Row(
            metric="page_p99_ms", value=percentile(pages_ms, 99), unit="ms", peer=f"{len(pages_ms)} pages of {PAGE_ROWS}; {said}"
        ),
    ]


def _painted(path: Path, steps: int) -> dict[str, Any]:
    with screen():
        command = [sys.executable, "-m", "bench.painted_list", str(path), str(steps)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PAINT_TIMEOUT_S, check=False)
    if done.returncode:
        raise RuntimeError(f"the list was not painted: {done.stderr[-2_000:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _open(connection: Connection, reader: Reader) -> tuple[float, Slice]:
    """What the inbox asks for when it opens: the first page, and how many there are in each view."""
    began = time.perf_counter()
    with connection.begin():
        page = conversations(reader, view="all", limit=PAGE_ROWS)
        counts = [count(reader, view=view) for view in ("mine", "unassigned", "all")]
    took_ms = (time.perf_counter() - began) * 1_000
    assert len(page.rows) == PAGE_ROWS
    assert max(counts) == 999
    return took_ms, page


def _scroll(connection: Connection, reader: Reader, steps: int) -> list[float]:
    took_ms: list[float] = []
    after: str | None = None
    for _ in range(steps):
        began = time.perf_counter()
        with connection.begin():
            page = conversations(reader, view="all", after=after, limit=PAGE_ROWS)
        took_ms.append((time.perf_counter() - began) * 1_000)
        after = page.next
        assert after
    return took_ms
