"""Given or not: a box with its words, for what takes effect when the whole is saved."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy
from typing_extensions import override

from ui.theme.fonts import line_height, wide
from ui.theme.icons import icon
from ui.theme.paint import painter_on, rounded, write
from ui.widgets.tip import set_tip

BOX, GAP, PAD = 16, 9, 4


class Check(QAbstractButton):
    """The words are pressed as well as the box; they give way where there is no room."""

    def __init__(self, text: str, *, is_on: bool = False) -> None:
        super().__init__()
        self.setText(text)
        self.setAccessibleName(text)
        set_tip(self, text if len(text) > 40 else "")
        self.setCheckable(True)
        self.setChecked(is_on)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(80)

    @override
    def sizeHint(self) -> QSize:
        return QSize(round(BOX + GAP + wide(self.text(), "body")) + 2 * PAD, max(28, line_height("body") + 8))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, is_on = painter_on(self), self.isChecked()
        box = QRectF(PAD, (self.height() - BOX) / 2, BOX, BOX)
        if is_on:
            rounded(painter, box, 4, "accent" if self.isEnabled() else "press")
            painter.drawPixmap(box.topLeft() + QRectF(2, 2, 0, 0).topLeft(), icon("check", "on_accent", 12, 2))
        else:
            rounded(painter, box, 4, "hover" if self.underMouse() and self.isEnabled() else "s1", "edge")
        words = QRectF(box.right() + GAP, 0, self.width() - box.right() - GAP, self.height())
        write(painter, words, self.text(), "body", "text2" if self.isEnabled() else "disabled")
        if self.hasFocus():
            rounded(painter, QRectF(self.rect()).adjusted(0, 1, 0, -1), 6, None, "focus", 2)
