"""The ring, made here: three struck notes, twice, and a pause; plain signed 16-bit mono."""

import math
from array import array
from functools import lru_cache

PERIOD_S = 3.2
NOTE_S, DECAY_S, ATTACK_S = 0.75, 0.2, 0.004
PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.0, 0.12))  # of the note's frequency, and how loud
PITCHES_HZ = (659.26, 830.61, 987.77)
STRUCK_S = ((0.0, 0), (0.16, 1), (0.32, 2), (0.95, 0), (1.11, 1), (1.27, 2))  # when, which note
FULL = 32_000


@lru_cache(maxsize=8)
def ring(rate: int, volume_percent: int) -> bytes:
    """One period of it; the volume is squared, because ears hear by proportions."""
    notes = [_note(pitch, rate) for pitch in PITCHES_HZ]
    mixed = [0.0] * round(PERIOD_S * rate)
    for at_s, which in STRUCK_S:
        start = round(at_s * rate)
        for place, value in enumerate(notes[which], start):
            mixed[place] += value
    loudest = max(abs(value) for value in mixed)
    gain = FULL * (max(0, min(100, volume_percent)) / 100) ** 2 / loudest
    return array("h", (round(value * gain) for value in mixed)).tobytes()


def _note(pitch_hz: float, rate: int) -> list[float]:
    values = []
    for place in range(round(NOTE_S * rate)):
        at_s = place / rate
        strength = min(1.0, at_s / ATTACK_S) * math.exp(-at_s / DECAY_S)
        turn = 2 * math.pi * pitch_hz * at_s
        values.append(strength * sum(share * math.sin(turn * times) for times, share in PARTIALS))
    return values
