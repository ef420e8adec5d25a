"""The phone: its line, and what this computer lacks for it."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from softphone.api import Diagnostics
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.accounts_card import AccountsCard
from ui.features.settings.section import card
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.buttons import Button
from ui.widgets.layout import column, row
from ui.widgets.text import label

SIDE_SHARE = (3, 2)


class PhoneSection(QWidget):
    """Cards side by side; each is its own widget's affair."""

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._missing = label("", "small", "text2", wraps=True)
        columns = row(spacing=12)
        columns.addLayout(column(AccountsCard(panel, run), None, spacing=12), SIDE_SHARE[0])
        columns.addLayout(column(self._diagnostics_card(), None, spacing=12), SIDE_SHARE[1])
        self.setLayout(columns)
        bind(self, panel.diagnostics, self._show_diagnostics)

    def _diagnostics_card(self) -> QWidget:
        again = Button(self.tr("Ask again"), height=28)
        again.clicked.connect(lambda: self._run(self._panel.refresh()))
        return card(self.tr("What this computer can do"), "", self._missing, row(None, again))

    def _show_diagnostics(self, found: Diagnostics | None) -> None:
        if found is None:
            self._missing.setText(self.tr("The phone is being asked what it can do."))
            return
        parts = [self.tr("Not on this computer: {0}.").replace("{0}", ", ".join(found.missing))] if found.missing else []
        if found.is_null_sound:
            parts.append(
                self.tr("No sound device is open ({0}): calls connect, but nothing is heard.").replace("{0}", found.sound)
            )
        codecs = ", ".join(codec.split("/")[0] for codec in found.codecs)
        parts.append(self.tr("Codecs: {0}. SIP library {1}.").replace("{0}", codecs).replace("{1}", found.version))
        if found.refused_requests or found.dropped_messages:
            refused = self.tr("Kept out since the start: {0} calls not from the proxy, {1} broken messages.")
            parts.append(refused.replace("{0}", str(found.refused_requests)).replace("{1}", str(found.dropped_messages)))
        self._missing.setText("\n".join(parts))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.refresh())
