"""What records, without a call: one clock for both sides, and a disk that is too slow."""

import subprocess
import sys
import threading
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from softphone.engine import recorder as recording
from softphone.engine.recorder import Recorder, Step
from softphone.recorded import CALL, RecordingWriter, Tick
from tests.softphone.heard import hear

KEY = bytes(range(32))


def test_what_both_sides_hear_in_the_same_moment_is_at_the_same_place_to_the_sample(tmp_path: Path) -> None:
    wav = tmp_path / "counting.wav"
    with wave.open(str(wav), "wb") as file:
        file.setparams((1, 2, CALL.rate, 0, "NONE", ""))
        file.writeframes(array("h", range(1, 32_000)).tobytes())  # no sample is like another
    command = [sys.executable, "-m", "tests.softphone.aligned", str(tmp_path / "call"), str(wav)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=200)
    for line in ran.stdout.splitlines()[-2:]:
        compared, different = map(int, line.split())
        assert compared > CALL.rate // 4
        assert different == 0


def test_a_disk_that_is_too_slow_ends_the_recording_and_what_waited_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[Step]()
    may_write, has_begun, is_done = threading.Event(), threading.Event(), threading.Event()

    class SlowWriter(RecordingWriter):
        @override
        def write(self, ticks: Sequence[Tick]) -> None:
            may_write.wait(60)
            super().write(ticks)

    def tell(_recorder: Recorder, step: Step) -> None:
        told.append(step)
        {"began": has_begun, "failed": may_write, "done": is_done}[step].set()

    monkeypatch.setattr(recording, "RecordingWriter", SlowWriter)
    recorder = Recorder(1, str(tmp_path / "call"), KEY, tell)
    recorder.begin()
    assert has_begun.wait(60)
    silence = bytes(640)
    ticks = 0
    while "failed" not in told:
        recorder.tick(silence, silence)
        ticks += 1
        assert ticks < 2 * recording.MOST_WAITING * CALL.ticks_a_chunk
    assert recorder.reason == "the disk is too slow"
    recorder.tick(silence, silence)  # is not taken any more
    assert is_done.wait(60)
    assert hear(tmp_path / "call", KEY).recorded.ticks == ticks
    assert told == ["began", "failed", "done"]


def test_a_file_that_takes_for_ever_to_open_fails_the_recording_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, may_open = list[Step](), threading.Event()

    class NeverOpened(RecordingWriter):
        def __init__(self, path: Path, key: bytes) -> None:
            may_open.wait(60)
            super().__init__(path, key)

    monkeypatch.setattr(recording, "RecordingWriter", NeverOpened)
    recorder = Recorder(1, str(tmp_path / "call"), KEY, lambda _recorder, step: told.append(step))
    recorder.begin()
    while not told:
        recorder.tick(bytes(640), bytes(640))
    may_open.set()
    recorder.join()
    assert told == ["failed"]
