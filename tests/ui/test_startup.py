"""What the console imports before its first window is painted: Qt, and nothing that takes long."""

import os
import subprocess
import sys

import pytest

from tests.ui.display import screen

PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication
application = QApplication(sys.argv[:1])
import ui.__main__
from ui.bootstrap import Program, first_window
window = first_window()
assert window.isVisible()
print("\\n".join(sorted(sys.modules)))
"""
LATER = (
    "sqlalchemy", "sqlcipher3", "httpx", "keyring", "msgspec", "websockets", "phonenumbers", "cryptography", "nh3",
    "app.bootstrap", "app.domain", "app.replica", "app.sync", "softphone.client", "ui.console", "ui.features",
)  # fmt: skip


@pytest.fixture(scope="module")
def imported() -> frozenset[str]:
    """The modules of a process that has just painted its first window."""
    with screen():
        surroundings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=250, check=True, env=surroundings
        )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("module", LATER)
def test_first_window_is_painted_before_the_rest_is_imported(imported: frozenset[str], module: str) -> None:
    found = sorted(name for name in imported if name == module or name.startswith(f"{module}."))
    assert not found, f"imported before the first window: {found}"


def test_the_window_itself_was_imported(imported: frozenset[str]) -> None:
    assert {"PySide6.QtWidgets", "ui.bootstrap", "ui.shell.main_window"} <= imported


def test_no_import_hook_reads_the_source_of_every_module() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import ui, PySide6.QtWidgets, linecache, json.tool\nprint(len(linecache.cache))"],
        capture_output=True, text=True, timeout=250, check=True,
    )  # fmt: skip
    with_hook = subprocess.run(
        [sys.executable, "-c", "import PySide6.QtWidgets, linecache, json.tool\nprint(len(linecache.cache))"],
        capture_output=True, text=True, timeout=250, check=True,
    )  # fmt: skip
    assert int(done.stdout) < int(with_hook.stdout)


def test_a_core_needs_no_http_library() -> None:
    unwanted = ("httpx", "sqlalchemy.dialects.postgresql")
    program = f"import ui, sys, app.bootstrap, ui.console.console\nprint(*(name in sys.modules for name in {unwanted}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=250, check=True)
    assert done.stdout.split() == ["False", "False"]
