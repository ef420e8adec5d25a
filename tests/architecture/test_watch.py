"""Nothing goes past the unit of work, no handler awaits or looks at the clock, and no task is started where it can get lost."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import PROGRAMS, modules, parsed

BELOW_THE_WATCH = ("app/kernel/database.py", "app/replica/", "server/database/")  # they carry what was already judged
STARTS_TASKS = "app/kernel/tasks.py"
CLOCKS = frozenset({"time", "asyncio", "app.kernel.clock"})


def attribute_calls(path: Path, name: str) -> Iterator[str]:
    """Where something's method of this name is called, as `path:line: what`."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield f"{path}:{node.lineno}: {ast.unparse(node.func)}"


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by the names it writes."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def handlers() -> list[Path]:
    """The modules with the functions that carry commands out."""
    found = [path for path in modules("app") if path.name == "commands.py"]
    assert len(found) >= 10
    return found


def test_raw_statements_are_sent_only_below_the_watch() -> None:
    others = [path for path in modules(*PROGRAMS) if not str(path).startswith(BELOW_THE_WATCH)]
    assert [found for path in others for found in attribute_calls(path, "exec_driver_sql")] == []


def test_a_handler_never_meets_a_session() -> None:
    assert [str(path) for path in handlers() if any(name.startswith("sqlalchemy") for name in imported(path))] == []


def test_a_handler_never_awaits_and_takes_the_time_from_its_work() -> None:
    awaiting = [str(path) for path in handlers() for node in ast.walk(parsed(path)) if isinstance(node, ast.AsyncFunctionDef)]
    assert awaiting == []
    assert {str(path): names for path in handlers() if (names := imported(path) & CLOCKS)} == {}


def test_tasks_are_started_by_the_task_runner_or_a_task_group() -> None:
    others = [path for path in modules("app", "ui", "server") if str(path) != STARTS_TASKS]
    calls = [found for path in others for found in attribute_calls(path, "create_task")]
    assert [found for found in calls if not found.rpartition(" ")[2].startswith(("group.", "tasks."))] == []
