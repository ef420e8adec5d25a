"""`serve --workers`: a port shared by processes that may die, be killed and be replaced, without anybody losing anything."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.domain.contacts.commands import CreateContact
from app.domain.conversations.commands import StartConversation
from app.domain.conversations.queries import conversations
from app.domain.messages.commands import Reply
from app.kernel.ids import new_id
from server.commands.line import main
from server.database.inboxes import InboxSettings, keep_inbox
from server.database.place import Place
from server.database.vault import open_vault
from tests.peers.mail import mail_server
from tests.peers.process import killed_after
from tests.scale.fleet import Console, console, sign_in, until
from tests.scale.jobber import go_on
from tests.server.world import Database, stores_of

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240.0


class Serving:
    """`patchbay-server serve --workers`, as an administrator starts it."""

    def __init__(self, place: Place, workers: int, log: Path) -> None:
        self.log = log
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "server", "serve", "--database", place.url, "--folder", str(place.folder),
                    "--port", "0", "--workers", str(workers),
                ],
                stdout=subprocess.PIPE, stderr=said, text=True, cwd=ROOT,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = ""
        try:
            line = self.process.stdout.readline()
        finally:
            if f"with {workers} workers" not in line:
                self.kill()
        assert line, log.read_text(encoding="utf-8")
        self.address = line.split()[3]

    def workers(self) -> set[int]:
        """The ids of the processes that serve."""
        return {each.pid for each in psutil.Process(self.process.pid).children()}

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def end(self) -> int:
        """By SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)

    def kill(self) -> None:
        """At once, and its workers with it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # it starts none for those that are killed here
            for each in psutil.Process(self.process.pid).children(recursive=True):
                each.kill()
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def serving(place: Place, tmp_path: Path, workers: int = 2) -> Iterator[Serving]:
    """Runs until the block ends; then nothing of it is left."""
    started = Serving(place, workers, tmp_path / "serve.log")
    try:
        yield started
        assert started.end() == 0
        assert "Traceback" not in started.said(), started.said()
    finally:
        started.kill()


@contextlib.asynccontextmanager
async def busy_consoles(address: str, folder: Path, count: int = 3) -> AsyncIterator[list[Console]]:
    """Ana's consoles, all live."""
    async with contextlib.AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(console(address, await sign_in(address, "ana@acme.example"), folder))
            for _ in range(count)
        ]
        for each in opened:
            await each.is_live()
        yield opened


async def write_until(desks: list[Console], team: UUID, is_over: asyncio.Event) -> dict[UUID, str]:
    """Every console makes a contact, again and again, however slow the machine is."""
    made: dict[UUID, str] = {}
    while not is_over.is_set() or len(made) < 24:
        for desk in desks:
            contact = new_id()
            made[contact] = f"Contact {len(made)}"
            await desk.replica.run(CreateContact(contact_id=contact, name=made[contact], team_id=team))
        await asyncio.sleep(0.05)
    return made


async def all_have(desks: list[Console], made: dict[UUID, str]) -> None:
    """Everything that was done anywhere is everywhere."""
    for desk in desks:
        await desk.is_live()
        for contact, name in made.items():
            await desk.sees(contact, name)


def counted(place: Place, tenant_id: UUID) -> Counter[UUID]:
    """How often each command of making a contact was carried out."""
    url = make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as owner:
        rows = owner.execute(
            "SELECT record_id FROM audit WHERE tenant_id = %s AND kind = 'contact' AND operation = 'insert'", (tenant_id,)
        )
        return Counter(row[0] for row in rows.fetchall())


def test_on_sqlite_it_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--database", f"sqlite:///{tmp_path}/patchbay.db", "--port", "0", "--workers", "2"]) == 1
    assert "SQLite takes one server process" in capsys.readouterr().err


def test_what_keeps_workers_from_starting_is_said_and_ends_it(peer: object, place: Place, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "server", "serve", "--port", "0", "--workers", "2", "--folder", str(tmp_path)]
    url = f"{place.url.rpartition('/')[0]}/template1"  # a database that was never set up
    done = subprocess.run([*words, "--database", url], capture_output=True, text=True, cwd=ROOT, check=False, timeout=240)
    assert done.returncode == 1
    assert "Run: patchbay-server upgrade" in done.stderr
    assert "A worker did not start" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(900)
async def test_a_rolling_restart_with_everybody_at_work_loses_nothing(place: Place, database: Database, tmp_path: Path) -> None:
    with serving(place, tmp_path) as server:
        before, is_over, failed = server.workers(), asyncio.Event(), list[str]()

        async def ask() -> int:
            """A program without a connection of its own asks again and again: it must never be turned away."""
            asked = 0
            while not is_over.is_set() or asked < 24:
                try:
                    async with httpx.AsyncClient(timeout=120) as caller:
                        (await caller.get(f"{server.address}/health")).raise_for_status()
                except httpx.HTTPError as error:
                    failed.append(repr(error))
                asked += 1
                await asyncio.sleep(0.02)
            return asked

        async with busy_consoles(server.address, tmp_path) as desks:
            writing = asyncio.gather(write_until(desks, database.people.acme, is_over), ask())
            await asyncio.sleep(0.5)
            server.process.send_signal(signal.SIGHUP)
            await until(lambda: "all workers were replaced" in server.said(), PATIENCE_S)
            await asyncio.sleep(0.5)
            is_over.set()
            made, asked = await writing
            await all_have(desks, made)
        assert server.workers().isdisjoint(before)
        assert len(server.workers()) == 2
        assert failed == []
        assert asked >= 24
    assert {contact: counted(place, database.people.acme)[contact] for contact in made} == dict.fromkeys(made, 1)


@pytest.mark.timeout(900)
async def test_a_killed_worker_is_started_again_and_nothing_that_was_pushed_is_lost_or_doubled(
    place: Place, database: Database, tmp_path: Path
) -> None:
    with serving(place, tmp_path) as server:
        is_over = asyncio.Event()
        async with busy_consoles(server.address, tmp_path) as desks:
            writing = asyncio.ensure_future(write_until(desks, database.people.acme, is_over))  # noqa: TID251
            for _ in range(2):
                await asyncio.sleep(0.7)
                before = server.workers()
                os.kill(min(before), signal.SIGKILL)
                await until(lambda known=before: len(server.workers()) == 2 and server.workers() != known, PATIENCE_S)  # type: ignore[misc]
            await asyncio.sleep(0.5)
            is_over.set()
            made = await writing
            await all_have(desks, made)
    assert {contact: counted(place, database.people.acme)[contact] for contact in made} == dict.fromkeys(made, 1)


def test_workers_end_with_their_supervisor_however_it_ends(place: Place, tmp_path: Path) -> None:
    server = Serving(place, 2, tmp_path / "serve.log")
    workers = [psutil.Process(pid) for pid in server.workers()]
    server.process.kill()
    server.process.wait()
    server.kill()
    gone, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    assert (len(gone), alive) == (2, [])


async def test_a_job_of_a_worker_that_was_killed_is_taken_over_when_its_lease_ends(
    place: Place, database: Database, tmp_path: Path
) -> None:
    log = tmp_path / "jobs"
    log.touch()
    words = [sys.executable, "-m", "tests.scale.jobber", place.url, str(place.folder), str(log)]
    with killed_after(words, cwd=ROOT), killed_after(words, cwd=ROOT):
        with stores_of(place) as stores:
            store, talk, ana = stores.of(database.people.acme), new_id(), database.people.ana
            await store.issue(StartConversation(conversation_id=talk, channel="email", address="mia@example.com"), ana, "d1")
            await store.issue(Reply(conversation_id=talk, message_id=new_id(), text="Hello"), ana, "d1")

        def lines() -> list[list[str]]:
            return [line.split() for line in log.read_text(encoding="utf-8").splitlines()]

        await until(lambda: len(lines()) > 0, PATIENCE_S)
        killed = int(lines()[0][2])
        os.kill(killed, signal.SIGKILL)
        go_on(log).touch()
        await until(lambda: len(lines()) == 3, PATIENCE_S)
        assert [line[0] for line in lines()] == ["begin", "begin", "end"]
        assert {line[1] for line in lines()} == {lines()[0][1]}
        assert int(lines()[1][2]) == int(lines()[2][2]) != killed
        await asyncio.sleep(3)  # longer than a lease: it is done, and stays so
        assert len(lines()) == 3


@pytest.mark.timeout(900)
async def test_an_inbox_is_watched_by_one_worker_and_by_another_when_that_dies(
    place: Place, database: Database, tmp_path: Path
) -> None:
    with mail_server({"support@shop.example": "pw", "luca@client.example": "pw"}) as mail:
        await _add_inbox(place, database, mail.imap_port, mail.smtp_port)
        with serving(place, tmp_path) as server:

            def watching() -> list[int]:
                return [pid for pid in server.workers() if _is_connected(pid, mail.imap_port)]

            async def has(subject: str) -> bool:
                with stores_of(place) as stores:
                    store = stores.of(database.people.acme)
                    page = await store.read(partial(conversations, status="open"), database.people.ana)
                    return subject in [row.subject for row in page.rows]

            await until(lambda: len(watching()) == 1, PATIENCE_S)
            mail.write("luca@client.example", "support@shop.example", "First", "Hello")
            await until(partial(has, "First"), PATIENCE_S)
            await asyncio.sleep(6)  # the other looks every five seconds, and leaves it alone
            await until(lambda: len(watching()) == 1, PATIENCE_S)
            first = watching()[0]
            os.kill(first, signal.SIGKILL)
            mail.write("luca@client.example", "support@shop.example", "Second", "Hello")
            await until(partial(has, "Second"), PATIENCE_S)
            await until(lambda: len(watching()) == 1 and first not in watching(), PATIENCE_S)
            server.process.send_signal(signal.SIGHUP)
            await until(lambda: "all workers were replaced" in server.said(), PATIENCE_S)
            mail.write("luca@client.example", "support@shop.example", "Third", "Hello")
            await until(partial(has, "Third"), PATIENCE_S)


def _is_connected(pid: int, port: int) -> bool:
    try:
        return any(each.raddr and each.raddr.port == port for each in psutil.Process(pid).net_connections("tcp"))
    except psutil.Error:
        return False


async def _add_inbox(place: Place, database: Database, imap_port: int, smtp_port: int) -> None:
    secret = open_vault(place.key_file).seal("pw")
    settings = InboxSettings(
        key="support", name="Support", address="support@shop.example", imap_host="127.0.0.1", imap_port=imap_port,
        imap_security="none", imap_user="support@shop.example", imap_secret=secret, smtp_host="127.0.0.1", smtp_port=smtp_port,
        smtp_security="none", smtp_user="support@shop.example", smtp_secret=secret,
    )  # fmt: skip
    with stores_of(place) as stores:
        store = stores.of(database.people.acme)
        await store.change(partial(keep_inbox, tenant_id=store.tenant_id, settings=settings))
