"""A console is killed while it finishes a recording: each start goes on, and it is with its call once, whole."""

import asyncio
import contextlib
import hashlib
import sys
from pathlib import Path

import pytest

from app.desk.files import Files
from app.desk.recordings import Recordings
from app.desk.sealed import opened_parts
from app.domain.calls.queries import recordings
from app.domain.calls.rules import call_id_of
from app.sync.rest import Rest
from app.sync.server import ServerLink
from softphone.scripted import ScriptedSoftphone, write_tones
from tests.desk.conftest import Work, at_work
from tests.desk.test_taping import KEY, Studio
from tests.faults.own_server import ROOT
from tests.faults.recording_process import DONE, FILES
from tests.peers.process import Peer
from tests.sync.service import until

SECONDS = 600.0  # so that each step takes a while
STEPS = ("recorded/*.encoded", "sealing/*", "outgoing/*")  # what lies in the folder while it is under way
PATIENCE_S = 120.0


async def leave_a_recording(work: Work, folder: Path) -> tuple[Files, ServerLink]:
    """A call was recorded, and the program ended before it could be finished."""

    async def token() -> str:
        return "t"

    link = ServerLink("http://127.0.0.1:9", token, token)
    files = Files(folder, KEY, Rest(link), work.replica)
    kept = Recordings(folder / "recorded", work.replica, files.outgoing, work.desk)
    await Studio(work, files, kept, None, folder).talk()  # type: ignore[arg-type] # nobody tapes here
    await work.calls.written()
    begun = await kept.begin("1@x", work.desk.clock.now())
    await asyncio.to_thread(write_tones, kept.path(begun), begun.key, seconds=SECONDS)
    return files, link


def start(folder: Path) -> Peer:
    words = [sys.executable, "-m", "tests.faults.recording_process", str(folder)]
    return Peer(words, folder, name="console", environment={"PYTHONPATH": str(ROOT)})


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_recording_is_with_its_call_once_however_often_its_console_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / FILES
    async with at_work(tmp_path, ScriptedSoftphone()) as work:
        _, link = await leave_a_recording(work, folder)
        await link.close()
        call_id = call_id_of(work.desk.tenant_id, "1@x")
        await check_killed(tmp_path, folder)
        files = Files(folder, KEY, Rest(link), work.replica)
        [waiting] = await files.outgoing.waiting()
        [file] = await work.desk.read(lambda reader: recordings(reader, call_id))
        assert (file.sha256, file.seconds) == (waiting.sha256, SECONDS)
        [sealed] = (folder / "outgoing").iterdir()
        digest = hashlib.sha256()
        for part in opened_parts(sealed, KEY):
            digest.update(part)
        assert digest.hexdigest() == file.sha256
        assert [path for place in ("recorded", "sealing", "coming") for path in (folder / place).glob("*")] == []


async def check_killed(home: Path, folder: Path) -> None:
    """Once in each step, then let it be."""
    for step in (*STEPS, None):
        console = start(home)
        try:
            await until(lambda step=step: not console.is_running or is_at(folder, step), PATIENCE_S)  # type: ignore[misc] # noqa: B023
        finally:
            console.kill()
            await asyncio.to_thread(console.stop)
    assert (home / DONE).read_text() == "0"


def is_at(folder: Path, step: str | None) -> bool:
    with contextlib.suppress(FileNotFoundError):  # it has gone on
        return step is not None and any(path.stat().st_size for path in folder.glob(step))
    return False
