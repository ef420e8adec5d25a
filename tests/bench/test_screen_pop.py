"""The benches of the whole console, with three calls and one start: what they measure is there and in order."""

from pathlib import Path

import pytest

from bench import cold_start, console_home, screen_pop
from tests.demo import fill
from tests.demo.dataset import Sizes

TINY = Sizes(contacts=150, accounts=10, identities=320, messages=60, open_of_others=30, open_of_maya=3, unassigned=2)


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that is made in no time, and not kept."""
    monkeypatch.setattr(fill, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(console_home, "QUICK", TINY)


def test_each_call_paints_the_card_of_who_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_pop, "QUICK_CALLS", 3)
    monkeypatch.setattr(screen_pop, "WARM_UP", 1)
    rows = {row.metric: row for row in screen_pop.run(quick=True)}
    assert (rows["p50_ms"].target, rows["p99_ms"].target) == ("<= 30", "<= 100")
    assert rows["p50_ms"].peer.startswith("3 calls, server stopped")
    stages = [rows[name].value for name in ("heard_p50_ms", "found_p50_ms", "first_paint_p50_ms", "p50_ms", "p99_ms")]
    assert stages == sorted(stages)
    assert stages[0] > 0


def test_a_start_paints_the_window_before_the_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_start, "QUICK_STARTS", 1)
    rows = {row.metric: row for row in cold_start.run(quick=True)}
    assert [rows[name].target for name in ("painted_ms", "usable_ms", "rss_mb")] == ["<= 400", "<= 1200", "<= 180"]
    assert 0 < rows["painted_ms"].value < rows["usable_ms"].value
    assert 50 < rows["rss_mb"].value < 1_000
