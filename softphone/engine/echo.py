"""The port that a test call's voice goes through: it sends the tone and hears whether it comes back."""

from collections.abc import Callable
from typing import Any

import pjsua2 as pj
from typing_extensions import override

from softphone.engine.frames import bytes_of
from softphone.engine.tone import FRAME_MS, FRAME_SAMPLES, RATE, SILENCE, EchoCourse


class EchoProbe(pj.AudioMediaPort):  # type: ignore[misc] # pjsua2 has no types
    """Lives on the library's clock; no exception may cross into it. `heard` is called there with milliseconds."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        """Only after the library was initialised: before that it hangs for ever."""
        super().__init__()
        self._heard = heard
        self._course: EchoCourse | None = None
        self.faults = 0
        shape = pj.MediaFormatAudio()
        shape.init(pj.PJMEDIA_FORMAT_PCM, RATE, 1, FRAME_MS * 1000, 16)
        self.createPort("echo", shape)

    def begin(self) -> None:
        """From the first frame again."""
        self._course = EchoCourse()

    def rest(self) -> None:
        """Send silence and hear nothing."""
        self._course = None

    @override
    def onFrameRequested(self, frame: Any) -> None:
        try:
            course = self._course
            frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
            frame.buf = pj.ByteVector(course.next_frame() if course is not None else SILENCE)
            frame.size = 2 * FRAME_SAMPLES
        except Exception:  # noqa: BLE001 - nothing may cross into the native caller
            self.faults += 1

    @override
    def onFrameReceived(self, frame: Any) -> None:
        try:
            heard, course = bytes_of(frame.buf), self._course
            if course is None or len(heard) != 2 * FRAME_SAMPLES:  # silence comes without bytes
                return
            if (late_ms := course.listen(heard)) is not None:
                self._heard(late_ms)
        except Exception:  # noqa: BLE001 - nothing may cross into the native caller
            self.faults += 1


class EchoTest:
    """The probe of the test call that is on, made at the first of them: only then is the library ready for it."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        self._heard = heard
        self._probe: EchoProbe | None = None

    def begin(self) -> None:
        """Another test call: its frames are asked for once the voice has a way."""
        if self._probe is None:
            self._probe = EchoProbe(self._heard)
        self._probe.begin()

    def connect(self, audio: Any) -> None:
        """The tone to the call, and what comes back to the ear that knows it."""
        if self._probe is not None:
            audio.startTransmit(self._probe)
            self._probe.startTransmit(audio)

    def rest(self) -> None:
        """The call is over."""
        if self._probe is not None:
            self._probe.rest()

    def close(self) -> None:
        """Let the native port go, before the library ends."""
        self._probe = None
