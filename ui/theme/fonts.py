"""The type table: Inter, Inter Display from 18 px; tabular figures wherever digits change or stand in columns."""

from functools import lru_cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from ui.theme.tokens import theme

# style → (pixels, weight, line height in pixels)
TYPE: Final = {
    "timer": (32, 500, 38), "kpi": (26, 600, 32), "title": (18, 600, 24), "h1": (15, 600, 20), "strong": (13, 500, 19),
    "body": (13, 400, 19), "small": (12, 400, 16), "small_strong": (12, 500, 16), "tiny": (11, 500, 14),
}  # fmt: skip
FALLBACKS: Final = ["Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "DejaVu Sans"]
NUMERIC: Final = frozenset({"timer", "kpi"})


def font(style: str = "body", weight: int | None = None, *, tabular: bool = False) -> QFont:
    """A font of the type table, at the person's text size."""
    return _font(style, weight, tabular or style in NUMERIC, theme.text_percent)


@lru_cache(maxsize=256)
def _font(style: str, weight: int | None, tabular: bool, percent: int) -> QFont:
    pixels, usual, _ = TYPE[style]
    made = QFont()
    made.setFamilies(["Inter Display" if pixels >= 18 else "Inter", "Inter", *FALLBACKS])
    made.setPixelSize(round(pixels * percent / 100))
    made.setWeight(QFont.Weight(weight or usual))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if pixels >= 18:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 99)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def line_height(style: str) -> int:
    """Pixels from one line to the next."""
    return round(TYPE[style][2] * theme.text_percent / 100)


def wide(text: str, style: str = "body", weight: int | None = None, *, tabular: bool = False) -> float:
    """How many pixels a text takes on one line."""
    return _wide(text, style, weight, tabular, theme.text_percent)


@lru_cache(maxsize=4096)
def _wide(text: str, style: str, weight: int | None, tabular: bool, _percent: int) -> float:
    return QFontMetricsF(font(style, weight, tabular=tabular)).horizontalAdvance(text)


def elided(text: str, room: float, style: str = "body", weight: int | None = None, *, tabular: bool = False) -> str:
    """The text, cut with an ellipsis where the room ends; a list that scrolls asks for the same ones in every frame."""
    return _elided(text, room, style, weight, tabular, theme.text_percent)


@lru_cache(maxsize=4096)
def _elided(text: str, room: float, style: str, weight: int | None, tabular: bool, _percent: int) -> str:
    metrics = QFontMetricsF(font(style, weight, tabular=tabular))
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, room + 0.5)
