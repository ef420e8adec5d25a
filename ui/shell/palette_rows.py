"""The lines of the palette, and what a search gives it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import draw_avatar, draw_keys, keys_width, painter_on, rounded, write

ROW_HEIGHT = 40
Marks = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One line of the palette."""

    title: str
    group: str
    run: Callable[[], object]
    detail: str = ""
    icon: str = "zap"
    keys: tuple[str, ...] = ()
    avatar: str = ""
    marks: Marks | None = None  # which letters of the title were found; nothing: those that are like what was typed
    detail_marks: Marks = ()
    is_away: bool = False  # only the server has it
    stays: bool = False  # the palette stays open when it is run
    more: Callable[[], object] | None = None  # shows more of its kind in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a search found: its lines, what must be said of it, how many there are and how long it took."""

    hits: Sequence[Hit] = field(default_factory=tuple)
    note: str = ""
    count: str = ""
    nothing: str = ""  # said where there are no lines
    more: "Callable[[], Awaitable[Findings | None]] | None" = None  # asks the server, when there is somebody to ask


Search = Callable[[str], Awaitable[Findings]]


class HitRow(QWidget):
    """The matched letters carry weight, so that it works without colour."""

    pressed = Signal()

    def __init__(self, hit: Hit, typed: str) -> None:
        super().__init__()
        self.hit, self._typed, self._is_on = hit, typed, False
        self.setFixedHeight(ROW_HEIGHT)
        where = self.tr("on the server") if hit.is_away else ""
        self.setAccessibleName(", ".join(part for part in (hit.title, hit.detail, where) if part))

    def set_on(self, *, is_on: bool) -> None:
        """Whether Enter runs this one."""
        self._is_on = is_on
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        box = QRectF(self.rect()).adjusted(8, 1, -8, -1)
        if self._is_on:
            rounded(painter, box, 8, "sel")
            rounded(painter, QRectF(box.x(), box.y() + 9, 3, box.height() - 18), 1.5, "accent")
        left = box.x() + 14
        if self.hit.avatar:
            draw_avatar(painter, QRectF(left - 3, box.y() + 7, 24, 24), self.hit.avatar)
        else:
            mark = icon(self.hit.icon, "accent_text" if self._is_on else "text2", 18)
            painter.drawPixmap(QPointF(left, box.center().y() - 9), mark)
        end = box.right() - 12 - keys_width(self.hit.keys)
        draw_keys(painter, end, box.center().y() - 9, self.hit.keys)
        if self.hit.is_away:
            end -= 26
            painter.drawPixmap(QPointF(end, box.center().y() - 8), icon("cloud", "muted", 16))
        left = self._write_title(painter, QRectF(left + 32, box.y(), end - left - 44, box.height()))
        area = QRectF(left + 12, box.y(), end - left - 24, box.height())
        write_marked(painter, area, self.hit.detail, self.hit.detail_marks, "small", "muted")

    def _write_title(self, painter: QPainter, area: QRectF) -> float:
        title, typed = self.hit.title, self._typed
        marks = self.hit.marks
        if marks is None:
            at = title.lower().find(typed.lower()) if typed else -1
            marks = [] if at < 0 else [[at, at + len(typed)]]
        return write_marked(painter, area, title, marks)


def write_marked(painter: QPainter, area: QRectF, text: str, marks: Marks, style: str = "body", tone: str = "text") -> float:
    """One line whose marked letters carry weight, cut where the area ends; where it ended."""
    left, done = area.x(), 0
    pieces = [piece for start, end in marks for piece in ((start, None), (end, 700))]
    for end, weight in [*pieces, (len(text), None)]:
        piece, done = text[done:end], max(done, end)
        if not piece or left >= area.right():
            continue
        width = wide(piece, style, weight)
        room = QRectF(left, area.y(), min(width + 4, area.right() - left), area.height())
        write(painter, room, piece, style, tone, weight=weight)
        left += width
    return min(left, area.right())
