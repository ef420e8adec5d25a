"""Of which records the audit tells who opened them: shown to those who may say so, one switch a kind."""

from PySide6.QtWidgets import QFrame

from app.desk.wording import kinds_word
from app.domain.tenants.rules import WATCHABLE
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.audit.viewmodel import AuditPanel
from ui.widgets.choices import Switch
from ui.widgets.layout import column, row, rule, set_role
from ui.widgets.text import label


class Watching(QFrame):
    """A card; each switch takes effect at once, for everybody."""

    def __init__(self, panel: AuditPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        set_role(self, "role", "card")
        self.switches = {kind: Switch(kinds_word(kind).capitalize()) for kind in WATCHABLE}
        note = self.tr("Each opening is a row of the audit, also offline: once a quarter of an hour for each person and record.")
        lines = column(
            label(self.tr("Tell who opened records"), "strong"), label(note, "small", "muted", wraps=True), spacing=1, margins=16
        )
        for kind, switch in self.switches.items():
            lines.addSpacing(8)
            lines.addWidget(rule())
            lines.addSpacing(8)
            lines.addLayout(row(label(switch.accessibleName()), None, switch, spacing=8))
            switch.clicked.connect(lambda _=False, kind=kind: run(self._turn(kind)))
        self.setLayout(lines)
        self.setVisible(panel.can_watch)
        bind(self, panel.watched, self._show)

    def _show(self, watched: tuple[str, ...]) -> None:
        for kind, switch in self.switches.items():
            switch.setChecked(kind in watched)

    async def _turn(self, kind: str) -> None:
        """What the server refuses is shown as it stands."""
        try:
            await self._panel.watch(kind, is_on=self.switches[kind].isChecked())
        finally:
            self._show(self._panel.watched.value)
