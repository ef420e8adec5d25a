"""50 contacts of 100k over HTTP: 16 keep-alive connections against one server process."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from bench.report import Row, percentile
from bench.served import FULL, QUICK, Served, served

CONNECTIONS = 16
PLACES = 60  # different pages that are asked for, all over the list


def run(quick: bool) -> list[Row]:
    """The load generator is a process of its own on the same cores, and is part of what is measured."""
    sizes = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as folder, served("quick" if quick else "full", sizes, Path(folder)) as server:
        wish = {
            "host": "127.0.0.1", "port": int(server.url.rsplit(":", 1)[1]), "token": server.token, "connections": CONNECTIONS,
            "paths": _paths(server),
        }  # fmt: skip
        load(wish, 2)
        done = load(wish, 4 if quick else 20)
    assert done["failed"] == 0, f"{done['failed']} answers were no success"
    said = f"{sizes.contacts:,} contacts, {CONNECTIONS} connections, {len(done['took_ms']):,} requests, client on the same cores"
    return [
        Row(metric="requests_per_s", value=len(done["took_ms"]) / done["seconds"], unit="1/s", target=">= 800", peer=said),
        Row(metric="p50_ms", value=percentile(done["took_ms"], 50), unit="ms", peer=said),
        Row(metric="p99_ms", value=percentile(done["took_ms"], 99), unit="ms", target="<= 40", peer=said),
    ]


def _paths(server: Served) -> list[str]:
    """The first page, and pages further on."""
    paths, after = ["/api/v1/contacts?limit=50"], ""
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=30) as client:
        for _ in range(PLACES):
            page = client.get(f"/api/v1/contacts?limit=200{after}").raise_for_status().json()
            if not page["next"]:
                break
            after = f"&after={page['next']}"
            paths.append(f"/api/v1/contacts?limit=50{after}")
    return paths


def load(wish: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What `bench.load` measured in a process of its own."""
    told = json.dumps({**wish, "seconds": seconds})
    done = subprocess.run([sys.executable, "-m", "bench.load"], input=told, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
