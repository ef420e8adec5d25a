"""Who may import whom: the contracts hold, and each of them bites."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.tree import PROGRAMS, ROOT, modules


class Breach(NamedTuple):
    """An import that a contract forbids: planted as the whole content of a new module."""

    contract: str
    module: str
    imported: str
    between: str = ""  # a module in between, for what must not be reached by a detour either


BREACHES = (
    Breach("programs", "ui.planted", "server.web"),
    Breach("programs", "server.web.planted", "ui.bridge"),
    Breach("programs", "app.desk.planted", "ui.bridge"),
    Breach("programs", "app.kernel.planted", "server.database"),
    Breach("programs", "softphone.planted", "app.kernel"),
    Breach("softphone", "app.desk.planted", "softphone.engine"),
    Breach("softphone", "app.desk.planted", "softphone.client"),
    Breach("softphone", "ui.shell.planted", "softphone.client"),
    Breach("softphone", "ui.shell.planted", "softphone.recorded"),
    Breach("softphone", "app.sync.planted", "softphone.api"),
    Breach("server_sees", "server.web.planted", "app.desk"),
    Breach("server_sees", "server.sync.planted", "app.replica"),
    Breach("server_sees", "server.inbound.planted", "app.sync"),
    Breach("app_layers", "app.kernel.planted", "app.domain"),
    Breach("app_layers", "app.domain.planted", "app.protocol"),
    Breach("app_layers", "app.protocol.planted", "app.domain"),
    Breach("app_layers", "app.replica.planted", "app.sync"),
    Breach("app_layers", "app.sync.planted", "app.desk"),
    Breach("app_layers", "app.elsewhere", "app.kernel"),
    Breach("server_layers", "server.gateways.planted", "server.database"),
    Breach("server_layers", "server.gateways.planted", "server.features"),
    Breach("server_layers", "server.database.planted", "server.gateways"),
    Breach("server_layers", "server.sync.planted", "server.inbound"),
    Breach("server_layers", "server.features.planted", "server.web"),
    Breach("server_layers", "server.web.planted", "server.jobs"),
    Breach("server_layers", "server.elsewhere", "server.web"),
    Breach("qt", "app.desk.planted", "PySide6.QtCore"),
    Breach("qt", "server.web.planted", "PySide6"),
    Breach("qt", "softphone.engine.planted", "qasync"),
    Breach("pjsua2", "softphone.planted", "pjsua2"),
    Breach("pjsua2", "app.desk.planted", "pjsua2"),
    Breach("aiohttp", "app.sync.planted", "aiohttp"),
    Breach("aiohttp", "ui.planted", "aiohttp.web"),
    Breach("sqlalchemy", "app.desk.planted", "sqlalchemy"),
    Breach("sqlalchemy", "server.web.planted", "sqlalchemy.orm"),
    Breach("sqlalchemy", "ui.features.planted", "sqlalchemy"),
    Breach("gateways", "server.gateways.planted_sms.one", "server.gateways.planted_fax"),
    Breach("views", "ui.features.planted_one.view", "ui.features.planted_two"),
    Breach("nouns", "app.domain.planted_one.rules", "app.domain.planted_two", between="app.domain.planted_two.rules"),
    Breach("viewmodels", "ui.features.planted.viewmodel", "PySide6.QtCore"),
    Breach("viewmodels", "ui.features.planted.viewmodel", "PySide6.QtCore", between="ui.bridge.planted"),
    Breach("rules", "app.domain.planted.rules", "msgspec"),
    Breach("rules", "app.domain.planted.rules", "app.kernel.record"),
    Breach("rules", "app.domain.planted.rules", "app.domain.planted.records"),
)


def lint_imports(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Judges the tree that lies in this folder, with the settings that lie beside it."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo", *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=250)


def write(tree: Path, module: str, text: str = "") -> None:
    """Put a module into the tree, in packages that are made where they are missing."""
    path = tree.joinpath(*module.split(".")).with_suffix(".py")
    for folder in reversed(path.relative_to(tree).parents[:-1]):
        (tree / folder).mkdir(exist_ok=True)
        (tree / folder / "__init__.py").touch()
    path.write_text(text, encoding="utf-8")


def plant(tree: Path, breach: Breach) -> None:
    """Plant the breach, and everything that it names."""
    if breach.imported.partition(".")[0] in PROGRAMS and not tree.joinpath(*breach.imported.split(".")).is_dir():
        write(tree, breach.imported)
    target = breach.imported
    if breach.contract == "nouns":  # a circle needs its way back
        write(tree, breach.between, f"import {breach.module}\n")
        target = breach.between
    elif breach.between:
        write(tree, breach.between, f"import {breach.imported}\n")
        target = breach.between
    write(tree, breach.module, f"import {target}\n")


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    """The code as it is, in a folder of its own."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    contract = [Path("tests/__init__.py"), Path("tests/architecture/__init__.py"), Path("tests/architecture/imports_only.py")]
    for path in [*modules(*PROGRAMS), *contract]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    return tmp_path


def test_every_part_imports_only_what_the_house_allows() -> None:
    answer = lint_imports(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.contract}: {breach.module} -> {breach.imported}")
def test_a_planted_breach_breaks_its_contract(copied_tree: Path, breach: Breach) -> None:
    plant(copied_tree, breach)
    answer = lint_imports(copied_tree, "--contract", breach.contract)
    assert answer.returncode == 1
    assert "0 kept, 1 broken" in answer.stdout, answer.stdout + answer.stderr
    assert any(part in answer.stdout for part in breach.module.split(".") if part.startswith(("planted", "elsewhere")))


def test_every_contract_has_a_planted_breach() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.importlinter]")[2]
    contracts = {line.split('"')[1] for line in settings.splitlines() if line.startswith("id = ")}
    assert contracts == {breach.contract for breach in BREACHES}
