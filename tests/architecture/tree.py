"""The checkout as files: what is tracked, and the code of each part."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE = frozenset({
    ".venv", "build", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache",
})  # fmt: skip
PROGRAMS = ("app", "ui", "server", "softphone")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that the project consists of, new ones included, relative to the root."""
    if not (ROOT / ".git").exists():  # an unpacked archive holds what is tracked and what was made beside it
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return tuple(sorted(path for path in paths if not MADE & set(path.parts)))
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(Path(name) for name in sorted(filter(None, listed.split("\0"))) if (ROOT / name).is_file())


def modules(*parts: str) -> Iterator[Path]:
    """The Python files below these folders, relative to the root."""
    return (path for path in tracked_files() if path.suffix == ".py" and path.parts[0] in parts)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file of the checkout."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))
