"""Recording calls at the desk with the server away: by setting and by hand, and whole again after a crash in any step."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import pytest_asyncio
import soundfile

from app.desk.files import Files
from app.desk.recordings import Recordings, flac_parts
from app.desk.sealed_reader import SealedReader
from app.desk.taping import Taping
from app.domain.attachments.commands import SentFile
from app.domain.calls.queries import CallRow, RecordedFile, recordings
from app.domain.tenants.recording import RecordingRules
from app.sync.rest import Rest
from app.sync.server import ServerLink
from softphone.api import PauseRecording, PhoneError, PhoneLost, RecordingChanged, ResumeRecording, StartRecording, StopRecording
from softphone.scripted import write_tones
from tests.demo.story import LUCA_NUMBER
from tests.desk.conftest import Work

KEY = bytes(range(32))


@dataclass
class Studio:
    """The desk with its recordings."""

    work: Work
    files: Files
    recordings: Recordings
    taping: Taping
    folder: Path

    async def talk(self, how: str = "on_demand", call_id: int = 1) -> Any:
        """A call that is on."""
        place = self.work.desk.workspace.value
        assert place is not None
        self.work.desk.workspace.set(msgspec.structs.replace(place, recording=RecordingRules(incoming=how, outgoing=how)))
        self.work.ring(LUCA_NUMBER, call_id)
        await self.work.until(lambda: any(call.phone_id == call_id and call.card for call in self.work.calls.calls.value))
        self.work.change("active", call_id)
        return next(call for call in self.work.calls.calls.value if call.phone_id == call_id)

    def said(self, state: str, seconds: float = 0.0, call_id: int = 1, reason: str = "") -> None:
        self.work.phone.say(RecordingChanged(call_id=call_id, state=state, seconds=seconds, reason=reason))  # type: ignore[arg-type]

    def restarted(self) -> Recordings:
        """What the next start of the program finds."""
        return Recordings(self.folder / "recorded", self.work.replica, self.files.outgoing, self.work.desk)

    def last(self) -> object:
        """What the phone was asked for last."""
        return self.work.phone.acts[-1]

    async def asked(self, kind: type) -> Any:
        """The phone was asked to."""
        await self.work.until(lambda: any(isinstance(act, kind) for act in self.work.phone.acts))
        return next(act for act in reversed(self.work.phone.acts) if isinstance(act, kind))

    async def kept(self, call_id: int = 1) -> tuple[CallRow, list[RecordedFile]]:
        """The call once its recording is with it, and nothing of it waits any more."""
        row = await self.work.logged(lambda call: bool(call.recording.parts), call_id)
        async with asyncio.timeout(60):
            while await self.recordings.open():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        return row, await self.work.desk.read(lambda reader: recordings(reader, row.id))

    async def sound(self, file: RecordedFile) -> tuple[np.ndarray, int]:
        """What is heard: two columns."""
        path = next(each for each in (self.folder / "outgoing").iterdir())
        content = SealedReader(path, KEY, file.size_bytes).read()
        assert hashlib.sha256(content).hexdigest() == file.sha256
        found, rate = soundfile.read(io.BytesIO(content), dtype="int16")
        return found, rate


@pytest_asyncio.fixture
async def studio(work: Work, tmp_path: Path) -> AsyncIterator[Studio]:
    """Nobody answers at the server's address."""

    async def token() -> str:
        return "t"

    link = ServerLink("http://127.0.0.1:9", token, token)
    folder = tmp_path / "files"
    files = Files(folder, KEY, Rest(link), work.replica)
    kept = Recordings(folder / "recorded", work.replica, files.outgoing, work.desk)
    taping = Taping(work.desk, work.calls, work.phone, kept)
    yield Studio(work, files, kept, taping, folder)
    taping.close()
    await link.close()


def loudness(sound: np.ndarray, rate: int, hertz: int) -> float:
    """How loud a tone of this height is in it."""
    moments = np.arange(len(sound)) / rate
    return float(abs(np.dot(sound.astype(float), np.exp(-2j * np.pi * hertz * moments))) / max(1, len(sound)))


async def test_what_is_recorded_is_with_its_call_sample_by_sample(studio: Studio) -> None:
    call = await studio.talk()
    assert studio.work.phone.acts == []  # on demand: nothing by itself
    assert studio.taping.may(call)
    await studio.taping.toggle(call)
    asked = await studio.asked(StartRecording)
    studio.said("recording")
    assert studio.taping.tape(call).state == "recording"
    studio.work.phone.finish_recording(seconds=2.0, paused=[(0.5, 1.0)])
    row, [file] = await studio.kept()
    assert (row.recording.policy, file.seconds, file.gaps) == ("on_demand", 2.0, ((0.5, 0.5),))
    sound, rate = await studio.sound(file)
    assert (len(sound), rate) == (2 * 16_000, 16_000)
    first, gap = sound[:7_000], sound[8_000:16_000]
    own, others = ((440, 1_000), (1_000, 440))
    assert all(loudness(first[:, side], rate, own[side]) > 1_000 for side in (0, 1))
    assert all(loudness(first[:, side], rate, others[side]) < 50 for side in (0, 1))
    assert not gap.any()
    assert not Path(asked.path).exists()
    [waiting] = await studio.files.outgoing.waiting()
    assert waiting.sha256 == file.sha256


async def test_always_begins_by_itself_and_never_cannot_be_begun(studio: Studio) -> None:
    call = await studio.talk("always")
    asked = await studio.asked(StartRecording)
    assert asked.call_id == call.phone_id
    studio.said("recording")
    await studio.taping.toggle(call)
    assert studio.last() == PauseRecording(call_id=1)
    studio.said("paused", 3.0)
    assert studio.taping.tape(call).state == "paused"
    await studio.taping.toggle(call)
    assert studio.last() == ResumeRecording(call_id=1)
    await studio.taping.stop(call)
    assert studio.last() == StopRecording(call_id=1)
    second = await studio.talk("never", call_id=2)
    assert not studio.taping.may(second)
    assert [act.call_id for act in studio.work.phone.acts if isinstance(act, StartRecording)] == [1]


async def test_the_setting_of_a_call_is_the_one_it_began_with(studio: Studio) -> None:
    call = await studio.talk()
    place = studio.work.desk.workspace.value
    assert place is not None
    studio.work.desk.workspace.set(msgspec.structs.replace(place, recording=RecordingRules(incoming="never")))
    assert studio.taping.may(call)
    await studio.taping.start(call)
    studio.work.phone.finish_recording(seconds=0.5)
    row, _ = await studio.kept()
    assert row.recording.policy == "on_demand"


async def test_a_phone_that_is_lost_leaves_what_it_wrote(studio: Studio) -> None:
    call = await studio.talk()
    await studio.taping.start(call)
    asked = await studio.asked(StartRecording)
    write_tones(Path(asked.path), asked.key, seconds=3.0, is_whole=False)
    studio.work.phone.say(PhoneLost(reason="signal 9", lost_calls=[1]))
    row, [file] = await studio.kept()
    assert 2.0 <= file.seconds < 3.0
    assert row.state == "ended"


async def test_a_disk_that_fails_is_said_and_ends_no_call(studio: Studio) -> None:
    call = await studio.talk()
    await studio.taping.start(call)
    studio.said("failed", reason="no room on the disk")
    assert (studio.taping.tape(call).state, studio.taping.tape(call).reason) == ("failed", "no room on the disk")
    async with asyncio.timeout(60):
        while await studio.recordings.open():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
    assert [each.state for each in studio.work.calls.calls.value] == ["active"]
    studio.work.phone.answers[StartRecording] = PhoneError("no such call")
    with pytest.raises(Exception, match="no such call"):
        await studio.taping.toggle(call)
    assert studio.taping.tape(call).state == "failed"


class Crash(BaseException):
    """The program ends here."""


class Breaking:
    """A file shelf, or a desk, that the program ends in: before or after what it does."""

    def __init__(self, inner: Any, at: str, *, is_after: bool) -> None:
        self._inner, self._at, self._is_after = inner, at, is_after

    @property
    def tenant_id(self) -> Any:
        return self._inner.tenant_id

    async def _do(self, act: str, /, *args: Any, **more: Any) -> Any:
        if act == self._at and not self._is_after:
            raise Crash
        done = await getattr(self._inner, act)(*args, **more)
        if act == self._at:
            raise Crash
        return done

    async def take_parts(self, parts: Iterator[bytes], **more: Any) -> SentFile:
        found: SentFile = await self._do("take_parts", parts, **more)
        return found

    async def withdraw(self, sha256: str) -> Any:
        return await self._do("withdraw", sha256)

    async def run(self, command: Any) -> Any:
        return await self._do("run", command)

    async def kept(self, key: str) -> bytes | None:
        found: bytes | None = await self._inner.kept(key)
        return found

    async def keep(self, key: str, value: bytes | None) -> None:
        await self._do("keep", key, value)


STEPS = [(at, is_after) for at in ("take_parts", "run", "keep") for is_after in (False, True)]


@pytest.mark.parametrize(("at", "is_after"), STEPS)
async def test_a_crash_in_any_step_loses_nothing_and_doubles_nothing(studio: Studio, at: str, is_after: bool) -> None:
    await studio.talk()
    await studio.work.calls.written()
    begun = await studio.recordings.begin("1@x", studio.work.desk.clock.now())
    write_tones(studio.recordings.path(begun), begun.key, seconds=1.5, paused=[(0.2, 0.4)])
    store, shelf, desk = (
        Breaking(each, at, is_after=is_after) for each in (studio.work.replica, studio.files.outgoing, studio.work.desk)
    )
    broken = Recordings(studio.folder / "recorded", store, shelf, desk)
    with pytest.raises(Crash):
        await broken.finish(begun)
    assert await studio.restarted().finish_all() == 0
    _, [file] = await studio.kept()
    assert (file.id, file.seconds, file.gaps) == (begun.id, 1.5, ((0.2, 0.2),))
    [waiting] = await studio.files.outgoing.waiting()
    assert waiting.sha256 == file.sha256
    assert [path.name for path in (studio.folder / "recorded").iterdir()] == []
    assert len(list((studio.folder / "outgoing").iterdir())) == 1


async def test_one_that_is_cut_off_while_it_is_encoded_is_encoded_again(studio: Studio) -> None:
    await studio.talk()
    await studio.work.calls.written()
    begun = await studio.recordings.begin("1@x", studio.work.desk.clock.now())
    write_tones(studio.recordings.path(begun), begun.key, seconds=1.0)
    parts = flac_parts(studio.recordings.path(begun), begun.key, 16_000)
    next(parts)
    assert await studio.recordings.finish(begun)
    _, [file] = await studio.kept()
    assert file.seconds == 1.0


async def test_what_was_never_written_and_what_does_not_open_is_let_go(studio: Studio) -> None:
    await studio.talk()
    await studio.work.calls.written()
    for _ in range(2):
        await studio.recordings.begin("1@x", studio.work.desk.clock.now())
    first, _second = await studio.recordings.open()
    write_tones(studio.recordings.path(first), bytes(32), seconds=0.2)
    assert await studio.restarted().finish_all() == 0
    assert await studio.recordings.open() == []
    assert not any((studio.folder / "recorded").iterdir())


async def test_what_is_written_now_is_not_taken_for_left_over(studio: Studio) -> None:
    await studio.talk()
    await studio.work.calls.written()
    begun = await studio.recordings.begin("1@x", studio.work.desk.clock.now())
    assert await studio.recordings.finish_all() == 0
    write_tones(studio.recordings.path(begun), begun.key, seconds=1.0)
    assert await studio.recordings.finish(begun)
    _, [file] = await studio.kept()
    assert file.seconds == 1.0


async def test_one_whose_call_is_not_known_waits_and_one_that_may_not_be_goes(studio: Studio) -> None:
    unknown = await studio.recordings.begin("nobody@x", studio.work.desk.clock.now())
    write_tones(studio.recordings.path(unknown), unknown.key, seconds=0.2)
    assert await studio.restarted().finish_all() == 1
    assert [each.id for each in await studio.recordings.open()] == [unknown.id]
    await studio.talk("never")
    await studio.work.calls.written()
    forbidden = await studio.recordings.begin("1@x", studio.work.desk.clock.now())
    write_tones(studio.recordings.path(forbidden), forbidden.key, seconds=0.4)
    assert await studio.recordings.finish(forbidden)
    assert [each.id for each in await studio.recordings.open()] == [unknown.id]
    row = await studio.work.logged(lambda _: True)
    assert row.recording.parts == ()
    assert len(await studio.files.outgoing.waiting()) == 1  # that of the call that is not known


async def test_nothing_of_it_is_plain_on_the_disk(studio: Studio) -> None:
    call = await studio.talk()
    await studio.taping.start(call)
    asked = await studio.asked(StartRecording)
    studio.work.phone.finish_recording(seconds=1.0)
    _, [file] = await studio.kept()
    sound, _ = await studio.sound(file)
    plain = sound.astype("<i2").tobytes()[4_000:4_064]
    for path in studio.folder.rglob("*"):
        if path.is_file():
            assert plain not in path.read_bytes()
            assert b"fLaC" not in path.read_bytes()[:200]
    assert asked.key not in b"".join(path.read_bytes() for path in studio.folder.parent.glob("replica.db*"))
