"""What a bench says: rows of one figure each, and on which machine they were measured."""

import math
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `target` says what was promised ("<= 2"), `peer` what it was measured against or under which conditions."""

    metric: str
    value: float
    unit: str
    target: str = ""
    peer: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the promise was kept; nothing when there is none."""
        if not self.target:
            return None
        sign, _, bound = self.target.partition(" ")
        return self.value <= float(bound) if sign == "<=" else self.value >= float(bound)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    cores: int
    cpu: str
    memory_mb: int
    python: str
    os: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is written to the file."""

    bench: str
    machine: Machine
    rows: list[Row]


def this_machine() -> Machine:
    """This machine, without its name."""
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        cpu=_said("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        memory_mb=int((_said("/proc/meminfo", "MemTotal") or "0").split()[0]) // 1024, python=platform.python_version(),
        os=_said("/etc/os-release", "PRETTY_NAME", "=").strip('"') or platform.platform(terse=True),
    )  # fmt: skip


def _said(path: str, key: str, sign: str = ":") -> str:
    file = Path(path)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return next((line.partition(sign)[2].strip() for line in lines if line.startswith(key)), "")


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: a value that was really measured."""
    ordered = sorted(values)
    return ordered[max(math.ceil(percent / 100 * len(ordered)) - 1, 0)]


def table(report: Report) -> str:
    """The rows for a person to read."""
    lines = [f"{report.bench} · {report.machine.cores} cores · {report.machine.cpu} · Python {report.machine.python}"]
    for row in report.rows:
        kept = {None: "", True: "reached", False: "MISSED"}[row.is_reached]
        lines.append(f"  {row.metric:<22} {row.value:>12,.2f} {row.unit:<8} {row.target:<10} {kept:<8} {row.peer}".rstrip())
    return "\n".join(lines)
