"""The dialog of a conflict: one sentence, the values side by side, one key settles it. The phone stays live above it."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from app.domain.conflicts.rules import Choice
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.conflicts.viewmodel import ConflictPanel, Decision, JoinedLine, Side
from ui.theme.icons import icon
from ui.theme.paint import painter_on, rounded
from ui.widgets.buttons import Button
from ui.widgets.layout import Item, clear, column, framed, row
from ui.widgets.marks import Chip, IconView, KeyCaps
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WIDTH, TOP, GAP, EDGE = 664, 60, 12, 24
MOST_SHOWN = 400  # characters of a long text
DIGITS = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SideCard(QAbstractButton):
    """One of the values, to be chosen."""

    def __init__(self, side: Side, key: str) -> None:
        super().__init__()
        self.choice = side.choice
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setEnabled(side.is_possible)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # as wide as the others, whatever it holds
        self.setAccessibleName(side.sentence)
        self.setAccessibleDescription(side.result)
        tone = "text" if side.is_possible else "disabled"
        parts: list[Item] = [row(22, label(side.title, "strong", tone), None, KeyCaps(key)), label(side.who, "small", "muted")]
        for name, value in side.values:
            if name:
                parts.append(label(name, "tiny", "muted"))
            text = value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…"
            shown = label(text, "h1" if len(side.values) == 1 and len(value) < 40 else "body", tone, wraps=True, tabular=True)
            set_tip(shown, value if text != value else "")
            parts.append(shown)
        self.setLayout(column(*parts, None, spacing=3, margins=(10, 12)))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, is_on = painter_on(self), self.isChecked()
        rounded(
            painter, self.rect(), 8, "sel" if is_on else "hover" if self.underMouse() else "s3", "accent" if is_on else "line"
        )
        if self.hasFocus():
            rounded(painter, self.rect(), 8, None, "focus", 2)
        mark = icon("circle-check" if is_on else "circle", "accent_text" if is_on else "muted", 16)
        painter.drawPixmap(QPointF(11, 12), mark)


class ConflictDialog(PaneSheet):
    """Follows the panel's decision: the next one comes by itself, and after the last the dialog goes."""

    def __init__(self, window: QWidget, pane: QWidget, panel: ConflictPanel, run: Run, *, beside: int = 0) -> None:
        """`beside`: as far as there is room, right of this place, where the outbox may stand."""
        super().__init__(window, pane, WIDTH, stays=True)
        self._panel, self._run, self._beside = panel, run, beside
        self._cards: list[SideCard] = []
        self._question, self._about = label("", "title", wraps=True), ElidedLabel("", "small", "muted")
        self._sides, self._joined = row(spacing=10), column(spacing=6)
        self._hint_text = label("", "body", "text2", wraps=True)
        hint = row(IconView("info", "info", 16), spacing=10, margins=(10, 12))
        hint.addWidget(self._hint_text, 1)
        self._hint = framed(hint, "inset")
        self._keep = Button(self.tr("Keep mine"), "primary", keys=("Ctrl", "↵"), height=34)
        self._keep.clicked.connect(lambda: self._settle(self._chosen))
        self._lay_out()
        bind(self, panel.decision, self._show)

    @staticmethod
    def has_room(width: int, beside: int) -> bool:
        """Whether both fit into a window as wide."""
        return beside + GAP + WIDTH + EDGE <= width

    def _lay_out(self) -> None:
        close = self.closing(self.tr("Decide later"))
        later = self.cancelling(self.tr("Decide later"))
        words = column(self._question, self._about, spacing=2)
        head = row(IconView("git-merge", "danger", 18, box=36, soft="danger_soft"), spacing=12, margins=(16, 16, 12, 20))
        head.addLayout(words, 1)
        head.addWidget(close)
        body = column(self._sides, self._hint, self._joined, spacing=12, margins=(0, 20, 16, 20))
        safe = label(self.tr("Nothing is lost: the other value stays in the history."), "small", "muted", wraps=True)
        ends = row(spacing=10, margins=(12, 16, 12, 20))
        ends.addWidget(safe, 1)
        ends.addWidget(later)
        ends.addWidget(self._keep)
        self.hold(column(head, body, framed(ends, "foot"), spacing=0))

    @property
    def _chosen(self) -> Choice:
        return next((card.choice for card in self._cards if card.isChecked()), "theirs")

    def _show(self, decision: Decision | None) -> None:
        if decision is None:
            super().leave()
            return
        self._question.setText(decision.question)
        self._about.set_text(decision.about)
        self._hint.setVisible(bool(decision.hint))
        self._hint_text.setText(decision.hint)
        clear(self._sides)
        self._cards = [SideCard(side, str(place)) for place, side in enumerate(decision.sides, 1)]
        for card, side in zip(self._cards, decision.sides, strict=True):
            card.toggled.connect(lambda is_on, words=side.result: self._keep.set_words(words) if is_on else None)
            self._sides.addWidget(card, 1)
        next(card for card in self._cards if card.isEnabled()).setChecked(True)
        self._show_joined(decision.joined)
        self.setAccessibleName(f"{decision.question}. {decision.about}")
        self.settle()

    def _show_joined(self, lines: tuple[JoinedLine, ...]) -> None:
        clear(self._joined)
        if not lines:
            return
        head = row(label(self.tr("Joined without asking"), "small_strong", "muted"), None)
        head.addWidget(label(self.tr("no clash"), "small", "muted"))
        self._joined.addLayout(head)
        for each in lines:
            line = row(IconView("check", "success", 15), label(each.name.capitalize(), "body", "muted"), spacing=8)
            line.addWidget(ElidedLabel(each.value, "body"), 1)
            line.addWidget(Chip(self.tr("Both kept"), "success") if each.both else label(each.by, "small", "muted"))
            self._joined.addLayout(line)
            if each.both:
                had = "   ".join(f"{who}: {what}" for who, what in each.both)
                turns = row(23, spacing=0)
                turns.addWidget(label(had, "small", "text2", wraps=True), 1)
                self._joined.addLayout(turns)

    def open(self) -> None:
        """Show it, with the focus on the first value that can be kept."""
        self.rise()
        if self._cards:
            next(card for card in self._cards if card.isEnabled()).setFocus()

    @override
    def leave(self) -> None:
        """Later: it stays in the outbox."""
        self._panel.later()

    @override
    def follow(self, old: QSize, new: QSize) -> None:
        """In a window of another size it stays beside the outbox."""
        self.settle()

    @override
    def spot(self, room: QSize) -> tuple[int, int]:
        left, down = super().spot(room)
        return max(left, min(self._beside + GAP, room.width() - WIDTH - EDGE)), max(TOP, down)

    def _settle(self, choice: Choice) -> None:
        if any(card.choice == choice and card.isEnabled() for card in self._cards):
            self._run.telling(self._panel.settle(choice), undo=True)

    @override
    def keeps(self, key: int) -> bool:
        return key in {*DIGITS, *RETURNS, Qt.Key.Key_Escape}

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in DIGITS:
            place = DIGITS.index(key)
            if place < len(self._cards):
                self._settle(self._cards[place].choice)
        elif key in RETURNS:
            self._settle(self._chosen)
        else:
            super().keyPressEvent(event)
