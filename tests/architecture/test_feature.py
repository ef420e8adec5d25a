"""`make feature` lays out a noun that passes every check from the first minute."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.feature import BadName, lay_out
from tests.architecture.nouns import missing_homes
from tests.architecture.tree import ROOT, tracked_files


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    """The project as it is, without what it keeps beside the code."""
    for path in tracked_files():
        if path.suffix in {".py", ".toml"}:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, tmp_path / path)
    return tmp_path


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in the tree."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=250)


def test_the_homes_are_complete_and_pass_the_linter_and_the_type_checker(copied_tree: Path) -> None:
    answer = run(copied_tree, "scripts.feature", "quotes")
    assert answer.returncode == 0, answer.stderr
    assert "app/domain/nouns.py" in answer.stdout
    assert missing_homes(copied_tree, "quotes") == []
    made = [str(path.relative_to(copied_tree)) for path in copied_tree.rglob("quotes/*.py")]
    for check in (["ruff", "check", *made], ["ruff", "format", "--check", *made]):
        result = run(copied_tree, *check)
        assert result.returncode == 0, result.stdout + result.stderr
    modules = [
        argument for path in made for argument in ("-m", path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    ]
    result = run(copied_tree, "mypy", "--follow-imports=skip", *modules)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_noun_that_is_there_is_left_alone(tmp_path: Path) -> None:
    lay_out(tmp_path, "quotes")
    with pytest.raises(BadName, match="there already"):
        lay_out(tmp_path, "quotes")


@pytest.mark.parametrize("name", ["", "Quotes", "quote", "../quotes", "call-flows", "1s"])
def test_a_name_that_is_no_noun_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadName):
        lay_out(tmp_path, name)
    assert list(tmp_path.iterdir()) == []
