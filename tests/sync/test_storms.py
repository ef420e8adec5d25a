"""Whatever the network, the clocks and crashes do: replicas agree, nothing is applied twice, nothing vanishes untold."""

from collections.abc import Iterator
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.kernel.nouns import test_nouns
from tests.sync.storms import storm

CALM = list(HealthCheck)


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


class Weather:
    """A quarter of a thousand storms; in classes, so that they run beside each other."""

    number: ClassVar[int]

    @pytest.mark.longest
    @pytest.mark.timeout(900)
    def test_replicas_agree_after_any_storm(self) -> None:
        @seed(self.number)
        @settings(max_examples=250, suppress_health_check=CALM, database=None)
        @given(st.randoms(use_true_random=False), st.integers(5, 27))
        def hold(random: Random, steps: int) -> None:
            storm(random, steps)

        hold()


class TestSpring(Weather):
    number = 1


class TestSummer(Weather):
    number = 2


class TestAutumn(Weather):
    number = 3


class TestWinter(Weather):
    number = 4


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(500))
def test_replicas_agree_after_very_many_storms(number: int) -> None:
    storm(Random(number), 120)
