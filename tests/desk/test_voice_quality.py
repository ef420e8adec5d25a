"""The E-model against values that its recommendations print."""

import pytest

from app.desk.voice_quality import mos_of, score, verdict_words


@pytest.mark.parametrize(
    ("r", "mos"), [(50, 2.58), (60, 3.10), (70, 3.60), (80, 4.03), (90, 4.34), (0, 1), (-9, 1), (100, 4.5), (120, 4.5)]
)
def test_r_is_an_opinion_as_in_annex_b(r: float, mos: float) -> None:
    assert mos_of(r) == pytest.approx(mos, abs=0.007)


def test_a_perfect_line_has_the_default_rating() -> None:
    found = score(codec="PCMA", one_way_ms=0, loss_percent=0)
    assert (found.r, round(found.mos, 2), found.verdict) == (93.2, 4.41, "good")


@pytest.mark.parametrize(("one_way_ms", "lost_r"), [(100, 0), (200, 3.04), (400, 24.07), (800, 40.83)])
def test_delay_costs_what_the_recommendation_says(one_way_ms: float, lost_r: float) -> None:
    assert 93.2 - score(codec="PCMU", one_way_ms=one_way_ms, loss_percent=0).r == pytest.approx(lost_r, abs=0.006)


def test_loss_costs_more_where_the_codec_hides_less_of_it() -> None:
    assert score(codec="PCMA", one_way_ms=50, loss_percent=25.1).r == pytest.approx(93.2 - 95 / 2)  # Bpl is where half is gone
    plain, packed = (score(codec=codec, one_way_ms=50, loss_percent=3) for codec in ("PCMA/8000", "G729/8000"))
    assert packed.r < plain.r


def test_a_line_is_named_by_its_rating() -> None:
    lines = [score(codec="G722", one_way_ms=delay, loss_percent=loss) for delay, loss in ((30, 0.1), (250, 3), (400, 20))]
    assert [verdict_words(each) for each in lines] == ["Good line", "Fair line", "Poor line"]
    assert score(codec="iLBC", one_way_ms=5000, loss_percent=100).r == 0
