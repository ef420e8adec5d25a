"""What a bench writes is exactly what was promised, whatever the figures are."""

import json
import random
from pathlib import Path

import pytest

import bench.__main__
from bench import caller_lookup
from bench.report import Report, Row, percentile, table, this_machine
from tests.demo import fill
from tests.demo.dataset import Sizes

ROWS = [
    Row(metric="p99_ms", value=3.5, unit="ms", target="<= 2", peer="1,000 look-ups"),
    Row(metric="requests_per_s", value=900.0, unit="1/s", target=">= 800"),
    Row(metric="p50_ms", value=1.0, unit="ms"),
]


def test_file_has_the_promised_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def measured(name: str, *, quick: bool) -> Report:
        assert quick
        return Report(bench=name, machine=this_machine(), rows=ROWS)

    monkeypatch.setattr(bench.__main__, "run", measured)
    assert bench.__main__.main(["caller_lookup", "--quick", "--json", str(tmp_path / "told.json")]) == 0
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert set(told) == {"bench", "machine", "rows"}
    assert told["bench"] == "caller_lookup"
    assert set(told["machine"]) == {"cores", "cpu", "memory_mb", "python", "os"}
    assert all(set(row) == {"metric", "value", "unit", "target", "peer"} for row in told["rows"])
    assert told["rows"][0] == {"metric": "p99_ms", "value": 3.5, "unit": "ms", "target": "<= 2", "peer": "1,000 look-ups"}
    assert "MISSED" in capsys.readouterr().out


def test_missed_targets_are_said_and_reached_ones_too() -> None:
    assert [row.is_reached for row in ROWS] == [False, True, None]
    lines = table(Report(bench="some", machine=this_machine(), rows=ROWS)).splitlines()
    assert "MISSED" in lines[1]
    assert "reached" in lines[2]
    assert "reached" not in lines[3]
    assert "MISSED" not in lines[3]


def test_machine_is_told_without_its_name() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_mb > 100
    assert machine.cpu
    assert machine.os


def test_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    random.Random(3).shuffle(values)
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (50.0, 99.0, 100.0)
    assert percentile([4.0], 99) == 4.0


def test_without_a_name_the_benches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.__main__.main([]) == 0
    listed = capsys.readouterr().out
    assert {"api_list", "caller_lookup", "inbox_scroll", "live", "pull"} <= {line.split()[0] for line in listed.splitlines()}


def test_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.__main__.main(["no_such_bench"])
    assert "no_such_bench" in capsys.readouterr().err


def test_small_caller_look_up_runs_and_finds_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(caller_lookup, "QUICK", Sizes(contacts=150, accounts=10, identities=320))
    rows = {row.metric: row for row in caller_lookup.run(quick=True)}
    assert rows["p99_ms"].target == "<= 2"
    assert 0 < rows["p50_ms"].value <= rows["p99_ms"].value <= rows["max_ms"].value
    assert len(list((tmp_path / "kept").glob("*.db"))) == 1
