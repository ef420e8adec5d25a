"""The sheet with the rules of dialling: the list, in the order in which they run, and the form of one of them."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.dialling_form import RuleForm
from ui.features.settings.dialling_panel import DiallingPanel
from ui.features.settings.rule_list import RuleList
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import column, framed, row
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.states import EmptyState
from ui.widgets.text import label
from ui.widgets.tip import set_tip

WIDTH, HEIGHT, TOP = 620, 404, 96
CTRL, ALT, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier


class RulesSheet(PaneSheet):
    """Each change is kept at once and can be taken back; Escape leaves the form, then the sheet."""

    def __init__(
        self, window: QWidget, pane: QWidget, panel: DiallingPanel, run: Run, countries: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._run = panel, run
        self.list = RuleList(self._move)
        self.form = RuleForm(panel, countries, run, kept=self._kept, leave=self._show_list)
        nothing = self.tr("No rules yet. Every number is dialled in full, as +39….")
        self._empty = EmptyState(nothing, self.tr("Add a rule"), icon_name="list-ordered", keys=("N",))
        self._empty.pressed.connect(self._new)
        self._title, self._done = label("", "title"), label("", "small", "text2")
        self._rows, self._body = _stacked(self.list, self._empty), QStackedWidget()
        self._listed = framed(column(self._rows, self._undo_line(), self._list_foot(), spacing=0))
        for page in (self._listed, self.form):
            self._body.addWidget(page)
        self._body.setFixedHeight(HEIGHT)
        self.hold(column(self._head(), self._body, spacing=0))
        self.list.activated.connect(lambda _: self._edit())
        self.list.picked.connect(self._can)
        bind(self, panel.rules, lambda _: self._show_rules())
        bind(self, panel.taken_back, self._show_undo)

    # ── laid out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _head(self) -> QHBoxLayout:
        close = self.closing()
        note = self.tr("They run from the top; the first that fits wins. Emergency and service numbers stay as they are.")
        head = row(spacing=8, margins=(16, 14, 10, 20))
        head.addLayout(column(self._title, label(note, "small", "muted", wraps=True), spacing=2), 1)
        head.addWidget(close, alignment=Qt.AlignmentFlag.AlignTop)
        return head

    def _list_foot(self) -> QFrame:
        self._add = Button(self.tr("Rule"), "default", "plus", keys=("N",), height=32)
        self._change = Button(self.tr("Edit"), "default", "pencil", keys=("↵",), height=32)
        self._remove = Button(self.tr("Remove"), "ghost", "trash-2", keys=("Del",), height=32)
        self._up = IconButton("chevron-up", self.tr("Run earlier"), "Alt ↑", box=32, size=16)
        self._down = IconButton("chevron-down", self.tr("Run later"), "Alt ↓", box=32, size=16)
        for button, act in (
            (self._add, self._new), (self._change, self._edit), (self._remove, self._take_out),
            (self._up, lambda: self._step(-1)), (self._down, lambda: self._step(1)),
        ):  # fmt: skip
            button.clicked.connect(act)
        foot = row(self._add, self._change, self._up, self._down, None, self._remove, margins=(12, 16))
        return framed(foot, "foot")

    def _undo_line(self) -> QFrame:
        undo = Button(self.tr("Undo"), "link", keys=("Ctrl", "Z"), height=26)
        undo.clicked.connect(lambda: self._run(self._panel.undo()))
        self._undo = framed(row(self._done, undo, None, spacing=10, margins=(2, 20, 8, 20)))
        return self._undo

    # ── shown ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_rules(self) -> None:
        self.list.show_lines(self._panel.lines)
        self._rows.setCurrentWidget(self.list if self._panel.rules.value else self._empty)
        self._can()

    def _show_list(self) -> None:
        self._body.setCurrentWidget(self._listed)
        self._title.setText(self.tr("Rules of dialling"))
        (self.list if self._panel.rules.value else self._add).setFocus()

    def _show_undo(self, words: str) -> None:
        self._done.setText(self.tr("{0}.").replace("{0}", words))
        self._undo.setVisible(bool(words))

    def _can(self) -> None:
        place, count = self.list.place, len(self._panel.rules.value)
        self._add.setEnabled(not self._panel.is_full)
        set_tip(self._add, self.tr("There are as many rules as there can be.") if self._panel.is_full else "")
        for button, is_possible in (
            (self._change, place > 0), (self._remove, place > 0), (self._up, place > 1), (self._down, 0 < place < count),
        ):  # fmt: skip
            button.setEnabled(is_possible)

    # ── done ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _new(self) -> None:
        if not self._panel.is_full:
            self._open_form(0)

    def _edit(self) -> None:
        if self.list.place:
            self._open_form(self.list.place)

    def _open_form(self, place: int) -> None:
        self._title.setText(self.tr("Rule {0}").replace("{0}", str(place)) if place else self.tr("New rule"))
        self._body.setCurrentWidget(self.form)
        self.form.begin(place)

    def _kept(self, place: int) -> None:
        self._show_list()
        self.list.choose(place)

    def _take_out(self) -> None:
        if place := self.list.place:
            self._run(self._then(self._panel.remove(place), place))

    def _step(self, by: int) -> None:
        if place := self.list.place:
            self._move(place, place + by)

    def _move(self, place: int, to: int) -> None:
        self._run(self._moved(place, to))

    async def _moved(self, place: int, to: int) -> None:
        self.list.choose(await self._panel.move(place, to))
        self._can()

    async def _then(self, work: Coroutine[Any, Any, None], place: int) -> None:
        await work
        self.list.choose(min(place, len(self._panel.rules.value)))
        self._can()

    def open(self) -> None:
        """Show it over the pane."""
        self.rise()
        self._show_list()

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _own_keys(self) -> dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]]:
        if self._body.currentWidget() is self.form:
            return {(Qt.Key.Key_Escape, NONE): self._show_list}
        keys = Qt.Key
        return {
            (keys.Key_Escape, NONE): self.leave, (keys.Key_N, NONE): self._new, (keys.Key_Insert, NONE): self._new,
            (keys.Key_Return, NONE): self._edit, (keys.Key_Enter, NONE): self._edit, (keys.Key_Delete, NONE): self._take_out,
            (keys.Key_Up, ALT): lambda: self._step(-1), (keys.Key_Down, ALT): lambda: self._step(1),
            (keys.Key_Z, CTRL): lambda: self._run(self._panel.undo()),
        }  # fmt: skip

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._act_of(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def _act_of(self, event: QKeyEvent) -> Callable[[], object] | None:
        pressed = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return self._own_keys().get((Qt.Key(event.key()), pressed))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (act := self._act_of(event)) is not None:
            act()
        else:
            super().keyPressEvent(event)


def _stacked(*pages: QWidget) -> QStackedWidget:
    made = QStackedWidget()
    for page in pages:
        made.addWidget(page)
    return made
