"""Playing a recording in the speaker: on a device of its own, never into a call, read ahead of what is heard."""

import asyncio
import contextlib
import logging
import threading
from array import array
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import miniaudio

from softphone.api import PlayingChanged, Sound
from softphone.engine.ring import SAMPLE_BYTES
from softphone.engine.sound import BLOCK_MS, Speaker, find_speaker, words_of
from softphone.recorded import NoRecording, Part, parts_of
from softphone.recording import PlayingState
from softphone.sealed import DoesNotOpen

log = logging.getLogger(__name__)
TELL_S: Final = 0.1
AHEAD_S: Final = 2.0
LOUDEST: Final = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to play, from which second on, and on which speaker."""

    path: str
    key: bytes
    begin_s: float
    sound: Sound


class Player:
    """`play` and `stop` say what shall be heard, `run` brings it about: files and devices may take long to open."""

    def __init__(self, tell: Callable[[PlayingChanged], None]) -> None:
        self._tell = tell
        self._wanted: Wanted | None = None
        self._playing: Playing | None = None
        self._news = asyncio.Event()

    def play(self, wanted: Wanted) -> None:
        """In place of what is playing."""
        self._wanted = wanted
        self._news.set()

    def stop(self) -> None:
        """Nothing any more."""
        self._wanted = None
        self._news.set()

    def move(self, sound: Sound) -> None:
        """The devices changed: play on from where it was."""
        if self._wanted is not None:
            begin_s = self._playing.heard_s if self._playing is not None else self._wanted.begin_s
            self.play(replace(self._wanted, sound=sound, begin_s=begin_s))

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            if (wanted := self._wanted) is not None:
                await self._play(wanted)

    async def _play(self, wanted: Wanted) -> None:
        playing = Playing(wanted)
        try:
            await self._let_hear(playing, wanted)
        except (NoRecording, DoesNotOpen, OSError) as error:
            log.warning("a recording can't be played: %s", error)
            self._end(wanted, "failed", playing.heard_s, "the recording can't be read")
        except miniaudio.MiniaudioError as error:
            self._end(wanted, "failed", playing.heard_s, f"no speaker: {words_of(error)}")
        else:
            self._end(wanted, "ended", playing.heard_s)
        finally:
            self._playing = None
            await asyncio.shield(asyncio.to_thread(playing.close))

    async def _let_hear(self, playing: "Playing", wanted: Wanted) -> None:
        await asyncio.to_thread(playing.open)
        self._playing = playing
        while wanted is self._wanted and not playing.is_over:
            self._tell(PlayingChanged(state="playing", seconds=playing.heard_s))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TELL_S):
                    await self._news.wait()
            await asyncio.to_thread(playing.read_ahead)
        if wanted is self._wanted:
            await asyncio.sleep(TELL_S)  # what the device still holds

    def _end(self, wanted: Wanted, state: PlayingState, seconds: float, reason: str = "") -> None:
        """Told unless something else took its place, which is told of instead."""
        if self._wanted is None:
            self._tell(PlayingChanged(state="stopped", seconds=seconds))
        elif self._wanted is wanted:
            self._wanted = None
            self._tell(PlayingChanged(state=state, seconds=seconds, reason=reason))


class Playing:
    """One file on one device. The sound library's thread takes what was read ahead, and does nothing else."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._parts: Iterator[Part] | None = None
        self._held = bytearray()
        self._lock = threading.Lock()
        self._taken = 0
        self._rate = 1
        self._device: Any = None
        self._stream: Generator[bytes, int, None] | None = None

    @property
    def heard_s(self) -> float:
        """Which second of the file is heard."""
        return self._wanted.begin_s + self._taken / (self._rate * SAMPLE_BYTES)

    @property
    def is_over(self) -> bool:
        """Whether all was heard."""
        return self._parts is None and not self._held

    def open(self) -> None:
        """Read its beginning and open the speaker for it."""
        self._parts = parts_of(Path(self._wanted.path), self._wanted.key, self._wanted.begin_s)
        self.read_ahead()
        if self.is_over:
            return
        if self._wanted.sound.is_silent:
            raise miniaudio.MiniaudioError("sound is off")
        self._device = Speaker(
            output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=self._rate, buffersize_msec=BLOCK_MS * 2,
            device_id=find_speaker(self._wanted.sound.speaker), app_name="Patchbay",
        )  # fmt: skip
        self._stream = self._pull()
        next(self._stream)
        self._device.start(self._stream)

    def read_ahead(self) -> None:
        """Some seconds more, both sides mixed."""
        while self._parts is not None and len(self._held) <= AHEAD_S * self._rate * SAMPLE_BYTES:
            part = next(self._parts, None)
            if part is None:
                self._parts = None
                return
            self._rate = part.shape.rate
            sound = mixed(part)
            with self._lock:
                self._held += sound

    def _pull(self) -> Generator[bytes, int, None]:
        frames = yield b""
        while True:
            size = frames * SAMPLE_BYTES
            with self._lock:
                found = bytes(self._held[:size])
                del self._held[:size]
                self._taken += len(found)
            frames = yield found.ljust(size, b"\0")

    def close(self) -> None:
        """Let the device go."""
        if self._device is not None:
            self._device.close()
            self._device = None


def mixed(part: Part) -> bytes:
    """One channel of both, as loud as each is."""
    if part.shape.channels == 1:
        return part.sound
    sound = array("h", part.sound)
    pairs = zip(sound[0::2], sound[1::2], strict=True)
    return array("h", (max(-LOUDEST, min(LOUDEST, left + right)) for left, right in pairs)).tobytes()
