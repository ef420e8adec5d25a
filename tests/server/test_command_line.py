"""What an administrator types."""

import io
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import psycopg
import pytest

from server.commands.line import main
from tests.server.world import PASSWORD

ROOT = Path(__file__).parents[2]
HOSTS = ("--imap-host", "127.0.0.1", "--imap-user", "support", "--smtp-host", "127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Run(Protocol):
    """Types words, and lines when asked."""

    def __call__(self, *words: str, typed: str = "") -> Done:
        """Until the command has ended."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """In this process, as a process for each would take seconds."""

    def run_here(*words: str, typed: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(words)
        said = capsys.readouterr()
        return Done(returncode=code, stdout=said.out, stderr=said.err)

    return run_here


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The words that name an empty place."""
    if request.param == "sqlite":
        yield ("--database", f"sqlite:///{tmp_path}/patchbay.db")
        return
    url: str = request.getfixturevalue("postgresql_url")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute('CREATE DATABASE "typed"')
    yield ("--database", f"{url.rpartition('/')[0]}/typed", "--folder", str(tmp_path / "patchbay.d"))


def test_from_nothing_to_a_person_signed_in(run: Run, where: tuple[str, ...], tmp_path: Path) -> None:
    made = run("init", *where, "--tenant", "Acme Ltd", "--admin", "ana@acme.example", typed=f"{PASSWORD}\n")
    assert (made.returncode, made.stdout) == (0, "Workspace acme-ltd is ready; ana@acme.example can sign in.\n"), made.stderr
    ben = ("--email", "ben@acme.example", "--name", "Ben")
    assert run("user", "add", *where, "--workspace", "acme-ltd", *ben, typed=f"{PASSWORD}\n").returncode == 0
    with socket.socket() as mail:
        mail.bind(("127.0.0.1", 0))
        mail.listen()
        ports = ("--imap-port", str(mail.getsockname()[1]), "--smtp-port", str(mail.getsockname()[1]))
        inbox = ("--workspace", "acme-ltd", "--key", "support", "--name", "Support", "--address", "support@acme.example")
        assert run("inbox", "add", *where, *inbox, *HOSTS, *ports, typed="mail secret\n").returncode == 0
        healthy = run("doctor", *where)
        assert (healthy.returncode, "WRONG" in healthy.stdout) == (0, False), healthy.stdout
        assert "Support: the IMAP server" in healthy.stdout
    serving = [sys.executable, "-m", "server", "serve", *where, "--port", "0"]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        for email in ("ana@acme.example", "ben@acme.example"):
            body = {"workspace": "acme-ltd", "email": email, "password": PASSWORD, "device": "d"}
            assert httpx.post(f"{address}/api/v1/sign-in", json=body, timeout=30).status_code == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
    ill = run("doctor", *where)  # the mail server is gone
    assert (ill.returncode, "cannot be reached" in ill.stdout) == (1, True)
    (tmp_path / "patchbay.d" / "secret.key").chmod(0o644)
    assert "chmod 600" in run("doctor", *where).stdout


def test_what_cannot_be_done_is_said_in_one_plain_line(run: Run, tmp_path: Path) -> None:
    where = ("--database", f"sqlite:///{tmp_path}/patchbay.db")
    cases = [
        (run("init", "--database", "mysql://x", "--tenant", "A", "--admin", "a@b.example", typed=PASSWORD), "is not a database"),
        (run("init", *where, "--tenant", "A", "--admin", "a@b.example", typed="short\n"), "From 10 to 200 characters"),
        (run("init", *where, "--tenant", "A", "--admin", "nobody", typed=PASSWORD), "Write an address"),
        (run("init", *where, "--tenant", "!!", "--admin", "a@b.example", typed=PASSWORD), "Use letters or digits"),
        (run("user", "add", *where, "--workspace", "x", "--email", "a@b.example", "--name", "A", typed=PASSWORD), "no workspace"),
    ]
    for done, said in cases:
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert "There is no database" in run("doctor", "--database", f"sqlite:///{tmp_path}/other.db").stdout


def test_a_workspace_is_made_once(run: Run, tmp_path: Path) -> None:
    words = ("init", "--database", f"sqlite:///{tmp_path}/patchbay.db", "--tenant", "Acme", "--admin", "ana@acme.example")
    assert run(*words, typed=PASSWORD).returncode == 0
    again = run(*words, typed=PASSWORD)
    assert (again.returncode, "acme already" in again.stderr) == (1, True)
