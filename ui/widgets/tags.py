"""Tags in a row: as many as fit, "+3" for the rest, and a way to choose; the keyboard goes through them and takes them off."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import painter_on, rounded, write
from ui.widgets.tip import set_tip

HEIGHT, GAP, PAD, CROSS = 20, 5, 7, 14
LEAST_WIDTH = 56
GOES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
GONE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class TagChip(QAbstractButton):
    """One tag, or what stands for several. Its cross, Delete and Backspace take it off; pressed elsewhere it opens the choice."""

    removed = Signal()
    stepped = Signal(int)

    def __init__(self, text: str, *, icon_name: str = "", has_cross: bool = False) -> None:
        super().__init__()
        self._icon, self._has_cross = icon_name, has_cross
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.resize(self.sizeHint())

    @override
    def sizeHint(self) -> QSize:
        width = 2 * PAD + (wide(self.text(), "tiny") + 1 if self.text() else 0)
        width += (12 + (4 if self.text() else 0) if self._icon else 0) + (CROSS if self._has_cross else 0)
        return QSize(round(width), HEIGHT)

    def _on_cross(self, x: float) -> bool:
        return self._has_cross and x >= self.width() - CROSS - 4

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._on_cross(event.position().x()) and self.rect().contains(event.position().toPoint()):
            self.setDown(False)
            self.removed.emit()
        else:
            super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in GONE and self._has_cross:
            self.removed.emit()
        elif key in GOES:
            self.stepped.emit(GOES[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, box = painter_on(self), QRectF(self.rect())
        is_near = self.underMouse()
        still, line = ("inset", None) if self._has_cross else (None, "line2")
        rounded(painter, box, 6, "hover" if is_near else still, line)
        left = float(PAD)
        if self._icon:
            painter.drawPixmap(QPointF(left, (HEIGHT - 12) / 2), icon(self._icon, "text2" if is_near else "muted", 12, 2))
            left += 16
        end = box.width() - (CROSS + 3 if self._has_cross else PAD)
        write(painter, QRectF(left, 0, end - left + 2, HEIGHT), self.text(), "tiny", "text2")
        if self._has_cross:
            tone = "text" if is_near or self.hasFocus() else "muted"
            painter.drawPixmap(QPointF(box.width() - CROSS - 1, (HEIGHT - 11) / 2), icon("x", tone, 11, 2))
        if self.hasFocus():
            rounded(painter, box, 6, None, "focus", 2)


class TagRow(QWidget):
    """`removed`: a tag; `choose_wanted`: what else, or what has no room. Without the right to change it only shows them."""

    removed = Signal(str)
    choose_wanted = Signal()

    def __init__(self, *, most_lines: int = 1) -> None:
        super().__init__()
        self._most_lines, self._tags = most_lines, tuple[str, ...]()
        self._chips: list[TagChip] = []
        self._more, self._add = TagChip("+0"), TagChip(self.tr("Tag"), icon_name="plus")
        self._add.setAccessibleName(self.tr("Add tag"))
        set_tip(self._add, f"{self.tr('Add tag')}   L")
        for chip in (self._more, self._add):
            chip.setParent(self)
            chip.clicked.connect(self.choose_wanted)
            chip.stepped.connect(self._step)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Tags"))

    @property
    def shown(self) -> list[str]:
        """Those that have room."""
        return [chip.text() for chip in self._chips if not chip.isHidden()]

    @property
    def rest(self) -> str:
        """What stands for those that have none: "+3", or nothing."""
        return "" if self._more.isHidden() else self._more.text()

    @property
    def focused(self) -> int | None:
        """Where the focus stands in it; nothing when it is elsewhere."""
        return next((place for place, chip in enumerate((*self._chips, self._more, self._add)) if chip.hasFocus()), None)

    def focus_on(self, place: int) -> None:
        """Give the focus to what stands there now, or to what is left."""
        there = [chip for chip in (*self._chips, self._more, self._add) if not chip.isHidden()]
        if there:
            there[min(place, len(there) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_tags(self, tags: Sequence[str], *, may_change: bool = True) -> None:
        """These; the focus stays near where it was."""
        if (tuple(tags), may_change) == (self._tags, not self._add.isHidden()) and self._chips:
            return
        at = self.focused
        for chip in self._chips:
            chip.hide()
            chip.setParent(None)
            chip.deleteLater()
        self._tags, self._chips = tuple(tags), [self._chip(tag, has_cross=may_change) for tag in tags]
        self._add.setVisible(may_change)
        self._add.setText(self.tr("Tag") if not tags else "")
        self._arrange()
        if at is not None:
            self.focus_on(at)

    def _chip(self, tag: str, *, has_cross: bool) -> TagChip:
        chip = TagChip(tag, has_cross=has_cross)
        chip.setParent(self)
        chip.setAccessibleDescription(self.tr("Delete takes it off") if has_cross else "")
        chip.removed.connect(lambda: self.removed.emit(tag))
        chip.clicked.connect(self.choose_wanted if has_cross else lambda: None)
        chip.stepped.connect(self._step)
        return chip

    def _step(self, by: int) -> None:
        there = [chip for chip in (*self._chips, self._more, self._add) if not chip.isHidden()]
        place = next((place for place, chip in enumerate(there) if chip.hasFocus()), 0)
        there[max(0, min(place + by, len(there) - 1))].setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        """The most that fit into the lines there are."""
        count = len(self._chips)
        while (places := self._places(count)) and count and places[-1].bottom() > self._most_lines * (HEIGHT + GAP):
            count -= 1
        self._more.setVisible(count < len(self._chips))
        for place, chip in enumerate(self._chips):
            chip.setVisible(place < count)
        for chip, area in zip(self._laid_out(count), places, strict=True):
            chip.setGeometry(area)
        self.setFixedHeight(max((area.bottom() + 1 for area in places), default=HEIGHT))

    def _laid_out(self, count: int) -> list[TagChip]:
        left = len(self._chips) - count
        self._more.setText(f"+{left}")
        self._more.setAccessibleName(self.tr("{0} more tags").replace("{0}", str(left)))
        set_tip(self._more, ", ".join(self._tags[count:]))
        return [*self._chips[:count], *([self._more] if left else []), *([self._add] if not self._add.isHidden() else [])]

    def _places(self, count: int) -> list[QRect]:
        places: list[QRect] = []
        x = y = 0
        for chip in self._laid_out(count):
            width = min(chip.sizeHint().width(), max(self.width(), LEAST_WIDTH))
            if x and x + width > self.width():
                x, y = 0, y + HEIGHT + GAP
            places.append(QRect(x, y, width, HEIGHT))
            x += width + GAP
        return places

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._arrange()

    @override
    def sizeHint(self) -> QSize:
        width = sum(chip.sizeHint().width() + GAP for chip in self._chips) + self._add.sizeHint().width()
        return QSize(width, self.height())
