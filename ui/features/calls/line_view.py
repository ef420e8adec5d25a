"""The quality of the line beside the call's time. It changes every second, so it paints itself and moves nothing else."""

from typing import Final

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.desk.live_voice import LineQuality, LiveVoice
from ui.bridge.bind import bind
from ui.features.calls.line_words import TONES, bars_of, figures_of, hint_of, tooltip_of, word_of
from ui.theme.fonts import line_height
from ui.theme.paint import RIGHT, painter_on, rounded, write
from ui.widgets.layout import set_role
from ui.widgets.text import Label
from ui.widgets.tip import set_tip

BARS: Final = 4
BAR, GAP, RISE, BARS_ROOM = 3.0, 1.5, 3.0, 24.0  # pixels


class LineQualityView(QWidget):
    """The word with its bars, and the figures below; nothing, in the same room, while there are none."""

    def __init__(self, voice: LiveVoice) -> None:
        super().__init__()
        self._word, self._figures, self._tone, self._bars = "", "", "muted", 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._measure()
        bind(self, voice.quality, self._show)

    @property
    def words(self) -> tuple[str, str]:
        """What stands there."""
        return self._word, self._figures

    def _show(self, quality: LineQuality | None) -> None:
        shown = ("", "", "muted", 0)
        if quality is not None:
            shown = (word_of(quality), figures_of(quality), TONES[quality.verdict], bars_of(quality))
        set_tip(self, "" if quality is None else tooltip_of(quality))
        if shown == (self._word, self._figures, self._tone, self._bars):
            return
        is_said = shown[0] == self._word  # a reader hears of another word, not of every figure
        self._word, self._figures, self._tone, self._bars = shown
        if not is_said:
            self.setAccessibleName(self._word)
        self.setAccessibleDescription(self._figures)
        self.update()

    def _measure(self) -> None:
        self.setFixedHeight(line_height("small") + line_height("tiny") + 2)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._measure()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._word:
            return
        painter, top = painter_on(self), float(line_height("small"))
        width, height = float(self.width()), float(self.height())
        write(painter, QRectF(0, 0, width - BARS_ROOM, top), self._word, "small_strong", self._tone, RIGHT)
        write(painter, QRectF(0, top + 2, width, height - top - 2), self._figures, "tiny", "muted", RIGHT, tabular=True)
        left, floor = width - BARS * BAR - (BARS - 1) * GAP, top - 2
        for place in range(BARS):
            rise = RISE * (place + 1)
            bar = QRectF(left + place * (BAR + GAP), floor - rise, BAR, rise)
            rounded(painter, bar, 1, self._tone if place < self._bars else "line2")


class LineHint(Label):
    """What helps where the line is not good; takes room only then."""

    def __init__(self, voice: LiveVoice) -> None:
        super().__init__("", "small", None, tabular=False)
        self.setWordWrap(True)
        bind(self, voice.quality, self._show)

    def _show(self, quality: LineQuality | None) -> None:
        text = "" if quality is None else hint_of(quality)
        if quality is not None:
            set_role(self, "tone", TONES[quality.verdict])
        if text != self.text():
            self.setText(text)
        if self.isHidden() is bool(text):
            self.setVisible(bool(text))
