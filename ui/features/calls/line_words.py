"""What is said of the line while one talks: in a word, in figures, and what helps. Without Qt."""

from typing import Final

from app.desk.live_voice import LineQuality
from app.desk.voice_quality import Verdict, codec_name, score, verdict_words
from app.kernel.words import tr

TONES: Final[dict[Verdict, str]] = {"good": "success", "fair": "warning", "poor": "danger"}
BARS: Final[dict[Verdict, int]] = {"good": 4, "fair": 2, "poor": 1}


def word_of(quality: LineQuality) -> str:
    """Good line, and its like."""
    return tr("No sound arrives") if quality.is_silent else verdict_words(quality.score)


def bars_of(quality: LineQuality) -> int:
    """Of four."""
    return 0 if quality.is_silent else BARS[quality.verdict]


def figures_of(quality: LineQuality) -> str:
    """The codec, the round trip as far as the other side tells it, and what is lost now."""
    short = codec_name(quality.figures.codec).partition(" ")[0]
    return " · ".join(part for part in (short, _round_trip(quality), _lost(quality.loss_percent)) if part)


def tooltip_of(quality: LineQuality) -> str:
    """All of it, a line each, and what helps."""
    figures = quality.figures
    codec = f"{codec_name(figures.codec)}, {figures.clock_rate_hz // 1000} kHz"
    late = _round_trip(quality)
    lines = (
        codec,
        tr("Round trip {0}").replace("{0}", late) if late else tr("Round trip: the other side doesn't tell"),
        tr("Jitter {0} ms").replace("{0}", f"{figures.jitter_ms:.0f}"),
        tr("{0} in the last seconds, {1} in the whole call")
        .replace("{0}", _lost(quality.loss_percent)).replace("{1}", _lost(figures.loss_percent)),
        hint_of(quality),
    )  # fmt: skip
    return "\n".join(line for line in lines if line)


def hint_of(quality: LineQuality) -> str:
    """What helps, by what is wrong most; nothing where the line is good."""
    if quality.is_silent:
        return tr("Ask whether they hear you; if not, call again.")
    if quality.verdict == "good":
        return ""
    late_alone = score(codec=quality.figures.codec, one_way_ms=(quality.figures.round_trip_ms or 0.0) / 2, loss_percent=0.0)
    lossy_alone = score(codec=quality.figures.codec, one_way_ms=0.0, loss_percent=quality.loss_percent)
    if late_alone.r < lossy_alone.r:
        return tr("The voice comes late: pause before you speak. A VPN that isn't needed makes it later.")
    return tr("Parts of the voice get lost: a cable instead of Wi-Fi helps, or pausing downloads.")


def _round_trip(quality: LineQuality) -> str:
    late = quality.figures.round_trip_ms
    return "" if late is None else f"{late:.0f} ms" if late >= 10 else f"{late:.1f} ms"


def _lost(percent: float) -> str:
    return tr("{0} % loss").replace("{0}", f"{percent:.1f}")
