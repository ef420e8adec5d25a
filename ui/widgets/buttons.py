"""Buttons: painted, so that icons and key caps sit exactly."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import CENTRE, KEY_HEIGHT, draw_keys, keys_width, painter_on, rounded, write
from ui.theme.tokens import RADIUS_CONTROL
from ui.widgets.tip import set_tip

# kind → (fill, line, text, hover fill)
KINDS: Final = {
    "default": ("control", "line2", "text", "hover"),
    "primary": ("accent", None, "on_accent", "accent_hover"),
    "success": ("success_fill", None, "on_accent", "success"),
    "danger": ("danger_fill", None, "on_accent", "danger_fill"),
    "dangerline": ("control", "line2", "danger", "danger_soft"),
    "ghost": (None, None, "text2", "hover"),
    "link": (None, None, "accent_text", "accent_soft"),
    "soft": ("accent_soft", None, "accent_text", "sel"),
}
SOLID = frozenset({"primary", "success", "danger"})
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Pressed(QAbstractButton):
    """Return presses it, as Space does; with Ctrl it is left to the sheet or page that the button stands on."""

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in RETURNS and not held and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


class Button(Pressed):
    """A button that says its result, with an icon before and key caps behind the words.

    `kind`: default, primary (one a surface), success (only Answer), danger (only End), dangerline, ghost,
    link (goes elsewhere, at the edge of a head), soft.
    """

    def __init__(
        self,
        text: str,
        kind: str = "default",
        icon_name: str = "",
        *,
        keys: tuple[str, ...] = (),
        height: int = 32,
        stretches: bool = False,
        trailing: str = "",
        is_small: bool = False,
    ) -> None:
        super().__init__()
        self._kind, self._icon, self._keys, self._trailing = kind, icon_name, keys, trailing
        self._style = "small_strong" if is_small or height <= 26 else "strong"
        self._is_loading = False
        self.setFixedHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        wish = QSizePolicy.Policy.Expanding if stretches else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wish, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.set_words(text)

    def set_words(self, text: str) -> None:
        """Say another result."""
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_icon(self, icon_name: str) -> None:
        """Another icon."""
        self._icon = icon_name
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: str) -> None:
        """Another weight: what was the next thing to do is no longer."""
        self._kind = kind
        self.update()

    def set_loading(self, is_loading: bool) -> None:
        """While it works the words stay, the icon becomes a ring, and it cannot be pressed."""
        self._is_loading = is_loading
        self.setEnabled(not is_loading)
        self.update()

    def _content_width(self) -> float:
        width = wide(self.text(), self._style) if self.text() else 0.0
        width += (16 + (7 if self.text() else 0)) if self._icon else 0
        width += 18 if self._trailing else 0
        return width + (keys_width(self._keys) + 10 if self._keys else 0)

    @override
    def sizeHint(self) -> QSize:
        pad = 4 if self._kind == "link" else 12 if self.height() > 26 else 9
        return QSize(round(self._content_width()) + 2 * pad, self.height())

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        fill, line, tone, hover = KINDS[self._kind]
        if not self.isEnabled():
            fill, line, tone = "inset", None, "disabled"
        elif self.isDown():
            fill = "press" if self._kind not in SOLID else hover
        elif self.underMouse():
            fill = hover
        box = QRectF(self.rect())
        rounded(painter, box, RADIUS_CONTROL, fill, line)
        if self.hasFocus() and self._kind in SOLID:  # within the edge: at the edge it would be lost on what is as light
            rounded(painter, box.adjusted(2, 2, -2, -2), RADIUS_CONTROL - 2, None, "on_accent", 1.5)
        elif self.hasFocus():
            rounded(painter, box, RADIUS_CONTROL, None, "focus", 2)
        self._paint_content(painter, tone)

    def _paint_content(self, painter: QPainter, tone: str) -> None:
        height = self.height()
        left = (self.width() - self._content_width()) / 2
        shown = "loader-circle" if self._is_loading else self._icon
        if shown and self._icon:
            mark = icon(shown, "text2" if self._kind == "default" and self.isEnabled() else tone, 16)
            painter.drawPixmap(QPointF(left, (height - 16) / 2), mark)
            left += 16 + (7 if self.text() else 0)
        if self.text():
            write(painter, QRectF(left, 0, self.width(), height), self.text(), self._style, tone, elide=False)
            left += wide(self.text(), self._style)
        if self._trailing:
            painter.drawPixmap(QPointF(left + 4, (height - 14) / 2), icon(self._trailing, "muted", 14))
        if self._keys:
            is_on = self.isEnabled()
            top, cap_tone = (height - KEY_HEIGHT) / 2, "muted" if is_on else tone
            draw_keys(painter, left + 10, top, self._keys, on_fill=is_on and self._kind in SOLID, tone=cap_tone)


class IconButton(Pressed):
    """An icon to press; its tooltip and accessible name say the act and the key."""

    def __init__(
        self,
        icon_name: str,
        name: str,
        key: str = "",
        *,
        size: int = 18,
        box: int = 32,
        tone: str = "text2",
        is_outlined: bool = False,
    ) -> None:
        super().__init__()
        self._icon, self._size, self._tone, self._is_outlined = icon_name, size, tone, is_outlined
        self._chosen_tone, self._soft, self._badge = "accent_text", "accent_soft", 0
        self.setFixedSize(box, box)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_name(name, key)

    def set_name(self, name: str, key: str = "") -> None:
        """What pressing it does, and by which key."""
        set_tip(self, f"{name}   {key}".rstrip())
        self.setAccessibleName(name)

    def set_icon(self, icon_name: str, tone: str | None = None) -> None:
        """Another icon."""
        self._icon, self._tone = icon_name, tone or self._tone
        self.update()

    def set_badge(self, count: int) -> None:
        """A count at the corner; 0 hides it."""
        self._badge = count
        self.update()

    def set_chosen_tones(self, tone: str, soft: str) -> None:
        """How it looks when it is checked: a muted microphone is amber."""
        self._chosen_tone, self._soft = tone, soft

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        box = QRectF(self.rect())
        if self.isChecked():
            rounded(painter, box, 8, self._soft)
        elif self.isDown():
            rounded(painter, box, 8, "press")
        elif self.underMouse() and self.isEnabled():
            rounded(painter, box, 8, "hover", "line2" if self._is_outlined else None)
        elif self._is_outlined:
            rounded(painter, box, 8, "control", "line2")
        if self.hasFocus():
            rounded(painter, box, 8, None, "focus", 2)
        tone = "disabled" if not self.isEnabled() else self._chosen_tone if self.isChecked() else self._tone
        edge = (self.width() - self._size) / 2
        painter.drawPixmap(QPointF(edge, edge), icon(self._icon, tone, self._size))
        if self._badge:
            self._paint_badge(painter)

    def _paint_badge(self, painter: QPainter) -> None:
        text = str(self._badge) if self._badge < 100 else "99+"
        width = max(15.0, wide(text, "tiny", 600) + 8)
        badge = QRectF(self.width() - width + 1, 0, width, 15)
        rounded(painter, badge.adjusted(-1.5, -1.5, 1.5, 1.5), 9, "s0")
        rounded(painter, badge, 7.5, "danger_fill")
        write(painter, badge, text, "tiny", "on_accent", CENTRE, 600, elide=False)


class RailButton(IconButton):
    """A place in the navigation rail; where one is carries a bar at the left."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isChecked():
            rounded(painter_on(self), QRectF(-3, 9, 6, self.height() - 18), 3, "accent")


class CallKey(Pressed):
    """A large key of the call panel: icon over word. Checked is amber; `is_end` is red."""

    def __init__(self, icon_name: str, text: str, key: str = "", *, is_end: bool = False) -> None:
        super().__init__()
        self._icon, self._is_end = icon_name, is_end
        self.setFixedHeight(58)
        self.setMinimumWidth(60)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_words(text, key)

    def set_words(self, text: str, key: str = "", icon_name: str = "") -> None:
        """Say another act."""
        self._icon = icon_name or self._icon
        self.setText(text)
        self.setAccessibleName(text)
        set_tip(self, f"{text}   {key}".rstrip())
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        fill, line, tone, mark = "control", "line2", "text", "text2"
        if not self.isEnabled():
            fill, line, tone, mark = "inset", "inset", "disabled", "disabled"
        elif self._is_end:
            fill, line, tone, mark = "danger_fill", "danger_fill", "on_accent", "on_accent"
        elif self.isChecked():
            fill, line, tone, mark = "warning_soft", "warning_dot", "warning", "warning"
        elif self.underMouse():
            fill = "hover"
        rounded(painter, self.rect(), 9, fill, line)
        if self.hasFocus():
            rounded(painter, self.rect(), 9, None, "focus", 2)
        painter.drawPixmap(QPointF((self.width() - 20) / 2, 10), icon(self._icon, mark, 20))
        write(painter, QRectF(2, self.height() - 24, self.width() - 4, 16), self.text(), "tiny", tone, CENTRE)
