"""The command palette: every act with its key, and people and records as they are typed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.kernel.tasks import TaskRunner
from ui.shell.actions import Action, ActionRegistry
from ui.theme.fonts import font, wide
from ui.theme.icons import icon
from ui.theme.paint import draw_avatar, draw_keys, keys_width, painter_on, rounded, write
from ui.widgets.layout import Item, clear, column, framed, row, rule
from ui.widgets.marks import Chip, IconView, KeyCaps
from ui.widgets.raised import Raised, Scrim
from ui.widgets.text import label

WIDTH, TOP, ROW_HEIGHT = 680, 116, 40
HEAD_HEIGHT, FRAME_HEIGHT = 26, 150  # a group's name; search line, foot and strip together
MOST_ACTIONS, MOST_FOUND = 7, 6


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


Search = Callable[[str], Awaitable[Sequence[Hit]]]


class HitRow(QWidget):
    """The matched letters carry weight, so that it works without colour."""

    pressed = Signal()

    def __init__(self, hit: Hit, typed: str) -> None:
        super().__init__()
        self.hit, self._typed, self._is_on = hit, typed, False
        self.setFixedHeight(ROW_HEIGHT)
        self.setAccessibleName(f"{hit.title}, {hit.detail}".rstrip(", "))

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
        left = self._write_title(painter, QRectF(left + 32, box.y(), end - left - 44, box.height()))
        write(painter, QRectF(left + 12, box.y(), end - left - 24, box.height()), self.hit.detail, "small", "muted")

    def _write_title(self, painter: QPainter, area: QRectF) -> float:
        title, typed = self.hit.title, self._typed
        at = title.lower().find(typed.lower()) if typed else -1
        parts = (
            [(title, None)]
            if at < 0
            else [(title[:at], None), (title[at : at + len(typed)], 700), (title[at + len(typed) :], None)]
        )
        left = area.x()
        for text, weight in parts:
            width = wide(text, "body", weight)
            write(painter, QRectF(left, area.y(), min(width + 4, area.right() - left), area.height()), text, weight=weight)
            left += width
        return min(left, area.right())


class CommandPalette(Raised):
    """Over the pane, which it dims; the phone above stays live. Escape gives the focus back where it was.

    `context` says what the first group is about ("Call with Luca Bianchi").
    """

    closed = Signal()

    def __init__(
        self,
        parent: QWidget,
        actions: ActionRegistry,
        search: Search,
        tasks: TaskRunner,
        *,
        pane: QWidget | None = None,
        context: str = "",
    ) -> None:
        super().__init__(parent, WIDTH, radius=14)
        self._scrim = Scrim(pane, parent) if pane is not None else None
        if self._scrim is not None:
            self._scrim.pressed.connect(self.close_palette)
        self._came_from = QApplication.focusWidget()
        self._window, self._actions, self._search, self._tasks = parent, actions, search, tasks
        self._rows: list[HitRow] = []
        self._place, self._asked = 0, 0
        self.input = QLineEdit()
        self.input.setProperty("bare", True)
        self.input.setFont(font("h1", 400))
        self.input.setPlaceholderText(self.tr("Search or run a command"))
        self.input.setAccessibleName(self.tr("Command palette"))
        self.input.textChanged.connect(self._typed)
        self.input.installEventFilter(self)
        self._count = label("", "tiny", "muted", tabular=True)
        top = row(IconView("search", "muted", 18), spacing=12, margins=(14, 16, 14, 20))
        top.addWidget(self.input, 1)
        if context:
            top.addWidget(Chip(context, "success", "phone", height=22))
        top.addWidget(KeyCaps("Esc"))
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self.hold(column(top, rule(), 4, self._list, 6, self._foot(), spacing=0))
        self._typed("")

    def _foot(self) -> QFrame:
        hints: list[Item] = []
        for keys, text in ((("↑", "↓"), self.tr("Move")), (("↵",), self.tr("Run")), (("Ctrl", "↵"), self.tr("Run and stay"))):
            hints += [KeyCaps(*keys), label(text, "tiny", "muted"), 8]
        return framed(row(*hints, None, self._count, spacing=6, margins=(9, 18)), "foot")

    @property
    def hits(self) -> list[HitRow]:
        """The lines that are offered, from above."""
        return list(self._rows)

    def open(self) -> None:
        """Show it in the middle, ready to type."""
        if self._scrim is not None:
            self._scrim.show()
            self._scrim.raise_()
        self.show()
        self.place((self._window.width() - WIDTH) // 2, TOP)
        self.input.setFocus()

    def close_palette(self) -> None:
        """Put it away; a place that a hit leads to takes the focus afterwards."""
        self._asked += 1  # an answer that is still on its way finds nobody here
        self.hide()
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
        if self._came_from is not None and isValid(self._came_from) and self._came_from.isVisible():
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        self.deleteLater()

    @override
    def eventFilter(self, watched: object, event: object) -> bool:
        return isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress and self._key(event)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._select(self._place + (1 if key == Qt.Key.Key_Down else -1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._run(stays=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True

    def _typed(self, text: str) -> None:
        self._asked += 1
        self._show(self._acts(text.strip()), text.strip())
        if text.strip():
            self._tasks.start(self._find(text.strip(), self._asked), name="palette")

    def _acts(self, typed: str) -> list[Hit]:
        words = typed.lower().split()
        matching = [
            action
            for action in self._actions.possible()
            if action.in_palette and all(word in action.title.lower() for word in words)
        ]
        order = self._order()
        matching.sort(key=lambda action: (not action.title.lower().startswith(typed.lower()), order[action.group]))
        shown = matching[: MOST_ACTIONS if typed else MOST_ACTIONS + 5]
        return [_hit_of(action) for action in sorted(shown, key=lambda action: order[action.group])]

    def _order(self) -> dict[str, tuple[int, int]]:
        """What is at hand stands first: the groups by rank, then as they became known."""
        order: dict[str, tuple[int, int]] = {}
        for place, action in enumerate(self._actions.all()):
            rank, first = order.get(action.group, (action.rank, place))
            order[action.group] = (max(rank, action.rank), first)
        return order

    async def _find(self, typed: str, asked: int) -> None:
        found = list(await self._search(typed))[:MOST_FOUND]
        if asked == self._asked and not self.isHidden():
            self._show([*self._acts(typed), *found], typed)

    def _show(self, hits: list[Hit], typed: str) -> None:
        clear(self._list)
        self._rows = []
        room = self._window.height() - TOP - FRAME_HEIGHT
        group = ""
        for hit in hits:
            needed = ROW_HEIGHT + (HEAD_HEIGHT if hit.group != group else 0)
            if needed > room:
                break  # what does not fit would crush the rest: typing on narrows it
            room -= needed
            if hit.group != group:
                group = hit.group
                self._add(framed(row(label(group, "tiny", "muted", weight=600), margins=(8, 22, 3, 22)), height=HEAD_HEIGHT))
            line = HitRow(hit, typed)
            line.pressed.connect(lambda line=line: self._press(line))
            self._rows.append(line)
            self._add(line)
        if not hits:
            self._add(framed(row(label(self.tr("Nothing found on this device"), "body", "muted"), margins=(16, 22))))
        shown = self.tr("{0} of {1} on this device") if len(self._rows) < len(hits) else self.tr("{0} on this device")
        self._count.setText(shown.replace("{0}", str(len(self._rows))).replace("{1}", str(len(hits))))
        self._place = 0
        self._select(0)
        self.setFixedHeight(self.sizeHint().height())

    def _add(self, widget: QWidget) -> None:
        self._list.addWidget(widget)
        widget.show()  # a widget that waits to be shown counts for nothing in the height

    def _select(self, place: int) -> None:
        if self._rows:
            self._place = place % len(self._rows)
            for each, line in enumerate(self._rows):
                line.set_on(is_on=each == self._place)

    def _press(self, line: HitRow) -> None:
        self._place = self._rows.index(line)
        self._run(stays=False)

    def _run(self, *, stays: bool) -> None:
        if not self._rows:
            return
        hit = self._rows[self._place].hit
        if not stays:
            self.close_palette()
        hit.run()


def _hit_of(action: Action) -> Hit:
    return Hit(title=action.title, group=action.group, run=action.run, detail=action.detail, icon=action.icon, keys=action.caps)
