"""A tone is recognised when it comes back, however late and however noisy, and nothing else is taken for it."""

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
