"""Every command says who may give it and whether it runs offline, and exactly one function carries it out."""

import ast
import importlib
import pkgutil
import re

import pytest

import app.domain
from app.kernel.command import COMMANDS, HANDLERS, Command
from tests.architecture.tree import modules, parsed


def load_commands() -> None:
    """Import the whole domain, so that everything that can be done is registered."""
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        importlib.import_module(module.name)


def written_commands() -> dict[str, ast.ClassDef]:
    """Where each command is written in app: its name on the wire → its class."""
    found = {}
    for path in modules("app"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base).rpartition(".")[2] == "Command" for base in node.bases):
                found[str(said(node).get("name", f"{path}:{node.lineno}"))] = node
    return found


def said(node: ast.ClassDef) -> dict[str, object]:
    """What a command's class line says of it, as far as it is written out."""
    return {word.arg: word.value.value for word in node.keywords if word.arg and isinstance(word.value, ast.Constant)}


load_commands()
WRITTEN = written_commands()


def test_every_command_that_is_registered_is_written_in_app() -> None:
    registered = {name for name, kind in COMMANDS.items() if kind.__module__.startswith("app.")}
    assert registered == set(WRITTEN)
    assert len(registered) >= 10


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_command_says_its_permission_and_whether_it_runs_offline(name: str) -> None:
    words = said(WRITTEN[name])
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", name)
    assert re.fullmatch(r"[a-z_]+:[a-z_]+", str(words.get("permission")))
    assert isinstance(words.get("offline"), bool)


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_command_has_a_sentence_of_what_it_does(name: str) -> None:
    kind = COMMANDS[name]
    assert ast.get_docstring(WRITTEN[name]) or (HANDLERS[kind].__doc__ or "").strip()


def test_every_command_has_one_handler_and_every_handler_a_command() -> None:
    ours: set[type[Command]] = {kind for kind in COMMANDS.values() if kind.__module__.startswith("app.")}
    assert {kind for kind in HANDLERS if kind.__module__.startswith("app.")} == ours
