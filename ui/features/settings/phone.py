"""The page of the phone."""

from collections.abc import Sequence

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.features.settings.section import TwoColumns
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.layout import column

SHARES = 5, 4


class PhoneSection(TwoColumns):
    """Each card is its own widget's affair; the phone is asked again what there is whenever the page comes up."""

    def __init__(self, panel: SettingsPanel, run: Run, *, left: Sequence[QWidget], right: Sequence[QWidget]) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        for cards, share in zip((left, right), SHARES, strict=True):
            for card in cards:
                card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the shares decide alone
            self.add_column(column(*cards, None, spacing=12), share)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.refresh())
