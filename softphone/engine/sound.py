"""The sound bridge: a media port of the library on one side, miniaudio's devices on the other, rings between them."""

import logging
from collections.abc import Generator
from typing import Any

import miniaudio
import pjsua2 as pj
from typing_extensions import override

from softphone.api import Device, Sound
from softphone.engine.frames import bytes_of
from softphone.engine.ring import SAMPLE_BYTES, Ring, peak_of

log = logging.getLogger(__name__)
RATE = 16_000
FRAME_US = 20_000
FRAME_BYTES = RATE // 50 * SAMPLE_BYTES
BLOCK_MS = 10


class Lent(miniaudio.AbstractDevice):  # type: ignore[misc] # miniaudio has no types
    """A device that gives its connection back: the library keeps it for ever, and after 64 PulseAudio takes nobody any more."""

    @override
    def close(self) -> None:
        super().close()
        if (connection := self.__dict__.pop("_context", None)) is not None:
            miniaudio.lib.ma_context_uninit(connection)


class Speaker(Lent, miniaudio.PlaybackDevice):  # type: ignore[misc] # miniaudio has no types
    """What is heard."""


class Microphone(Lent, miniaudio.CaptureDevice):  # type: ignore[misc] # miniaudio has no types
    """What is said."""


class Plugged(miniaudio.Devices):  # type: ignore[misc] # miniaudio has no types
    """Names and ids alone: asking more of a device that is pulled out in that moment ends the process (miniaudio 1.71)."""

    @override
    def _get_info(self, device_type: Any, device_info: Any) -> dict[str, Any]:
        return {}


class Bridge(pj.AudioMediaPort):  # type: ignore[misc] # pjsua2 has no types
    """Lives on the library's clock; no exception may cross into it, and its frames are plain bytes."""

    def __init__(self) -> None:
        """Only after the library was initialised: before that it hangs for ever."""
        super().__init__()
        self.to_speaker, self.from_microphone = Ring(rate=RATE), Ring(rate=RATE)
        self.speaker_peak = self.microphone_peak = 0.0
        self.faults = 0
        self.createPort("sound", shape())

    @override
    def onFrameReceived(self, frame: Any) -> None:
        try:
            heard = bytes_of(frame.buf)
            if len(heard) != FRAME_BYTES:
                heard = bytes(FRAME_BYTES)  # silence comes without bytes
            self.speaker_peak = max(self.speaker_peak, peak_of(heard))
            self.to_speaker.put(self.to_speaker.level(heard))
        except Exception:  # noqa: BLE001 - nothing may cross into the native caller
            self.faults += 1

    @override
    def onFrameRequested(self, frame: Any) -> None:
        try:
            said = self.from_microphone.take(FRAME_BYTES)
            self.microphone_peak = max(self.microphone_peak, peak_of(said))
            frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
            frame.buf = pj.ByteVector(said)
            frame.size = FRAME_BYTES
        except Exception:  # noqa: BLE001 - nothing may cross into the native caller
            self.faults += 1

    def take_peaks(self) -> tuple[float, float]:
        """Microphone and speaker since the last time."""
        peaks = self.microphone_peak, self.speaker_peak
        self.microphone_peak = self.speaker_peak = 0.0
        return peaks


class Listener(pj.AudioMediaPort):  # type: ignore[misc] # pjsua2 has no types
    """Takes sound and drops it: the library asks a port for its sound only while somebody listens, call or none."""

    def __init__(self) -> None:
        super().__init__()
        self.createPort("listener", shape())


def shape() -> Any:
    """The format of a port on the bridge: one channel, 16 bit, 20 ms a frame."""
    made = pj.MediaFormatAudio()
    made.init(pj.PJMEDIA_FORMAT_PCM, RATE, 1, FRAME_US, 16)
    return made


class Devices:
    """The machine's microphone and speaker, open while they are wanted; a null device where there is none."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._speaker: Any = None
        self._microphone: Any = None
        self._streams: list[Generator[Any, Any, None]] = []
        self.fault = ""

    @property
    def is_null(self) -> bool:
        """Whether nothing can be heard or said here."""
        return self._speaker is None and self._microphone is None

    @property
    def has_speaker(self) -> bool:
        """Whether something can be heard."""
        return self._speaker is not None

    def open(self, sound: Sound) -> None:
        """Take these devices; what cannot be opened is left out and said in `fault`."""
        self.close()
        if sound.is_silent:
            return
        try:
            known = _devices()
        except miniaudio.MiniaudioError as error:
            self.fault = f"no sound system: {words_of(error)}"
            return
        self._open_speaker(_native_id(known, sound.speaker, is_input=False))
        self._open_microphone(_native_id(known, sound.microphone, is_input=True))

    def _open_speaker(self, native: Any) -> None:
        try:
            device = Speaker(
                output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE, buffersize_msec=BLOCK_MS,
                device_id=native, app_name="Patchbay",
            )  # fmt: skip
            stream = self._pull()
            next(stream)
            device.start(stream)
        except miniaudio.MiniaudioError as error:
            self.fault = f"no speaker: {words_of(error)}"
            return
        self._speaker = device
        self._streams.append(stream)

    def _open_microphone(self, native: Any) -> None:
        try:
            device = Microphone(
                input_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE, buffersize_msec=BLOCK_MS,
                device_id=native, app_name="Patchbay",
            )  # fmt: skip
            stream = self._push()
            next(stream)
            device.start(stream)
        except miniaudio.MiniaudioError as error:
            self.fault = f"no microphone: {words_of(error)}"
            return
        self._microphone = device
        self._streams.append(stream)

    def _pull(self) -> Generator[bytes, int, None]:
        """On the sound library's thread: copies bytes and touches nothing else."""
        frames = yield b""
        while True:
            frames = yield self._bridge.to_speaker.take(frames * SAMPLE_BYTES)

    def _push(self) -> Generator[None, bytes, None]:
        """On the sound library's thread: copies bytes and touches nothing else."""
        while True:
            data = yield
            self._bridge.from_microphone.put(bytes(data))

    def close(self) -> None:
        """Let the devices go."""
        for device in (self._speaker, self._microphone):
            if device is not None:
                device.close()
        self._speaker = self._microphone = None
        self._streams.clear()
        self.fault = ""


def words_of(error: miniaudio.MiniaudioError) -> str:
    """The library raises words and a number."""
    words, *numbers = (str(each) for each in error.args)
    return f"{words} ({', '.join(numbers)})" if numbers else words


def find_speaker(wanted: str) -> Any:
    """The native id of a device by its name; None is the system's choice, also where it is not plugged in."""
    return _native_id(_devices(), wanted, is_input=False) if wanted else None


def list_devices() -> list[Device]:
    """What is plugged in; nothing where there is no sound system."""
    try:
        return devices_of(Plugged())
    except miniaudio.MiniaudioError as error:
        log.info("no sound system: %s", error)
        return []


def devices_of(connection: Plugged) -> list[Device]:
    """What is plugged in, asked over a connection that may be kept; raises `MiniaudioError` when the sound system is gone."""
    return [Device(id=_plain_id(each), name=each["name"], is_input=is_input) for is_input, each in _devices(connection)]


def _devices(connection: Plugged | None = None) -> list[tuple[bool, dict[str, Any]]]:
    found = connection or Plugged()
    return [(False, each) for each in found.get_playbacks()] + [(True, each) for each in found.get_captures()]


def _plain_id(device: dict[str, Any]) -> str:
    """Names stay the same from one start to the next, native ids may not."""
    return str(device["name"])


def _native_id(known: list[tuple[bool, dict[str, Any]]], wanted: str, *, is_input: bool) -> Any:
    for input_side, device in known:
        if wanted and input_side is is_input and _plain_id(device) == wanted:
            return device["id"]
    return None
