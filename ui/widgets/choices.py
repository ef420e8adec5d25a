"""Choosing: segments, underlined tabs with counts, lists at the side, switches, what is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import painter_on, rounded, write
from ui.theme.tokens import theme
from ui.widgets.tip import set_tip


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the things to choose from."""

    id: str
    text: str
    icon: str = ""
    count: str = ""
    group: str = ""  # in a list at the side: the heading that it stands under


class _Chooser(QWidget):
    """One of several, by mouse and by arrow keys; one stop for Tab."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[Option], name: str) -> None:
        super().__init__()
        self._options = tuple(options)
        self._place = 0
        self._name = name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tell()

    @property
    def value(self) -> str:
        """The id of what is chosen."""
        return self._options[self._place].id

    @property
    def options(self) -> tuple[Option, ...]:
        """What there is to choose from."""
        return self._options

    def choose(self, option_id: str) -> None:
        """Choose without telling anybody."""
        ids = [option.id for option in self._options]
        if option_id in ids:
            self._place = ids.index(option_id)
            self._tell()
            self.update()

    def set_options(self, options: Sequence[Option]) -> None:
        """Other words or counts; the choice stays if it is still there."""
        value = self.value
        self._options = tuple(options)
        self._place = next((place for place, option in enumerate(options) if option.id == value), 0)
        self._tell()
        self.updateGeometry()
        self.update()

    def _tell(self) -> None:
        option = self._options[self._place]
        self.setAccessibleName(f"{self._name}: {option.text} {option.count}".rstrip())

    def _pick(self, place: int) -> None:
        if 0 <= place < len(self._options) and place != self._place:
            self._place = place
            self._tell()
            self.update()
            self.chosen.emit(self.value)

    def _areas(self) -> list[QRectF]:
        raise NotImplementedError

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        for place, area in enumerate(self._areas()):
            if area.contains(event.position()):
                self._pick(place)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._pick(self._place + step)
        else:
            super().keyPressEvent(event)


class Segmented(_Chooser):
    """Two to four exclusive views in one shape."""

    def __init__(self, options: Sequence[Option], name: str, *, height: int = 30) -> None:
        super().__init__(options, name)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def _widths(self) -> list[float]:
        return [wide(option.text, "small_strong") + 22 + (19 if option.icon else 0) for option in self._options]

    @override
    def sizeHint(self) -> QSize:
        return QSize(round(sum(self._widths())) + 4, self.height())

    @override
    def _areas(self) -> list[QRectF]:
        areas, left = [], 2.0
        for width in self._widths():
            areas.append(QRectF(left, 2, width, self.height() - 4))
            left += width
        return areas

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        rounded(painter, self.rect(), 8, "track", "line")
        for place, (option, area) in enumerate(zip(self._options, self._areas(), strict=True)):
            tone = "text2"
            if place == self._place:
                if not theme.is_dark:
                    rounded(painter, area.translated(0, 1), 6, QColor(0, 0, 0, 14))
                rounded(painter, area, 6, "thumb", None if theme.is_dark else "line2")
                tone = "text"
            left = area.center().x() - (wide(option.text, "small_strong") + (19 if option.icon else 0)) / 2
            if option.icon:
                painter.drawPixmap(QPointF(left, area.center().y() - 7), icon(option.icon, tone, 14))
                left += 19
            write(painter, QRectF(left, area.y(), area.width(), area.height()), option.text, "small_strong", tone, elide=False)
        if self.hasFocus():
            rounded(painter, self.rect(), 8, None, "focus", 2)


class Tabs(_Chooser):
    """Underlined tabs with counts, for one list's views. The words stand `EDGE` inside: the tint of focus is wider than they."""

    EDGE = 4

    def __init__(self, options: Sequence[Option], name: str, *, height: int = 36, gap: int = 18) -> None:
        super().__init__(options, name)
        self._gap = gap
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def _width(self, option: Option) -> float:
        return wide(option.text, "strong") + (wide(option.count, "tiny", tabular=True) + 7 if option.count else 0)

    @override
    def sizeHint(self) -> QSize:
        width = sum(map(self._width, self._options)) + self._gap * (len(self._options) - 1)
        return QSize(round(width) + 2 * self.EDGE, self.height())

    @override
    def _areas(self) -> list[QRectF]:
        widths = [self._width(option) for option in self._options]
        between = max(1, len(widths) - 1)
        gap = max(
            8.0, min(float(self._gap), (self.width() - 2 * self.EDGE - sum(widths)) / between)
        )  # the words first, the gaps give way
        areas, left = [], float(self.EDGE)
        for width in widths:
            areas.append(QRectF(left, 0, width, self.height()))
            left += width + gap
        return areas

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        for place, (option, area) in enumerate(zip(self._options, self._areas(), strict=True)):
            is_on = place == self._place
            if is_on and self.hasFocus():
                rounded(painter, area.adjusted(-self.EDGE, 5, self.EDGE, 0), 5, "accent_soft")
            write(painter, area, option.text, "strong", "text" if is_on else "muted", elide=False)
            if option.count:
                beside = area.adjusted(wide(option.text, "strong") + 6, 1, 20, 1)
                write(painter, beside, option.count, "tiny", "accent_text" if is_on else "muted", elide=False, tabular=True)
            if is_on:
                thick = 3 if self.hasFocus() else 2
                line = QRectF(area.x(), self.height() - thick, area.width(), thick)
                rounded(painter, line, 1, "focus" if self.hasFocus() else "accent")


class SideList(_Chooser):
    """Places below one another under the headings of their groups; up and down go through them."""

    ROW, HEADING, GAP = 34, 26, 6

    def __init__(self, options: Sequence[Option], name: str) -> None:
        super().__init__(options, name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._hovered = -1

    @override
    def sizeHint(self) -> QSize:
        areas = self._areas()
        return QSize(180, round(areas[-1].bottom()) if areas else 0)

    @override
    def _areas(self) -> list[QRectF]:
        areas: list[QRectF] = []
        top, group = 0.0, ""
        for option in self._options:
            if option.group != group:
                top += theme.scaled(self.HEADING) + (self.GAP if areas else 0)
                group = option.group
            areas.append(QRectF(0, top, self.width(), theme.scaled(self.ROW)))
            top += theme.scaled(self.ROW)
        return areas

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._pick(self._place + step)
        else:
            super().keyPressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(next((place for place, area in enumerate(self._areas()) if area.contains(event.position())), -1))

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, group = painter_on(self), ""
        for place, (option, area) in enumerate(zip(self._options, self._areas(), strict=True)):
            if option.group != group:
                group = option.group
                heading = area.translated(8, -theme.scaled(self.HEADING))
                heading.setHeight(theme.scaled(self.HEADING))
                write(painter, heading, group, "tiny", "muted")
            is_on = place == self._place
            if is_on or place == self._hovered:
                rounded(painter, area.adjusted(0, 1, 0, -1), 8, "accent_soft" if is_on else "hover")
            if is_on and self.hasFocus():
                rounded(painter, area.adjusted(0, 1, 0, -1), 8, None, "focus", 2)
            tone = "accent_text" if is_on else "text2"
            painter.drawPixmap(QPointF(8, area.center().y() - 8), icon(option.icon, tone, 16))
            write(painter, area.adjusted(33, 0, -8, 0), option.text, "strong", "text" if is_on else "text2")


class Switch(QAbstractButton):
    """On or off, for what takes effect at once."""

    def __init__(self, name: str, *, is_on: bool = False) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(is_on)
        self.setFixedSize(34, 20)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        is_on = self.isChecked()
        is_live = self.isEnabled()
        rounded(painter, self.rect(), 10, ("accent" if is_live else "press") if is_on else "s1", None if is_on else "edge")
        thumb = ("on_accent" if is_on else "edge") if is_live else "disabled"
        rounded(painter, QRectF(17 if is_on else 3, 3, 14, 14), 7, thumb)
        if self.hasFocus():
            rounded(painter, self.rect(), 10, None, "on_accent" if is_on else "focus", 2)


class Tick(QAbstractButton):
    """Done or yet to do: a ring that a press fills."""

    RING = 18

    def __init__(self, name: str, *, is_on: bool = False) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(is_on)
        self.setFixedSize(28, 28)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(name)
        set_tip(self, name)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        is_on, is_near = self.isChecked(), self.underMouse() or self.isDown()
        ring = QRectF(3, (self.height() - self.RING) / 2, self.RING, self.RING)  # in line with what stands above it
        if is_on:
            rounded(painter, ring, self.RING / 2, "success_fill")
        else:
            rounded(painter, ring, self.RING / 2, "hover" if is_near else "s1", "edge")
        if is_on or is_near:
            painter.drawPixmap(ring.topLeft() + QPointF(3, 3), icon("check", "on_accent" if is_on else "muted", 12, 2))
        if self.hasFocus():
            rounded(painter, ring.adjusted(-3, -3, 3, 3), self.RING / 2 + 3, None, "focus", 2)
