"""A test that logged an error has failed, even if everything it asked for was right."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT

TESTS = """
import logging
import pytest

log = logging.getLogger("product")

def test_quiet():
    log.warning("careful")

def test_loud():
    log.error("the mailbox %s is gone", "support")

@pytest.mark.expects_errors
def test_provoked(error_log):
    log.error("expected")
    assert error_log == ["product: expected"]

@pytest.mark.soak
def test_long():
    raise AssertionError
"""


def run_pytest(folder: Path, *arguments: str) -> str:
    """Run the tests above, as a project of their own with the conftest of this one."""
    shutil.copyfile(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_sample.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False, timeout=60).stdout


def test_an_unexpected_error_in_the_log_fails_the_test(tmp_path: Path) -> None:
    output = run_pytest(tmp_path)
    assert "3 passed, 1 deselected, 1 error" in output
    assert "product: the mailbox support is gone" in output


def test_storms_run_when_they_are_asked_for(tmp_path: Path) -> None:
    output = run_pytest(tmp_path, "--soak", "-m", "soak")
    assert "1 failed, 3 deselected" in output
