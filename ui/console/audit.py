"""What ties the audit to the frame: its place in the settings, the history of a record, and the list of what one did."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ui.console.shown import Shown
from ui.features.settings.section import Section
from ui.features.settings.view import SettingsPage
from ui.shell.actions import Action
from ui.shell.strips import RAIL_WIDTH, STRIP_HEIGHT
from ui.widgets.floating import Floating

if TYPE_CHECKING:
    from ui.console.console import Console

TOP = 104


class AuditGlue(QObject):
    """Opens the floats; each is built when it is first asked for, and one is open at a time."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self._open: Floating | None = None

    def section(self) -> Section:
        """Among the company's settings."""
        tr = self.tr
        return Section(
            id="audit", group="company", title=tr("Audit"), icon="history", build=self._build,
            note=tr("Who did what, when, and from where. Kept on the server, never changed."),
            words=tr("log trail changes history who refused sign-in export retention"),
            is_possible=lambda: self._console.core.desk.may("audit:read"),
        )  # fmt: skip

    def _build(self) -> QWidget:
        from ui.features.audit.view import AuditSection
        from ui.features.audit.viewmodel import AuditPanel

        core = self._console.core
        return AuditSection(AuditPanel(core.desk, core.archive, core.files.halves), self._console.run, self._console.messages)

    def open_acts(self) -> None:
        """What one did, on this device and on others."""
        from ui.features.audit.acts import ActsPanel
        from ui.features.audit.acts_view import ActsView

        window, core = self._console.window, self._console.core
        panel = ActsPanel(core.desk, core.replica, core.archive, core.replica.device)
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

    def shown(self) -> tuple[str, UUID, str] | None:
        """The record that is open: its kind, its id and what it is called."""
        if self._console.window.page == "calls":
            return self._shown_call()
        if self._console.window.page == "settings":
            return self._shown_setting()
        if (record := self._console.shown.record) is None:
            return None
        return self._call_of(record) or (record.kind, record.id, record.title)

    def _call_of(self, record: Shown) -> tuple[str, UUID, str] | None:
        """Of a call's conversation the call itself: there is what became of it."""
        if record.kind != "conversation":
            return None
        call = next((item.call for item in self._console.thread_panel.items.value if item.call is not None), None)
        return ("call", call.id, record.title) if call is not None else None

    def _shown_call(self) -> tuple[str, UUID, str] | None:
        from ui.features.calls.view import CallsPage

        page = self._console.window.stack.currentWidget()
        line = page.current if isinstance(page, CallsPage) else None
        return ("call", line.id, line.who) if line is not None else None

    def _shown_setting(self) -> tuple[str, UUID, str] | None:
        page = self._console.window.stack.currentWidget()
        return self._console.people_glue.shown(page.section) if isinstance(page, SettingsPage) else None

    def open_shown_history(self) -> None:
        """Of what is open."""
        if (record := self.shown()) is not None:
            self.open_history(*record)

    def _show(self, view: Floating) -> None:
        if self._open is not None:
            self._open.leave()
        self._open = view
        view.destroyed.connect(lambda: self._forget(view))
        view.show()
        view.setFocus()

    def _forget(self, view: Floating) -> None:
        if self._open is view:
            self._open = None

    def actions(self) -> list[Action]:
        """In the palette, with their keys."""
        console, group = self._console, self.tr("Everywhere")

        return [
            Action(
                id="acts", title=self.tr("What I did"), group=group, keys="Ctrl+Shift+Z", icon="history", run=self.open_acts
            ),
            Action(
                id="record.history", title=self.tr("History of this record"), group=self.tr("This record"), keys="H",
                icon="history", run=self.open_shown_history, is_possible=lambda: self.shown() is not None, is_hint=True,
            ),
            Action(
                id="audit", title=self.tr("Audit: who did what"), group=group, icon="history",
                run=lambda: console.open_settings("audit"), is_possible=lambda: console.core.desk.may("audit:read"),
            ),
        ]  # fmt: skip
