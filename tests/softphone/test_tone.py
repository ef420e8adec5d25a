"""A tone is recognised when it comes back, however late and however noisy, and nothing else is taken for it."""

import math
import random
from array import array
from collections import deque

import pytest

from softphone.engine.tone import (
    EVERY_FRAMES,
    FIRST_FRAME,
    FRAME_MS,
    FRAME_SAMPLES,
    SILENCE,
    TONE_FRAMES,
    EchoCourse,
    share_of_tone,
    tone,
)

VOWEL = ((1, 2000.0), (2, 2500.0), (4, 3000.0), (5, 2500.0), (7, 1500.0), (9, 800.0), (12, 400.0))  # harmonic and strength
SOON = FIRST_FRAME + EVERY_FRAMES * 2


def first_echo(late_frames: int, frames: int = SOON, noise: int = 0, loudness: float = 1.0) -> int | None:
    """What is told first when everything comes back so late, so loud and with so much noise."""
    dice, course = random.Random(7), EchoCourse()
    way = deque([SILENCE] * late_frames)
    for _ in range(frames):
        way.append(course.next_frame())
        samples = array("h", way.popleft())
        back = array("h", (round(each * loudness) + dice.randint(-noise, noise) for each in samples))
        if (late_ms := course.listen(back.tobytes())) is not None:
            return late_ms
    return None


@pytest.mark.parametrize("late_frames", [0, 1, 10, 25, 75])
def test_the_delay_is_told_to_the_frame(late_frames: int) -> None:
    assert first_echo(late_frames) == late_frames * FRAME_MS


def test_a_faint_and_noisy_echo_is_recognised() -> None:
    assert first_echo(10, noise=300, loudness=0.1) == 200


def test_somebody_may_talk_into_it_and_a_voice_alone_is_no_echo() -> None:
    def hum(place: int) -> float:  # a vowel: a low voice and its harmonics, the strongest below a kilohertz
        return sum(strength * math.sin(2 * math.pi * 125 * harmonic * place / 16_000) for harmonic, strength in VOWEL)

    voice = [array("h", (round(hum(frame * FRAME_SAMPLES + at)) for at in range(FRAME_SAMPLES))) for frame in range(SOON)]
    for is_echo in (True, False):
        course, told = EchoCourse(), []
        for spoken in voice:
            sent = array("h", course.next_frame())
            mixed = array("h", (a + b * is_echo for a, b in zip(spoken, sent, strict=True)))
            told.append(course.listen(mixed.tobytes()))
        assert [each for each in told if each is not None] == ([0, 0] if is_echo else [])


def test_an_echo_that_comes_after_the_next_tone_is_not_taken_for_it() -> None:
    assert first_echo(EVERY_FRAMES + 10, frames=FIRST_FRAME + EVERY_FRAMES * 4) is None


def test_silence_and_noise_are_no_echo() -> None:
    assert first_echo(5, loudness=0) is None
    assert first_echo(5, loudness=0, noise=8000) is None


def test_each_tone_is_told_once() -> None:
    course = EchoCourse()
    told = [course.listen(course.next_frame()) for _ in range(SOON + TONE_FRAMES)]
    assert [each for each in told if each is not None] == [0, 0, 0]


def test_a_share_is_of_the_tone_alone() -> None:
    [*_, frame, _] = tone(1000)
    assert len(frame) == 2 * FRAME_SAMPLES
    assert share_of_tone(frame, 1000) > 0.99
    assert share_of_tone(frame, 1500) < 0.01
    assert share_of_tone(SILENCE, 1000) == 0
