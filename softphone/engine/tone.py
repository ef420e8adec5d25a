"""A tone that is sent now and then, and recognised when it comes back: how late one hears oneself.

Time is counted in the frames that the library asks for, not on a clock, so that a machine that stalls measures no more.
"""

import math
from array import array
from typing import Final

RATE: Final = 16_000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = RATE * FRAME_MS // 1000
TONES_HZ: Final = (1000, 1200, 1500)  # in turn: what comes back very late is not taken for the next; any codec lets them pass
FIRST_FRAME: Final = 25  # half a second: the way of the voice is open by then
EVERY_FRAMES: Final = 100
TONE_FRAMES: Final = 10
LOUDNESS: Final = 0.25  # of full scale
SHARE: Final = 0.35  # of a frame's energy that the tone must have: somebody may talk into it; a voice alone has less than 0.2
IN_A_ROW: Final = 4  # frames: a voice has no pure tone for 80 ms
QUIET: Final = 40  # of 32768, the mean amplitude below which nothing is looked for
SILENCE: Final = bytes(2 * FRAME_SAMPLES)


def tone(frequency_hz: int) -> tuple[bytes, ...]:
    """The frames of a tone: signed 16 bit in native order, its first and last frame swelling."""
    count = TONE_FRAMES * FRAME_SAMPLES
    samples = array("h", bytes(2 * count))
    for place in range(count):
        swell = min(1.0, (place + 1) / FRAME_SAMPLES * 4, (count - place) / FRAME_SAMPLES * 4)
        samples[place] = round(32767 * LOUDNESS * swell * math.sin(2 * math.pi * frequency_hz * place / RATE))
    return tuple(samples[start : start + FRAME_SAMPLES].tobytes() for start in range(0, count, FRAME_SAMPLES))


def share_of_tone(frame: bytes, frequency_hz: int) -> float:
    """How much of a frame's energy is at a frequency, from 0 to 1 (Goertzel's algorithm)."""
    samples = array("h", frame)
    energy = sum(sample * sample for sample in samples)
    if energy <= QUIET * QUIET * len(samples):
        return 0.0
    before = earlier = 0.0
    factor = 2 * math.cos(2 * math.pi * frequency_hz / RATE)
    for sample in samples:
        before, earlier = sample + factor * before - earlier, before
    power = before * before + earlier * earlier - factor * before * earlier
    return power / (energy * len(samples) / 2)


class EchoCourse:
    """One test's course: give it every frame that is heard, send every frame that it returns."""

    def __init__(self) -> None:
        self._tones = {frequency: tone(frequency) for frequency in TONES_HZ}
        self._frame = 0
        self._sent_at = 0
        self._listening_for = 0  # Hz; 0 = for nothing
        self._in_a_row = 0

    def next_frame(self) -> bytes:
        """What to send in the next 20 ms."""
        place = self._frame - FIRST_FRAME
        self._frame += 1
        if place < 0:
            return SILENCE
        turn, within = divmod(place, EVERY_FRAMES)
        frequency = TONES_HZ[turn % len(TONES_HZ)]
        if within == 0:
            self._sent_at, self._listening_for, self._in_a_row = self._frame, frequency, 0
        return self._tones[frequency][within] if within < TONE_FRAMES else SILENCE

    def listen(self, frame: bytes) -> int | None:
        """After how many milliseconds the tone came back, once it is sure; None before and after."""
        if not self._listening_for:
            return None
        self._in_a_row = self._in_a_row + 1 if share_of_tone(frame, self._listening_for) > SHARE else 0
        if self._in_a_row < IN_A_ROW:
            return None
        self._listening_for = 0
        return (self._frame - self._sent_at - IN_A_ROW + 1) * FRAME_MS
