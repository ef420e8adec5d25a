"""The phone's accounts: a row each with its lamp, what to do about one that is refused, and the way to another one."""

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.account_sheet import AccountSheet
from ui.features.settings.accounts_panel import AccountRow, AccountsPanel
from ui.features.settings.section import card
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import clear, column, framed, row
from ui.widgets.marks import Chip, IconView
from ui.widgets.menus import Menu
from ui.widgets.states import EmptyState
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

TICK_MS = 1000


class AccountsCard(QFrame):
    """What changes with the time is asked for once a second while it is shown."""

    def __init__(self, panel: AccountsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._lines: dict[str, AccountLine] = {}
        self._rows = column(spacing=10)
        self.add = Button(self.tr("Account"), icon_name="plus", height=30)
        self.add.clicked.connect(lambda: self.open_sheet(""))
        self._empty = EmptyState(
            self.tr("No account yet. Calls come in as soon as one is signed in."), self.tr("Add an account"), icon_name="phone"
        )
        self._empty.pressed.connect(lambda: self.open_sheet(""))
        self._full = label(self.tr("Four is the most. Remove one to add another."), "small", "muted", wraps=True)
        shown = card(
            self.tr("Accounts"), self.tr("Up to four. The lamp tells what the server last said, in words."),
            self._rows, self._empty, self._full, side=self.add,
        )  # fmt: skip
        self.setLayout(column(shown, spacing=0))
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(panel.tick)
        bind(self, panel.rows, self._show)

    def _show(self, rows: tuple[AccountRow, ...]) -> None:
        if [each.id for each in rows] != list(self._lines):
            clear(self._rows)
            self._lines = {each.id: self._line(each.id) for each in rows}
        for each in rows:
            self._lines[each.id].show_row(each)
        self._empty.setVisible(not rows)
        self.add.setVisible(bool(rows))
        self.add.setEnabled(not self._panel.is_full)
        why = self._full.text() if self._panel.is_full else ""
        set_tip(self.add, why)
        self.add.setAccessibleDescription(why)
        self._full.setVisible(bool(why))

    def _line(self, account_id: str) -> "AccountLine":
        line = AccountLine()
        line.more.clicked.connect(partial(self._open_menu, account_id))
        line.enter.clicked.connect(lambda: self.open_sheet(account_id, at_password=True))
        line.edit.clicked.connect(lambda: self.open_sheet(account_id))
        self._rows.addWidget(line)
        return line

    def open_sheet(self, account_id: str, *, at_password: bool = False) -> AccountSheet:
        """A new account for "", else one that is known."""
        sheet = AccountSheet(self.window(), self._panel, self._run, self._panel.draft(account_id))
        sheet.open(at_password=at_password)
        return sheet

    def menu_of(self, account_id: str) -> Menu:
        """What can be done with one."""
        menu, line, panel = Menu(self), self._lines[account_id], self._panel
        menu.add_choice(self.tr("Edit…"), lambda: self.open_sheet(account_id))
        is_other = not line.is_default
        menu.add_choice(self.tr("Make default"), lambda: self._run(panel.make_default(account_id)), is_possible=is_other)
        menu.add_choice(self.tr("Sign in again"), lambda: self._run(panel.sign_in_again(account_id)))
        menu.add_choice(self.tr("Remove"), lambda: self._remove(account_id, line.title))
        return menu

    def _open_menu(self, account_id: str) -> None:
        self.menu_of(account_id).open_under(self._lines[account_id].more)

    def _remove(self, account_id: str, title: str) -> None:
        self._run.undoable(self._panel.remove(account_id), self.tr("{0} removed.").replace("{0}", title))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._panel.tick()
        self._tick.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()


class AccountLine(QFrame):
    """An account on its row, and below it what somebody has to do about it."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.is_default = "", False
        self._mark = IconView("phone", "muted", 16, box=34, soft="inset")
        self._name, self._chip = ElidedLabel("", "strong", hugs=True), Chip(" ", "accent_text")
        self._detail = ElidedLabel("", "small", "muted", tabular=True)
        self._lamp, self._note = Chip(" "), label("", "tiny", "muted", tabular=True)
        self.more = IconButton("ellipsis", " ", box=30)
        head = row(self._name, self._chip, None, spacing=8)
        words = column(head, self._detail, spacing=2)
        state = column(row(None, self._lamp), row(None, self._note), spacing=4)
        line = row(self._mark, spacing=12, margins=(10, 8, 10, 12))
        line.addLayout(words, 1)
        line.addLayout(state)
        line.addWidget(self.more)
        self.enter = Button(self.tr("Enter password"), height=30)
        self.edit = Button(self.tr("Edit"), height=30)
        self._words = label("", "body", wraps=True)
        self._trouble = self._trouble_box()
        self.setLayout(column(framed(line, "choice"), self._trouble, spacing=8))

    def _trouble_box(self) -> QWidget:
        line = row(IconView("circle-alert", "danger", 16), spacing=10, margins=(8, 8, 8, 12))
        line.addWidget(self._words, 1)
        line.addWidget(self.enter)
        line.addWidget(self.edit)
        return framed(line, "bad")

    def show_row(self, shown: AccountRow) -> None:
        """How it stands now."""
        self.title, self.is_default = shown.title, shown.is_default
        self._mark.show_icon(
            "phone", "accent_text" if shown.is_default else "muted", "accent_soft" if shown.is_default else "inset"
        )
        self._name.set_text(shown.title)
        self._chip.show_text(shown.chip or " ")
        self._chip.setVisible(bool(shown.chip))
        self._detail.set_text(shown.detail)
        self._lamp.show_text(shown.lamp.text, shown.lamp.tone, shown.lamp.icon)
        self._note.setText(shown.note)
        self._note.setVisible(bool(shown.note))
        self._words.setText(shown.lamp.trouble)
        self._trouble.setVisible(bool(shown.lamp.trouble))
        self.enter.setVisible(shown.lamp.wants_password)
        self.edit.setVisible(not shown.lamp.wants_password)
        self.more.set_name(self.tr("What to do with {0}").replace("{0}", shown.title))
        self.edit.setAccessibleName(self.tr("Edit {0}").replace("{0}", shown.title))
        self.enter.setAccessibleName(self.tr("Enter password of {0}").replace("{0}", shown.title))
        self.setAccessibleName(shown.sentence)
