"""Small painted marks: icons, dots, chips, badges, key caps, avatars."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import CENTRE, KEY_HEIGHT, draw_avatar, draw_dot, draw_keys, keys_width, painter_on, rounded, write
from ui.theme.tokens import RADIUS_CHIP

SOFT = {
    "success": "success_soft", "warning": "warning_soft", "danger": "danger_soft", "info": "info_soft",
    "accent_text": "accent_soft", "on_accent": "accent",
}  # fmt: skip


class IconView(QWidget):
    """An icon, perhaps on a soft square."""

    def __init__(self, name: str, tone: str = "muted", size: int = 16, *, box: int = 0, soft: str = "") -> None:
        super().__init__()
        self._name, self._tone, self._size, self._soft = name, tone, size, soft
        self.setFixedSize(box or size, box or size)

    def show_icon(self, name: str, tone: str, soft: str = "") -> None:
        """Another icon in the same place."""
        self._name, self._tone, self._soft = name, tone, soft
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        if self._soft:
            rounded(painter, self.rect(), 8 if self.width() > 24 else 6, self._soft)
        edge = (self.width() - self._size) / 2
        painter.drawPixmap(QPointF(edge, edge), icon(self._name, self._tone, self._size))


class Dot(QWidget):
    """A small disc in a tone."""

    def __init__(self, tone: str = "success_dot", size: int = 8) -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(size, size)

    def set_tone(self, tone: str) -> None:
        """Another tone."""
        self._tone = tone
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        draw_dot(painter_on(self), QRectF(self.rect()), self._tone)


class Chip(QWidget):
    """A tag, badge or status: of fixed height, never stretched."""

    def __init__(
        self, text: str = "", tone: str = "text2", icon_name: str = "", *, height: int = 20, fill: str = "", is_pill: bool = False
    ) -> None:
        super().__init__()
        self._height, self._is_pill, self._tone = height, is_pill, tone
        self._style = "tiny" if height <= 22 else "small_strong"
        self._pad = 6 if height <= 20 else 8 if height <= 24 else 10
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_text(text, tone, icon_name, fill=fill)

    def show_text(self, text: str, tone: str | None = None, icon_name: str = "", *, fill: str = "") -> None:
        """Say something else; a chip without text is hidden by whoever owns it."""
        self._text, self._icon = text, icon_name
        self._tone = tone or self._tone
        self._fill = fill or SOFT.get(self._tone, "inset")
        self.setAccessibleName(text)
        self._measure()

    def _measure(self) -> None:
        width = wide(self._text, self._style, tabular=True) + 2 * self._pad + (14 if self._icon else 0)
        self.setFixedSize(round(max(width, self._height) if self._is_pill else width), self._height)
        self.update()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._measure()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        radius = self._height / 2 if self._is_pill else RADIUS_CHIP if self._height <= 20 else 6
        rounded(painter, self.rect(), radius, self._fill)
        left = float(self._pad)
        if self._icon:
            painter.drawPixmap(QPointF(left - 1, (self._height - 12) / 2), icon(self._icon, self._tone, 12, 2))
            left += 14
        if self._is_pill and len(self._text) < 3:
            write(painter, self.rect(), self._text, self._style, self._tone, CENTRE, 600, elide=False, tabular=True)
        else:
            area = QRectF(left, 0, self.width() - left, self._height)
            write(painter, area, self._text, self._style, self._tone, elide=False, tabular=True)


class KeyCaps(QWidget):
    """The keys that do something, as on the keyboard."""

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self._keys: Sequence[str] = keys
        self.setAccessibleName(" ".join(keys))
        self._measure()

    def _measure(self) -> None:
        self.setFixedSize(max(1, keys_width(self._keys)), KEY_HEIGHT)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._measure()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        draw_keys(painter_on(self), 0, 0, self._keys)


class AvatarView(QWidget):
    """Somebody, or an organisation."""

    def __init__(
        self,
        name: str = "",
        size: int = 32,
        *,
        channel: str = "",
        presence: str = "",
        behind: str = "s1",
        is_company: bool = False,
    ) -> None:
        super().__init__()
        self._side, self._behind, self._is_company = size, behind, is_company
        extra = 4 if channel else 2 if presence else 0
        self.setFixedSize(QSize(size + extra, size + extra))
        self.show_person(name, channel=channel, presence=presence)

    def show_person(self, name: str, *, channel: str = "", presence: str = "") -> None:
        """Somebody else in the same place."""
        self._name, self._channel, self._presence = name, channel, presence
        self.setAccessibleName(name)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        area = QRectF(0, 0, self._side, self._side)
        draw_avatar(
            painter_on(self), area, self._name, channel=self._channel, presence=self._presence, behind=self._behind,
            is_company=self._is_company,
        )  # fmt: skip
