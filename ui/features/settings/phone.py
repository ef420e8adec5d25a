"""The page of the phone: cards in two columns, one below the other where there is no room for two."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.layout import column, row

SHARES = 5, 4
LEAST_FOR_TWO = 720  # pixels


class PhoneSection(QWidget):
    """Each card is its own widget's affair; the phone is asked again what there is whenever the page comes up."""

    def __init__(self, panel: SettingsPanel, run: Run, *, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._columns: QBoxLayout = row(spacing=12)
        for cards, share in zip((left, right), SHARES, strict=True):
            for card in cards:
                card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the shares decide alone
            self._columns.addLayout(column(*cards, None, spacing=12), share)
        self.setLayout(self._columns)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        has_room = self.width() >= LEAST_FOR_TWO
        self._columns.setDirection(QBoxLayout.Direction.LeftToRight if has_room else QBoxLayout.Direction.TopToBottom)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.refresh())
