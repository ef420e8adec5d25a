"""What an administrator types."""

import asyncio
import io
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import insert

from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from server.commands.line import main
from server.database.directory import Directory, WorkspaceTaken
from server.database.place import Place
from server.database.tables import RawInbound
from server.database.vault import open_vault
from tests.peers.process import killed_after
from tests.server.world import PASSWORD, Database, lose_jobs, stores_of

ROOT = Path(__file__).parents[2]
NUMBERS = count()
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
    name = f"typed{next(NUMBERS)}"
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{name}"')
    yield ("--database", f"{url.rpartition('/')[0]}/{name}", "--folder", str(tmp_path / "patchbay.d"))


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
    with killed_after(serving, stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        for email in ("ana@acme.example", "ben@acme.example"):
            body = {"workspace": "acme-ltd", "email": email, "password": PASSWORD, "device": "d"}
            assert httpx.post(f"{address}/api/v1/sign-in", json=body, timeout=120).status_code == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
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


def test_an_init_that_breaks_off_is_not_in_the_way_of_the_next(
    run: Run, where: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("init", *where, "--tenant", "Acme", "--admin", "ana@acme.example")

    def fail(*_: object) -> None:
        raise WorkspaceTaken(slug="acme")  # as when another process was quicker, at the very last step

    with monkeypatch.context() as broken:
        broken.setattr(Directory, "add", fail)
        assert run(*words, typed=PASSWORD).returncode == 1
    assert [file.name for file in tmp_path.rglob("*.db*") if file.stem != "patchbay"] == []
    assert run(*words, typed=PASSWORD).returncode == 0
    assert "WRONG" not in run("doctor", *where).stdout


def test_an_init_that_was_killed_leaves_a_file_that_doctor_names(run: Run, tmp_path: Path) -> None:
    place = f"sqlite:///{tmp_path}/patchbay.db"
    words = ("--database", place, "--tenant", "Acme", "--admin", "ana@acme.example")
    killed = (
        "import os, sys; from server.commands.line import main; from server.database.directory import Directory;"
        " Directory.add = lambda *_: os._exit(9); main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", killed, "init", *words]
    ended = subprocess.run(command, input=PASSWORD, text=True, cwd=ROOT, check=False, timeout=120)
    assert ended.returncode == 9
    left = next(file.name for file in (tmp_path / "patchbay.d").glob("*.db"))
    assert f"{left} belongs to no workspace" in run("doctor", "--database", place).stdout
    assert run("init", *words, typed=PASSWORD).returncode == 0
    (tmp_path / "patchbay.d" / left).unlink()
    assert run("doctor", "--database", place).returncode == 0


def test_what_was_given_up_is_named_shown_and_tried_again(run: Run, place: Place, database: Database) -> None:
    where = ("--database", place.url, "--folder", str(place.folder))
    open_vault(place.key_file)
    lost = asyncio.run(_lose_two(place, database.people.acme))
    ill = run("doctor", *where)
    assert "Acme: 2 jobs (email.send) given up" in ill.stdout
    assert "Acme: 1 mail of the inbox support could not be taken in" in ill.stdout
    acme = (*where, "--workspace", "acme")
    listed = run("jobs", "list", *acme).stdout
    assert [each in listed for each in (lost[0], lost[1], "no such address", "2 jobs given up.")] == [True] * 4
    assert "No jobs given up." in run("jobs", "list", *where, "--workspace", "zenith").stdout
    shown = run("jobs", "show", *acme, lost[0]).stdout
    assert ("attempts  1" in shown, "message_id" in shown) == (True, True)
    assert run("jobs", "replay", *acme, lost[0]).stdout == "1 job will be tried again.\n"
    for words in (("show", lost[0]), ("replay", lost[0]), ("show", "nonsense")):
        assert "was given up in this workspace" in run("jobs", words[0], *acme, words[1]).stderr
    assert run("jobs", "replay", *acme).stdout == "1 job will be tried again.\n"
    assert run("jobs", "replay", *acme).stdout == "No jobs will be tried again.\n"


async def _lose_two(place: Place, tenant_id: UUID) -> list[str]:
    """Two jobs that were given up, and a mail in quarantine."""
    with stores_of(place) as stores:
        store = stores.of(tenant_id)
        lost = await lose_jobs(store, 2)
        await store.change(
            lambda each: each.execute(
                insert(RawInbound).values(
                    tenant_id=tenant_id, id=new_id(), account="support", folder="INBOX", uidvalidity=1, uid=1, sha256="0" * 64,
                    received_at=moment_from_us(store.now_us()), size_bytes=1, state="quarantined", attempts=5, error="odd",
                )
            )
        )  # fmt: skip
        return [str(each) for each in lost]


def test_a_workspace_is_made_once(run: Run, tmp_path: Path) -> None:
    words = ("init", "--database", f"sqlite:///{tmp_path}/patchbay.db", "--tenant", "Acme", "--admin", "ana@acme.example")
    assert run(*words, typed=PASSWORD).returncode == 0
    again = run(*words, typed=PASSWORD)
    assert (again.returncode, "acme already" in again.stderr) == (1, True)
