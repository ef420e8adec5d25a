"""`python -m bench` lists the benches; `python -m bench NAME [--quick] [--json FILE]` runs one, `all` runs them all."""

import argparse
import importlib
import os
import sys
from pathlib import Path

import msgspec

from bench.report import Report, Row, table, this_machine

BENCHES = {
    "api_list": "50 contacts of 100k over HTTP, 16 connections",
    "audit_cost": "commands with and without audit, history and change feed",
    "catch_up": "45 minutes away: 500 changes, from reconnecting to the last row in the replica",
    "caller_lookup": "a number in any form to its contact, 500k identities, encrypted",
    "cold_start": "process start to the first painted window and to a usable inbox",
    "inbox_scroll": "1M conversations in the replica: open the list, scroll 500 steps",
    "homecoming": "1,000 consoles come back at once: each pushes, pulls and stays",
    "live": "a commit on the server to the painted row in another console",
    "live_fanout": "one change to 1,000 and 5,000 sockets of one server process, and of two on PostgreSQL",
    "pull": "first download of 100k contacts, one changed row, and PouchDB beside it",
    "scale": "PostgreSQL with one and with two server processes: lists and pushes",
    "search": "1M messages in the replica: rare, broad, begun and misspelt words",
    "push": "10,000 commands from an outbox, on SQLite and on PostgreSQL",
    "recording": "a recorded minute with a hold: whether both channels keep together, and what it costs",
    "scope_change": "gain and lose a team of 20k contacts",
    "screen_pop": "a call's INVITE to the painted card, server stopped",
}


def names() -> list[str]:
    """The benches that are written."""
    here = Path(__file__).parent
    return [name for name in BENCHES if (here / f"{name}.py").exists()]


def run(name: str, *, quick: bool) -> Report:
    """Measure one promise."""
    rows: list[Row] = importlib.import_module(f"bench.{name}").run(quick)
    return Report(bench=name, machine=this_machine(), rows=rows)


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*names(), "all"], help="which; without it they are listed")
    parser.add_argument("--quick", action="store_true", help="fewer rows and steps, at most 30 s: to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    chosen = parser.parse_args(arguments)
    if chosen.name is None:
        sys.stdout.write("".join(f"{name:<14} {BENCHES[name]}\n" for name in names()))
        return 0
    reports = [run(name, quick=chosen.quick) for name in (names() if chosen.name == "all" else [chosen.name])]
    for report in reports:
        sys.stdout.write(table(report) + "\n")
    sys.stdout.write(f"load of the machine at the end: {os.getloadavg()[0]:.1f}\n")
    if chosen.json:
        told = reports if chosen.name == "all" else reports[0]
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
