"""What is heard when no voice is: the ring, a soft tone while one talks, the ringing at the far end, and the try of a device."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pjsua2 as pj

from softphone.api import PhoneError, Sound
from softphone.engine.calls import Line
from softphone.engine.ringer import Ringer, Ringing
from softphone.engine.sound import RATE, Bridge

Heard = Literal["ring", "waiting", "ringback", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beep:
    """One step of a tone in the ear."""

    hertz: int
    on_ms: int
    off_ms: int
    loud: int = 6_000  # of 32,767


# Europe's call waiting tone and ringing tone (ITU-T E.180, supplement 2), and three rising notes to try the speaker with.
WAITING = (Beep(hertz=425, on_ms=200, off_ms=200, loud=3_000), Beep(hertz=425, on_ms=200, off_ms=3_400, loud=3_000))
RINGBACK = (Beep(hertz=425, on_ms=1_000, off_ms=4_000),)
TRIED = tuple(Beep(hertz=hertz, on_ms=260, off_ms=60, loud=9_000) for hertz in (523, 659, 784))
TONES: dict[Heard, tuple[Beep, ...]] = {"waiting": WAITING, "ringback": RINGBACK}


def heard_of(lines: Iterable[Line]) -> Heard:
    """What these calls sound like: who talks is not rung at; who calls hears that it rings, unless the far end says so itself."""
    known = list(lines)
    rings = any(line.direction == "in" and line.state == "ringing" and not line.is_settled for line in known)
    talks = any(not line.is_test and _is_on(line) for line in known)
    if rings:
        return "waiting" if talks else "ring"
    if any(line.direction == "out" and line.state == "ringing" and line.audio is None for line in known):
        return "ringback"
    return ""


def _is_on(line: Line) -> bool:
    return line.state in {"active", "held"} or line.direction == "out" or line.is_settled


class Alerts:
    """Rings on a device of its own; tones go through the bridge to the speaker, never into a call."""

    def __init__(self, bridge: Bridge) -> None:
        """Only after the library was initialised."""
        self.ringer = Ringer()
        self._bridge = bridge
        self._sound = Sound(is_silent=True)
        self._heard: Heard = ""
        self._tones = pj.ToneGenerator()
        self._tones.createToneGenerator(RATE, 1)
        self._tones.startTransmit(bridge)

    def use(self, sound: Sound) -> None:
        """From now on with these devices and this loudness."""
        self._sound = sound
        heard, self._heard = self._heard, ""
        self._let_hear(heard)

    def follow(self, lines: Iterable[Line]) -> None:
        """A call changed."""
        heard = heard_of(lines)
        if heard != self._heard:
            self._let_hear(heard)

    def _let_hear(self, heard: Heard) -> None:
        self._heard = heard
        is_off = self._sound.is_silent or (self._sound.ring_volume == 0 and heard in {"ring", "waiting"})
        self.ringer.want(self._ringing() if heard == "ring" and not is_off else None)
        self._tones.stop()
        if (steps := TONES.get(heard)) and not is_off:
            self._tones.play(_described(steps), True)

    def _ringing(self, times: int = 0) -> Ringing:
        return Ringing(device=self._sound.ringer, volume_percent=self._sound.ring_volume, times=times)

    def try_out(self, which: Literal["speaker", "ringer"], *, has_speaker: bool) -> None:
        """Let a device be heard once; `PhoneError` when that can't be now."""
        if self._heard:
            raise PhoneError("a call is ringing")
        if which == "ringer":
            self.ringer.try_out(self._ringing(times=1))
        elif has_speaker:
            self._tones.stop()
            self._tones.play(_described(TRIED), False)
        else:
            raise PhoneError("no speaker is open")

    def close(self) -> None:
        """Let the library's object go, before the library itself goes."""
        self._tones.stop()
        self._tones.stopTransmit(self._bridge)
        del self._tones, self._bridge


def _described(steps: Iterable[Beep]) -> Any:
    described = pj.ToneDescVector()
    for step in steps:
        tone = pj.ToneDesc()
        tone.freq1, tone.freq2 = step.hertz, 0
        tone.on_msec, tone.off_msec, tone.volume = step.on_ms, step.off_ms, step.loud
        described.append(tone)
    return described
