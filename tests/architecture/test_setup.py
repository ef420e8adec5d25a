"""The set-up says in plain words what is missing, and the demo goes on without what it can do without."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LIST = ROOT / "requirements" / "debian.txt"


class Machine:
    """A copy of the set-up on a pretended machine: an ordinary user, some Debian packages, no fitting Python."""

    def __init__(self, folder: Path, *, without: set[str]) -> None:
        self._checkout, self._programs = folder / "checkout", folder / "programs"
        for name in ("scripts/setup", "requirements/debian.txt", "requirements/lock.txt"):
            (self._checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self._checkout / name)
        self._programs.mkdir()
        self._pretend("id", "echo 1000")
        self._pretend("dpkg-query", "\n".join(f"echo {name} installed" for name in sorted(packages() - without)))
        for python in ("python3", "python3.11", "python3.12"):
            self._pretend(python, "exit 1")

    def _pretend(self, name: str, script: str) -> None:
        (self._programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (self._programs / name).chmod(0o755)

    def set_up(self, purpose: str) -> tuple[int, str]:
        """The exit code and what was said."""
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        command = [str(self._checkout / "scripts" / "setup"), purpose]
        answer = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False, timeout=250)
        return answer.returncode, answer.stderr


def packages() -> set[str]:
    """Everything in the list."""
    return set(re.findall(r"^([a-z0-9][a-z0-9.+-]+)\s+# ", LIST.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_line_of_the_list_names_a_package_its_group_and_its_use() -> None:
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+ +# (?:base|mail|tests): .+", line)] == []
    assert len(packages()) == len(lines)


@pytest.mark.parametrize("purpose", ["test", "demo"])
def test_what_both_commands_need_is_named_to_who_may_not_install_it(tmp_path: Path, purpose: str) -> None:
    code, said = Machine(tmp_path, without={"kamailio", "xvfb"}).set_up(purpose)
    assert code == 1
    assert "apt-get install --no-install-recommends kamailio xvfb" in said


def test_the_tests_do_not_run_without_the_mail_servers(tmp_path: Path) -> None:
    code, said = Machine(tmp_path, without={"postfix"}).set_up("test")
    assert code == 1
    assert "missing Debian packages: postfix" in said


def test_the_demo_goes_on_without_the_mail_servers(tmp_path: Path) -> None:
    _, said = Machine(tmp_path, without={"postfix", "dovecot-imapd"}).set_up("demo")
    assert "going on without: dovecot-imapd postfix" in said
    assert "Python 3.11 or 3.12 is needed" in said  # the step after the packages


def test_a_machine_without_a_fitting_python_is_told_what_to_install(tmp_path: Path) -> None:
    code, said = Machine(tmp_path, without=set()).set_up("test")
    assert code == 1
    assert "Python 3.11 or 3.12 is needed (Debian: python3 and python3-venv)" in said
