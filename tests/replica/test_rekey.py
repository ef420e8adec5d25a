"""Another key for the file: whatever happens on the way, the file opens with the old key or the new one, and all is in it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.domain.contacts.commands import CreateContact
from app.domain.contacts.queries import contacts
from app.kernel.ids import new_id
from app.replica.errors import DiskFull, ReplicaUnreadable
from app.replica.rekey import journal_of, opens, rekey, unfinished
from app.replica.thread import ReplicaThread
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica

NEW = bytes(reversed(range(32)))
STEPS = ("closed", "written", "on the disk", "in its place")
CHILD = """
import os, signal, sys
from pathlib import Path
from app.replica.rekey import rekey
path, key, new, end = Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3]), sys.argv[4]
print("begun", flush=True)
rekey(path, key, new, lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == end else None)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replica with some thousand rows."""
    path = tmp_path_factory.mktemp("made") / "replica.db"
    fill_replica(path, BENCH_KEY, SMALL)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    copy = tmp_path / "replica.db"
    copy.write_bytes(made.read_bytes())
    return copy


async def opened(path: Path, key: bytes) -> ReplicaThread:
    user_id = cast.user_id(BENCH_TENANT, cast.SUPERVISOR)
    return await ReplicaThread.open(path, key, tenant_id=BENCH_TENANT, actor_id=user_id, device=BENCH_DEVICE)


async def names(path: Path, key: bytes) -> list[str]:
    """What is in it."""
    replica = await opened(path, key)
    try:
        return [row.name for row in (await replica.read(lambda reader: contacts(reader, limit=100))).rows]
    finally:
        await replica.close()


def key_of(path: Path) -> bytes:
    """The one of the two that opens it; the other does not."""
    [key] = [key for key in (BENCH_KEY, NEW) if opens(path, key)]
    return key


def child(path: Path, end: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", CHILD, str(path), BENCH_KEY.hex(), NEW.hex(), end]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


async def test_all_is_there_with_the_new_key_and_nothing_with_the_old_one(path: Path) -> None:
    before = await names(path, BENCH_KEY)
    rekey(path, BENCH_KEY, NEW)
    assert await names(path, NEW) == before
    with pytest.raises(ReplicaUnreadable):
        await names(path, BENCH_KEY)
    assert not unfinished(path).exists()


@pytest.mark.parametrize("step", STEPS)
async def test_an_end_after_any_step_leaves_one_key_that_opens_all(path: Path, step: str) -> None:
    before = await names(path, BENCH_KEY)
    process = child(path, step)
    process.communicate(timeout=250)
    assert process.returncode == -signal.SIGKILL
    assert key_of(path) == (NEW if step == "in its place" else BENCH_KEY)
    assert await names(path, key_of(path)) == before
    rekey(path, key_of(path), bytes(32))
    assert await names(path, bytes(32)) == before


async def test_an_end_at_any_moment_leaves_one_key_that_opens_all(path: Path) -> None:
    before = await names(path, BENCH_KEY)
    begun = time.monotonic()
    rekey(path, BENCH_KEY, NEW)
    took_s = time.monotonic() - begun
    for part in (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2):
        if key_of(path) == NEW:
            rekey(path, NEW, BENCH_KEY)
        process = child(path, "never")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(took_s * part)
        process.kill()
        process.communicate()
        assert await names(path, key_of(path)) == before


async def test_the_key_is_changed_while_others_read_and_write(path: Path) -> None:
    replica = await opened(path, BENCH_KEY)
    done: list[int] = []

    async def work() -> None:
        for number in range(20):
            await replica.run(CreateContact(contact_id=new_id(), name=f"Zz {number:02}"))
            done.append(len((await replica.read(lambda reader: contacts(reader, search="Zz", limit=100))).rows))

    working = asyncio.gather(work(), work())
    await replica.rekey(BENCH_KEY, NEW)
    assert len(done) < 40, "some of it was still to be done"
    await working
    await replica.close()
    assert max(done) == 40
    assert key_of(path) == NEW
    assert journal_of(path, BENCH_KEY).read() is None
    assert len(journal_of(path, NEW).read() or ()) == 40, "what is kept beside the file has the new key, too"


async def test_a_full_disk_leaves_the_old_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.link(path, path.with_name("kept.db"))
    unfinished(path).symlink_to("/dev/full")
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    replica = await opened(path, BENCH_KEY)
    with pytest.raises((DiskFull, ReplicaUnreadable)):
        await replica.rekey(BENCH_KEY, NEW)
    assert (await replica.read(lambda reader: contacts(reader, limit=1))).rows
    await replica.close()
