"""What a device learns of the server's time, exchange by exchange."""

from app.kernel.clock import Skew

HOUR_US = 3_600_000_000


def exchanged(known: Skew, *, at_us: int, lacks_us: int, there_us: int = 100, back_us: int = 100) -> Skew:
    """One exchange that began at a moment of the device's clock."""
    return known.learned(sent_us=at_us, server_us=at_us + there_us + lacks_us, received_us=at_us + there_us + back_us)


def test_the_quickest_exchange_counts() -> None:
    known = exchanged(Skew(), at_us=0, lacks_us=HOUR_US, there_us=5_000, back_us=1_000)
    assert abs(known.skew_us - HOUR_US) == 2_000
    known = exchanged(known, at_us=10_000, lacks_us=HOUR_US)
    assert known == Skew(HOUR_US, 200)
    assert exchanged(known, at_us=20_000, lacks_us=HOUR_US, there_us=9_000) == known, "a slower one tells nothing better"


def test_a_clock_that_was_set_is_measured_anew_however_slow_the_exchange() -> None:
    known = exchanged(Skew(), at_us=0, lacks_us=0)
    known = exchanged(known, at_us=3 * HOUR_US, lacks_us=-3 * HOUR_US, there_us=40_000, back_us=40_000)
    assert known == Skew(-3 * HOUR_US, 80_000)
    assert exchanged(known, at_us=3 * HOUR_US, lacks_us=-3 * HOUR_US) == Skew(-3 * HOUR_US, 200), "and then the quickest again"


def test_a_clock_that_drifts_is_followed_once_it_shows() -> None:
    known = exchanged(Skew(), at_us=0, lacks_us=0)
    assert exchanged(known, at_us=0, lacks_us=150) == known, "both may be right"
    assert exchanged(known, at_us=0, lacks_us=4_000_000, there_us=5_000, back_us=5_000).skew_us == 4_000_000


def test_a_clock_that_is_set_during_an_exchange_spoils_nothing() -> None:
    known = exchanged(Skew(), at_us=HOUR_US, lacks_us=0)
    assert known.learned(sent_us=HOUR_US, server_us=HOUR_US + 100, received_us=-HOUR_US) == known
    assert known.learned(sent_us=HOUR_US, server_us=HOUR_US + 100, received_us=4 * HOUR_US) == known
