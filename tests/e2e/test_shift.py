"""An agent's shift from sign-in to coming back on-line: Kamailio, baresip, Dovecot and Postfix, and no display."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAST_STEPS = 12


@pytest.mark.timeout(900)
def test_a_whole_shift_goes_well_with_real_peers(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment["PATCHBAY_TOUR"] = str(tmp_path)
    played = subprocess.run(
        [sys.executable, "-m", "tests.demo", "--baresip"], check=False, cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=800,
    )  # fmt: skip
    steps = json.loads((tmp_path / "report.json").read_text())["steps"]
    failed = [f"{step['name']}: {step['checked']}" for step in steps if not step["ok"]]
    assert (failed, played.returncode) == ([], 0), played.stdout[-3000:] + played.stderr[-3000:]
    assert len(steps) >= LEAST_STEPS
    assert {"mail in", "reply", "call pops", "synced"} <= {step["name"] for step in steps}
    assert len(list(tmp_path.glob("*.png"))) == len(steps)
