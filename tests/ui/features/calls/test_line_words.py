"""The line in words: what it is called, its figures, and what helps where it is not good."""

import msgspec

from app.desk.live_voice import LineQuality
from app.desk.voice_quality import score
from softphone.api import VoiceFigures
from ui.features.calls.line_words import TONES, bars_of, figures_of, hint_of, tooltip_of, word_of

FIGURES = VoiceFigures(
    call_id=1, codec="G722", clock_rate_hz=16000, round_trip_ms=28.2, jitter_ms=3.4, lost=1, packets_in=999, packets_out=1000
)


def line(
    *, loss_percent: float = 0.1, round_trip_ms: float | None = 28.2, is_silent: bool = False, codec: str = "G722"
) -> LineQuality:
    figures = msgspec.structs.replace(FIGURES, round_trip_ms=round_trip_ms, codec=codec)
    found = score(codec=codec, one_way_ms=(round_trip_ms or 0) / 2, loss_percent=loss_percent)
    return LineQuality(figures=figures, loss_percent=loss_percent, score=found, is_silent=is_silent)


def test_a_good_line_is_said_with_its_figures_and_no_advice() -> None:
    good = line()
    assert (word_of(good), figures_of(good), hint_of(good)) == ("Good line", "G.722 · 28 ms · 0.1 % loss", "")
    assert (TONES[good.verdict], bars_of(good)) == ("success", 4)
    assert tooltip_of(good).split("\n") == [
        "G.722, 16 kHz", "Round trip 28 ms", "Jitter 3 ms", "0.1 % loss in the last seconds, 0.1 % loss in the whole call",
    ]  # fmt: skip


def test_what_the_other_side_does_not_tell_is_left_out() -> None:
    untold = line(round_trip_ms=None, codec="PCMA")
    assert figures_of(untold) == "G.711 · 0.1 % loss"
    assert "the other side doesn't tell" in tooltip_of(untold)
    assert figures_of(line(round_trip_ms=0.42, codec="iLBC")) == "iLBC · 0.4 ms · 0.1 % loss"


def test_loss_and_lateness_have_their_own_way_out() -> None:
    lossy, late = line(loss_percent=12.0), line(round_trip_ms=640.0)
    assert (word_of(lossy), TONES[lossy.verdict], bars_of(lossy)) == ("Poor line", "danger", 1)
    assert "cable" in hint_of(lossy)
    assert (word_of(late), TONES[late.verdict], bars_of(late)) == ("Fair line", "warning", 2)
    assert "late" in hint_of(late)
    assert tooltip_of(late).endswith(hint_of(late))


def test_silence_is_named_not_scored() -> None:
    silent = line(is_silent=True, loss_percent=0.0)
    assert (word_of(silent), TONES[silent.verdict], bars_of(silent)) == ("No sound arrives", "danger", 0)
    assert hint_of(silent) == "Ask whether they hear you; if not, call again."
