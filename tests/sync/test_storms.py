"""Whatever the network, the clocks and crashes do: replicas agree, nothing is applied twice, nothing vanishes untold."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kernel.nouns import test_nouns
from tests.sync.storms import storm

CALM = list(HealthCheck)


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


@pytest.mark.timeout(300)
@settings(max_examples=60, deadline=None, suppress_health_check=CALM, derandomize=True)
@given(st.randoms(use_true_random=False), st.integers(10, 90))
def test_replicas_agree_after_any_storm(random: Random, steps: int) -> None:
    storm(random, steps)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(500))
def test_replicas_agree_after_very_many_storms(seed: int) -> None:
    storm(Random(seed), 120)
