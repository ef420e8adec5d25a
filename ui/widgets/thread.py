"""What a thread is made of: bubbles, notes, system lines, days, and the timeline's items."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QLayout, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.icons import icon
from ui.theme.paint import painter_on, rounded
from ui.widgets.layout import EvenScroll, Item, column, framed, row, rule
from ui.widgets.marks import AvatarView, IconView
from ui.widgets.text import TitleLine, label, paragraph
from ui.widgets.tip import set_tip

BUBBLE_WIDTH = 430
# how far a message has come → icon and tone; a word says it too
MARKS = {
    "queued": ("clock", "warning"), "sending": ("clock", "muted"), "sent": ("check", "muted"),
    "delivered": ("check-check", "muted"), "read": ("check-check", "info"), "failed": ("triangle-alert", "danger"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BubbleText:
    """What a bubble says, and the line under it. `kind`: in, out, note."""

    kind: str
    text: str
    meta: str
    who: str = ""
    mark: str = ""
    mark_name: str = ""
    note_title: str = ""


def bubble(said: BubbleText, *extras: QWidget, limit: int = BUBBLE_WIDTH) -> QWidget:
    """A message or a note; `extras` (files, a button) stand below the words, inside."""
    inner: list[Item] = [paragraph(said.text, limit, tone="note_text" if said.kind == "note" else "text")]
    if said.kind == "note":
        title = label(said.note_title, "tiny", "warning", weight=600)
        inner.insert(0, row(IconView("lock", "warning", 12), title, None, spacing=5))
    frame = framed(column(*inner, *extras, spacing=6, margins=(8, 12)), {"note": "notebubble"}.get(said.kind, said.kind))
    frame.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    under: list[Item] = [label(said.meta, "tiny", "danger" if said.mark == "failed" else "muted", tabular=True)]
    if said.mark in MARKS:
        mark = IconView(*MARKS[said.mark], 13)
        set_tip(mark, said.mark_name)
        mark.setAccessibleName(said.mark_name)
        under.append(mark)
    made = framed(_aligned(said, frame, under))
    made.setAccessibleName(f"{said.who}: {said.text}. {said.meta} {said.mark_name}".strip())
    return made


def _aligned(said: BubbleText, frame: QFrame, under: list[Item]) -> QLayout:
    if said.kind == "in":
        words = column(frame, row(*under, None, spacing=4, margins=(0, 2)), spacing=3)
        words.setAlignment(frame, Qt.AlignmentFlag.AlignLeft)
        avatar = AvatarView(said.who, 28)
        line = row(avatar, words, None, spacing=10)
        line.setAlignment(avatar, Qt.AlignmentFlag.AlignTop)
        return line
    words = column(frame, row(None, *under, spacing=4, margins=(0, 2)), spacing=3)
    words.setAlignment(frame, Qt.AlignmentFlag.AlignRight)
    return row(None, words, spacing=0)


def system_line(icon_name: str, text: str, tone: str = "muted") -> QWidget:
    """Something that happened by itself."""
    return framed(row(None, IconView(icon_name, tone, 13), label(text, "tiny", "muted", tabular=True), None, spacing=6))


def day_line(text: str) -> QWidget:
    """Where a day begins."""
    line = row(spacing=12, margins=(2, 0))
    line.addWidget(rule(), 1)
    line.addWidget(label(text, "tiny", "muted"))
    line.addWidget(rule(), 1)
    return framed(line)


class ThreadScroll(EvenScroll):
    """Stays at its end while things settle, unless the person has scrolled up."""

    def __init__(self) -> None:
        super().__init__()
        self._follows = True
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: bar.setValue(high) if self._follows else None)
        bar.actionTriggered.connect(lambda _: QTimer.singleShot(0, self._looked))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _looked(self) -> None:
        self._follows = self.verticalScrollBar().value() >= self.verticalScrollBar().maximum() - 4

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        self._looked()

    def go_to_end(self) -> None:
        """Something new is there, or another conversation."""
        self._follows = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def go_to_start(self) -> None:
        """Another conversation whose newest stands first."""
        self._follows = False
        self.verticalScrollBar().setValue(0)

    def hold(self, inner: QWidget, *, side: int = 0, ends_at_top: bool = False) -> None:
        """Show this, from where the person was looking; with the newest at the top it does not follow the end."""
        at = self.verticalScrollBar().value()
        self._follows = self._follows and not ends_at_top
        inner.setProperty("role", "clear")
        self.setWidget(inner)
        self._side = side
        self.even()
        if self._follows:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())  # of the same height: no new range tells it
        else:
            inner.adjustSize()
            self.verticalScrollBar().setValue(at)


class TimelineLine(QWidget):
    """The thread line with an icon on it, at the left of a timeline item."""

    def __init__(self, icon_name: str, tone: str, *, is_last: bool = False) -> None:
        super().__init__()
        self._icon, self._tone, self._is_last = icon_name, tone, is_last
        self.setFixedWidth(30)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        if not self._is_last:
            rounded(painter, QRectF(14, 30, 1.5, self.height() - 28), 0.5, "line2")
        rounded(painter, QRectF(1, 0, 28, 28), 14, "inset")
        painter.drawPixmap(QPointF(8, 7), icon(self._icon, self._tone, 14, 2))


def timeline_item(
    *,
    icon_name: str,
    tone: str,
    title: str,
    meta: str,
    when: str,
    body: str = "",
    is_last: bool = False,
    below: QWidget | None = None,
) -> QWidget:
    """One thing that happened with somebody; `below`: what can be done with it there."""
    head = row(spacing=8)
    head.addWidget(TitleLine(title, meta), 1)
    head.addWidget(label(when, "small", "muted", tabular=True))
    parts: list[Item] = [head]
    if body:
        words = label(body, "body", "text2", wraps=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parts.append(words)
    if below is not None:
        parts.append(below)
    line = row(TimelineLine(icon_name, tone, is_last=is_last), spacing=10)
    line.addLayout(column(*parts, spacing=3, margins=(4, 0, 14, 0)), 1)
    made = framed(line)
    made.setAccessibleName(", ".join(part for part in (title, meta, when, body) if part))
    return made
