"""The device that rings: open only while it does, and never opened on the thread that carries requests out for a call."""

import asyncio
import logging
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import miniaudio

from softphone.api import PhoneError
from softphone.engine.ring import SAMPLE_BYTES
from softphone.engine.ringtone import PERIOD_S, ring
from softphone.engine.sound import BLOCK_MS, RATE, Speaker, find_speaker, words_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """Where and how loud; `times` 0 is until it is stopped."""

    device: str
    volume_percent: int
    times: int = 0


class Ringer:
    """`want` says what shall be heard, `run` brings it about: a sound system may take long to open a device."""

    def __init__(self) -> None:
        self.fault = ""
        self._wanted: Ringing | None = None
        self._playing: Ringing | None = None
        self._device: Any = None
        self._news = asyncio.Event()
        self._lock = threading.Lock()

    def want(self, ringing: Ringing | None) -> None:
        """From now on this, or silence."""
        if ringing != self._wanted:
            self._wanted = ringing
            self._news.set()

    def restart(self) -> None:
        """The devices changed: what rings is opened again."""
        if self._wanted is not None:
            self._playing = None
            self._news.set()

    def try_out(self, ringing: Ringing) -> None:
        """Let it be heard at once; `PhoneError` when the device cannot be opened."""
        self._switch(ringing)
        if self.fault:
            raise PhoneError(self.fault)
        self._wanted = ringing
        asyncio.get_running_loop().call_later(PERIOD_S * ringing.times, self._tried, ringing)

    def _tried(self, ringing: Ringing) -> None:
        if self._wanted is ringing:
            self.want(None)

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                if self._wanted != self._playing:
                    await asyncio.to_thread(self._switch, self._wanted)
        finally:
            self._switch(None)

    def _switch(self, wanted: Ringing | None) -> None:
        with self._lock:
            if self._device is not None:
                self._device.close()
                self._device = None
            self._playing, self.fault = wanted, ""
            if wanted is not None:
                self._open(wanted)

    def _open(self, wanted: Ringing) -> None:
        try:
            device = Speaker(
                output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE, buffersize_msec=BLOCK_MS * 2,
                device_id=find_speaker(wanted.device), app_name="Patchbay",
            )  # fmt: skip
            stream = played(ring(RATE, wanted.volume_percent), wanted.times)
            next(stream)
            device.start(stream)
        except miniaudio.MiniaudioError as error:
            self.fault = f"no ringer: {words_of(error)}"
            log.warning("the phone cannot ring: %s", error)
            return
        self._device = device


def played(period: bytes, times: int) -> Generator[bytes, int, None]:
    """So many frames as are asked for, the period over and over, `times` times (0: for ever), then silence."""
    end, place = len(period) * times, 0
    frames = yield b""
    while True:
        piece = _piece(period, place, frames * SAMPLE_BYTES, end)
        place += len(piece)
        frames = yield piece


def _piece(period: bytes, place: int, size: int, end: int) -> bytes:
    if end and place >= end:
        return bytes(size)
    start = place % len(period)
    piece = period[start : start + size]
    while len(piece) < size:
        piece += period[: size - len(piece)]
    return piece
