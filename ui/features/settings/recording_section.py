"""Which calls are recorded, what is said before, and for how long recordings are kept: a card of the company's settings."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from app.desk.access import Leave
from app.domain.tenants.recording import MOST_SAID, RecordingRules
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.recording_panel import RecordingPanel, days_options, how_options
from ui.features.settings.section import beside, card, setting
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import column, rule
from ui.widgets.text import label

WIDTH = 230


class RecordingSection(QFrame):
    """Saved as it is changed; calls that are on keep the setting that they began with."""

    def __init__(self, panel: RecordingPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self.incoming, self.outgoing = Choice(self.tr("Record incoming calls")), Choice(self.tr("Record outgoing calls"))
        self.kept = Choice(self.tr("Keep recordings for"))
        self.said = TextField(self.tr("What the agent says before"), hint=self.tr("This call is recorded. Is that all right?"))
        self.said.input.setMaxLength(MOST_SAID)
        self._why = label("", "small", "muted", wraps=True)
        for choice in (self.incoming, self.outgoing, self.kept):
            choice.setFixedWidth(WIDTH)
        self.setLayout(column(self._why, beside(self._calls_card(), self._kept_card()), None, spacing=12))
        self._connect()
        bind(self, panel.rules, self._show)
        bind(self, panel.leave_of.leave, self._show_leave)

    def _calls_card(self) -> QFrame:
        note = self.tr(
            "Each side has a channel of its own, and a pause leaves a marked gap. A call keeps the setting that it began with."
        )
        said_note = self.tr("Shown to the agent in the call panel. Leave it empty where nothing has to be said.")
        return card(
            self.tr("Record calls"), note,
            setting(self.incoming.accessibleName(), "", self.incoming), rule(),
            setting(self.outgoing.accessibleName(), "", self.outgoing), rule(),
            column(self.said, label(said_note, "small", "muted", wraps=True), spacing=2),
        )  # fmt: skip

    def _kept_card(self) -> QFrame:
        note = self.tr(
            "After that a recording is deleted by itself: from the server and from every device. A row of the audit says so."
        )
        return card(self.tr("Keep recordings"), note, setting(self.kept.accessibleName(), "", self.kept))

    def _connect(self) -> None:
        self.incoming.activated.connect(lambda _: self._change(incoming=self.incoming.value))
        self.outgoing.activated.connect(lambda _: self._change(outgoing=self.outgoing.value))
        self.kept.activated.connect(lambda _: self._change(keep_days=int(self.kept.value)))
        self.said.input.editingFinished.connect(self._say)

    def _say(self) -> None:
        text = self.said.text.strip()
        if text != self._panel.rules.value.announcement and self._panel.leave_of.leave.value.is_live:
            self._change(announcement=text)

    def _change(self, **changes: str | int) -> None:
        self._run(self._changed(changes), self.tr("Saved. It counts for calls that begin now."))

    async def _changed(self, changes: dict[str, str | int]) -> None:
        """What was refused is shown as it stays."""
        try:
            await self._panel.change(**changes)
        finally:
            self._show(self._panel.rules.value)

    def _show(self, rules: RecordingRules) -> None:
        self.incoming.fill(how_options(), rules.incoming)
        self.outgoing.fill(how_options(), rules.outgoing)
        self.kept.fill(days_options(rules.keep_days), str(rules.keep_days))
        self.said.set_text(rules.announcement)

    def _show_leave(self, leave: Leave) -> None:
        self._why.setText(leave.why_not)
        self._why.setVisible(bool(leave.why_not))
        may = leave.may("tenant:edit")
        for each in (self.incoming, self.outgoing, self.kept, self.said.input):
            each.setEnabled(may)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.open())
