"""Sound between two clocks: what is taken after a pause is what is said now."""

from softphone.engine.ring import SAMPLE_BYTES, Ring

RATE, FRAME = 16_000, 320 * SAMPLE_BYTES


def frame(number: int) -> bytes:
    return bytes([number % 256]) * FRAME


def test_after_a_mute_nothing_old_is_heard() -> None:
    ring = Ring(rate=RATE)
    for number in range(4):
        ring.put(frame(number))
        ring.take(FRAME)
    for number in range(100, 200):  # nobody listens
        ring.put(frame(number))
    assert ring.take(FRAME) == frame(198)  # 40 ms ago, as ever
    assert ring.glitches == 0


def test_what_is_put_and_taken_evenly_goes_through_whole() -> None:
    ring = Ring(rate=RATE)
    taken = []
    for number in range(50):
        ring.put(frame(number))
        taken.append(ring.take(FRAME))
    assert taken[1:] == [frame(number) for number in range(49)]
