"""What ties the audit to the frame: its place in the settings, the history of a record, and the list of what one did."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ui.features.settings.section import Section
from ui.shell.actions import Action
from ui.shell.strips import RAIL_WIDTH, STRIP_HEIGHT
from ui.widgets.raised import Raised

if TYPE_CHECKING:
    from ui.console.console import Console

TOP = 64


class AuditGlue(QObject):
    """Opens the floats; each is built when it is first asked for, and one is open at a time."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self._open: Raised | None = None

    def section(self) -> Section:
        """Among the company's settings."""
        tr = self.tr
        return Section(
            id="audit", group="company", title=tr("Audit"), icon="history", build=self._build,
            note=tr("Who did what, when, and from where. Kept on the server, never changed."),
            words=tr("log trail changes history who refused sign-in export retention"),
        )  # fmt: skip

    def _build(self) -> QWidget:
        from ui.features.audit.view import AuditSection
        from ui.features.audit.viewmodel import AuditPanel

        return AuditSection(AuditPanel(self._console.core.desk, self._console.core.archive), self._console.run)

    def open_acts(self) -> None:
        """What one did on this device."""
        from ui.features.audit.acts import ActsPanel
        from ui.features.audit.acts_view import ActsView

        window, panel = self._console.window, ActsPanel(self._console.core.desk, self._console.core.replica)
        view = ActsView(window, panel, self._console.run)
        self._show(view)
        self._console.run(panel.refresh())
        view.place(RAIL_WIDTH + 8, window.height() - STRIP_HEIGHT - view.sizeHint().height() + 2 * view.pad - 8)

    def open_history(self, kind: str, record_id: UUID, title: str) -> None:
        """What became of a record."""
        from ui.features.audit.history import HistoryPanel
        from ui.features.audit.history_view import HistoryView

        core, window = self._console.core, self._console.window
        panel = HistoryPanel(core.desk, core.archive, core.replica)
        panel.title = title
        view = HistoryView(window, panel, self._console.run)
        self._show(view)
        self._console.run(panel.open(kind, record_id, title))
        view.place((window.width() - view.sheet_size.width()) // 2, TOP)

    def open_shown_history(self) -> None:
        """Of the person whose page is open."""
        person = self._console.record_person.person.value
        if person is not None:
            self.open_history("contact", person.card.id, person.card.name)

    def _show(self, view: Raised) -> None:
        if self._open is not None:
            self._open.hide()
            self._open.deleteLater()
        self._open = view
        view.destroyed.connect(lambda: self._forget(view))
        view.show()
        view.setFocus()

    def _forget(self, view: Raised) -> None:
        if self._open is view:
            self._open = None

    def actions(self) -> list[Action]:
        """In the palette, with their keys."""
        console, group = self._console, self.tr("Everywhere")

        def is_record() -> bool:
            return console.window.page == "contacts" and console.record_person.person.value is not None

        return [
            Action(
                id="acts", title=self.tr("What I did"), group=group, keys="Ctrl+Shift+Z", icon="history", run=self.open_acts
            ),
            Action(
                id="record.history", title=self.tr("History of this contact"), group=self.tr("This contact"), keys="H",
                icon="history", run=self.open_shown_history, is_possible=is_record, is_hint=True,
            ),
            Action(
                id="audit", title=self.tr("Audit: who did what"), group=group, icon="history",
                run=lambda: console.open_settings("audit"),
            ),
        ]  # fmt: skip
