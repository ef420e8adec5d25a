"""The grey line at the end of the phone's page: what this computer lacks, and the report for whoever looks after phones."""

from PySide6.QtWidgets import QApplication, QFrame, QWidget

from softphone.api import Diagnostics
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.report import missing_words
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import IconView
from ui.widgets.text import label
from ui.widgets.tip import set_tip


class DiagnosticsLine(QWidget):
    """`Report` puts everything that is known on the clipboard."""

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._words = label("", "small", "text2", wraps=True)
        report = Button(self.tr("Report"), icon_name="copy", height=30)
        set_tip(report, self.tr("Copies codecs, sound, transports and states as text. No password is in it."))
        report.clicked.connect(self.copy)
        self.setLayout(column(self._laid_out(report), spacing=0))
        bind(self, panel.diagnostics, self._show)

    def copy(self) -> None:
        """The report on the clipboard."""
        self._run.telling(self._copied())

    def _laid_out(self, report: Button) -> QFrame:
        line = row(IconView("stethoscope", "muted", 16), spacing=10, margins=(8, 8, 8, 12))
        line.addWidget(self._words, 1)
        line.addWidget(report)
        return framed(line, "inset")

    async def _copied(self) -> str:
        QApplication.clipboard().setText(await self._panel.report())
        return self.tr("The report is on the clipboard.")

    def _show(self, found: Diagnostics | None) -> None:
        self._words.setText(missing_words(found))
