"""Process start to the first painted window and to a usable inbox, and what the console holds in memory."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.console_home import FULL, QUICK, make_home, sizes_text, surroundings
from bench.report import Row
from tests.ui.display import screen

STARTS, QUICK_STARTS = 10, 3
START_TIMEOUT_S = 60.0


def run(quick: bool) -> list[Row]:
    """A new process each time; one start before them, so that the files are in the system's memory, is not counted."""
    count = QUICK_STARTS if quick else STARTS
    with tempfile.TemporaryDirectory() as text, screen():
        home = make_home(Path(text), is_quick=quick)
        started = [start(home) for _ in range(count + 1)][1:]
    middle = {name: statistics.median(one[name] for one in started) for name in started[0]}
    said = f"median of {count} starts, load {os.getloadavg()[0]:.1f}; {sizes_text(QUICK if quick else FULL)}"
    return [
        Row(metric="painted_ms", value=middle["painted_ms"], unit="ms", target="<= 400", peer=said),
        Row(metric="usable_ms", value=middle["usable_ms"], unit="ms", target="<= 1200", peer="rows of the inbox painted"),
        Row(metric="rss_mb", value=middle["rss_mb"], unit="MB", target="<= 180", peer="the console, 2 s later"),
        Row(metric="painted_max_ms", value=max(one["painted_ms"] for one in started), unit="ms", peer="the slowest of them"),
        Row(metric="usable_max_ms", value=max(one["usable_ms"] for one in started), unit="ms", peer="the slowest of them"),
        Row(metric="painted_cpu_ms", value=middle["painted_cpu_ms"], unit="ms", peer="the process's own work until then"),
        Row(metric="usable_cpu_ms", value=middle["usable_cpu_ms"], unit="ms", peer="all its threads; without what others took"),
    ]


def start(home: Path) -> dict[str, float]:
    """One start, from the moment before the fork."""
    began_us = time.monotonic_ns() // 1000
    done = subprocess.run(
        [sys.executable, "-m", "bench.start_console", "start"], env=surroundings(home), capture_output=True, text=True,
        timeout=START_TIMEOUT_S, check=False,
    )  # fmt: skip
    told: dict[str, dict[str, Any]] = {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}
    if done.returncode or "settled" not in told:
        raise RuntimeError(f"the console did not start: {done.stdout} {done.stderr[-2_000:]}")
    return {
        "painted_ms": (told["painted"]["at_us"] - began_us) / 1_000,
        "usable_ms": (told["usable"]["at_us"] - began_us) / 1_000, "rss_mb": told["settled"]["rss_mb"],
        "painted_cpu_ms": told["painted"]["cpu_ms"], "usable_cpu_ms": told["usable"]["cpu_ms"],
    }  # fmt: skip
