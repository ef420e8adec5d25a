"""The sheet that makes two contacts one: whom to merge with, then each field in which they differ."""

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.contacts.merge import Candidate, FieldPair, Merge, MergePanel
from ui.widgets.buttons import Button
from ui.widgets.choices import Option, Segmented
from ui.widgets.fields import SearchField
from ui.widgets.layout import Item, clear, column, framed, row, rule, scrolling
from ui.widgets.marks import AvatarView, Chip, IconView
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.states import EmptyState
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WIDTH, BODY_HEIGHT, TOP = 600, 330, 104
MINE, OTHER = "mine", "other"


class MergeSheet(PaneSheet):
    """`merged`: the id of the contact that stayed. Escape puts it away, nothing was done then."""

    merged = Signal(object)

    def __init__(self, window: QWidget, pane: QWidget, panel: MergePanel, run: Run) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._run = panel, run
        self._title = label(self.tr("Merge with another contact"), "title")
        self.search = SearchField(self.tr("Find a name"))
        self.search.textChanged.connect(lambda typed: run(self._search(typed)))
        self._found, self._pairs = column(spacing=2), column(spacing=10)
        self._steps = QStackedWidget()
        self._steps.addWidget(self._finding())
        self._steps.addWidget(self._comparing())
        close = self.closing()
        head = row(IconView("git-merge", "accent_text", 18, box=36, soft="accent_soft"), spacing=14, margins=(16, 14, 14, 20))
        head.addWidget(self._title, 1)
        head.addWidget(close)
        self.hold(column(head, rule(), self._steps, self._feet(), spacing=0))
        bind(self, panel.found, self._show_found)
        bind(self, panel.merge, self._show_merge)

    def _finding(self) -> QWidget:
        inner = QWidget()
        inner.setLayout(self._found)
        area = scrolling(inner)
        area.setFixedHeight(BODY_HEIGHT)
        return framed(column(self.search, area, spacing=8, margins=(14, 20, 8, 20)))

    def _comparing(self) -> QWidget:
        inner = QWidget()
        inner.setLayout(self._pairs)
        area = scrolling(inner)
        area.setFixedHeight(BODY_HEIGHT + 40)
        return framed(column(area, spacing=0, margins=(14, 20, 8, 20)))

    def _feet(self) -> QFrame:
        self._back = Button(self.tr("Somebody else"), "ghost", "arrow-left", height=34)
        self._back.clicked.connect(self._panel.back)
        self._swap = Button(self.tr("Keep the other one"), "default", "arrow-left-right", height=34)
        self._swap.clicked.connect(self._panel.swap)
        self._do = Button(self.tr("Merge"), "primary", keys=("Ctrl", "↵"), height=34)
        self._do.clicked.connect(self._merge)
        return framed(row(self._back, None, self._swap, self._do, spacing=10, margins=(12, 16, 12, 16)), "foot")

    def open(self) -> None:
        """Show it, ready to find somebody."""
        self.rise()
        self.search.setFocus()

    # ── finding ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _search(self, typed: str) -> None:
        await self._panel.search(typed)
        self._show_found(self._panel.found.value)  # nobody is said otherwise of a name than of nothing typed

    def _show_found(self, found: tuple[Candidate, ...]) -> None:
        clear(self._found)
        for each in found:
            self._found.addWidget(self._candidate(each))
        if not found:
            words = (
                self.tr("Nobody of that name on this device.") if self.search.text() else self.tr("Nobody is alike. Find a name.")
            )
            self._found.addWidget(EmptyState(words), 1)
        self._found.addStretch(1)

    def _candidate(self, each: Candidate) -> QFrame:
        choose = Button(self.tr("Compare"), "ghost", height=28)
        choose.setAccessibleName(self.tr("Compare with {0}").replace("{0}", each.name))
        choose.clicked.connect(lambda: self._run(self._panel.choose(each.id)))
        line = row(AvatarView(each.name, 32), spacing=10, margins=(5, 4))
        under: list[Item] = [ElidedLabel(each.under, "small", "muted")] if each.under else []
        line.addLayout(column(ElidedLabel(each.name, "strong"), *under, spacing=1), 1)
        if each.why:
            line.addWidget(Chip(each.why, "accent_text"))
        line.addWidget(choose)
        return framed(line)

    # ── comparing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_merge(self, merge: Merge | None) -> None:
        self._steps.setCurrentIndex(0 if merge is None else 1)
        for button in (self._back, self._swap):
            button.setVisible(merge is not None)
        self._do.setEnabled(merge is not None)
        self._title.setText(self.tr("Merge with another contact") if merge is None else self.tr("Make them one"))
        if merge is None:
            return
        clear(self._pairs)
        told = self.tr(
            "{0} stays. All that belongs to {1} moves to it: conversations, calls, notes, tasks, tags, numbers and addresses."
        )
        words = told.replace("{0}", merge.kept.name).replace("{1}", merge.other.name)
        self._pairs.addWidget(label(words, "body", "text2", wraps=True))
        for pair in merge.pairs:
            self._pairs.addWidget(self._pair(pair))
        if not merge.pairs:
            self._pairs.addWidget(label(self.tr("They differ in no field."), "small", "muted"))
        undo = self.tr("Ctrl Z parts them again, with everything back in its place.")
        self._pairs.addWidget(label(undo, "small", "muted", wraps=True))
        self._pairs.addStretch(1)
        self._do.setFocus()

    def _pair(self, pair: FieldPair) -> QFrame:
        name = pair.name[:1].upper() + pair.name[1:]
        choice = Segmented([Option(id=MINE, text=_short(pair.mine)), Option(id=OTHER, text=_short(pair.other))], name)
        choice.choose(OTHER if pair.takes else MINE)
        set_tip(choice, f"{pair.mine} | {pair.other}")
        choice.chosen.connect(lambda which: self._panel.take(pair.field, takes=which == OTHER))
        key = label(name, "body", "muted")
        key.setFixedWidth(110)
        return framed(row(key, choice, None, spacing=12))

    def _merge(self) -> None:
        if self._panel.merge.value is not None:
            self._run(self._do_it(), self.tr("Merged."), undo=True)

    async def _do_it(self) -> None:
        kept_id: UUID = await self._panel.do()
        self.leave()
        self.merged.emit(kept_id)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._merge()
        else:
            super().keyPressEvent(event)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 28 else f"{line[:27]}…"
