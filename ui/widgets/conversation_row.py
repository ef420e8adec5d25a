"""A conversation in the list: the delegate reads the row object and paints it; there is no widget a row."""

from typing import Any, Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from ui.theme.fonts import line_height, wide
from ui.theme.icons import icon
from ui.theme.paint import CENTRE, RIGHT, draw_avatar, draw_check, draw_initials, rounded, write
from ui.theme.tokens import RADIUS_ROW, theme

ROW_HEIGHT, COMPACT_HEIGHT = 66, 52
STRIP_WIDTH = 64  # a list of this width shows avatars only
SOFT = {"danger": "danger_soft", "warning": "warning_soft"}


class Row(Protocol):
    """What the delegate needs of a row."""

    title: str
    preview: str
    channel: str
    when_text: str
    is_unread: bool
    unread_count: int
    due_text: str
    due_tone: str
    is_pending: bool
    other_agent_initials: str
    presence: str
    is_locked: bool


class ConversationDelegate(QStyledItemDelegate):
    """Avatar with channel, name, age, preview, due time, unread count; hover, selected, selected without focus."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(STRIP_WIDTH, theme.scaled(COMPACT_HEIGHT if theme.is_compact else ROW_HEIGHT))

    @override
    def paint(self, painter: QPainter, option: Any, index: QModelIndex | QPersistentModelIndex) -> None:
        row: Row | None = index.data(Qt.ItemDataRole.UserRole)
        if row is None:
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(8, 1, -8, -1)
        behind = self._paint_ground(painter, box, option)
        middle = box.center().y()
        side = 32 if theme.is_compact else 36
        is_strip = option.rect.width() <= STRIP_WIDTH
        avatar = QRectF(box.center().x() - side / 2 if is_strip else box.x() + 10, middle - side / 2 - 1, side, side)
        if option.state & QStyle.StateFlag.State_Selected and getattr(option.widget, "has_many", False):
            draw_check(painter, avatar)
        else:
            draw_avatar(painter, avatar, row.title, channel=row.channel, presence=row.presence, behind=behind)
        if row.is_unread:
            rounded(painter, QRectF(box.x() + (-2 if is_strip else 2), middle - 3, 5, 5), 2.5, "accent")
        if not is_strip:
            lines = line_height("body") + line_height("small") + 7
            words = QRectF(avatar.right() + 14, middle - lines / 2, box.right() - 24 - avatar.right(), lines)
            self._paint_words(painter, row, words, behind)
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRectF, option: Any) -> str:
        """The open conversation stays marked while one types; it pales when another program is in front."""
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            ground = "sel" if option.widget is None or option.widget.isActiveWindow() else "press"
        elif state & QStyle.StateFlag.State_MouseOver:
            ground = "hover"
        else:
            return "s2"
        rounded(painter, box, RADIUS_ROW, ground)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            rounded(painter, box, RADIUS_ROW, None, "focus", 2)
        return ground

    def _paint_words(self, painter: QPainter, row: Row, area: QRectF, behind: str) -> None:
        """The fixed parts take their room first; the words get the rest."""
        right, first = area.right(), line_height("body") + 1
        second = area.y() + first + 1
        age = wide(row.when_text, "tiny", tabular=True) + 2
        write(
            painter, QRectF(right - age, area.y(), age, first), row.when_text, "tiny", "muted", RIGHT, elide=False, tabular=True
        )
        if row.other_agent_initials:
            age += 24
            draw_initials(painter, QRectF(right - age, area.y() + 1, 18, 18), row.other_agent_initials)
        name = QRectF(area.x(), area.y(), area.width() - age - 8, first)
        write(painter, name, row.title, "body", "text", weight=600 if row.is_unread else 500)
        room = area.width()
        if row.unread_count:
            room -= self._paint_count(painter, right, second + 2, str(row.unread_count))
        if row.is_locked:
            painter.drawPixmap(QPointF(area.x() + room - 14, second + 4), icon("lock", "muted", 13, 2))
            room -= 20
        if row.is_pending:
            painter.drawPixmap(QPointF(area.x() + room - 14, second + 4), icon("clock", "warning", 13, 2))
            room -= 20
        if row.due_text:
            room -= self._paint_due(painter, area.x() + room, second + 2, row, behind)
        preview = QRectF(area.x(), second, room, first)
        write(painter, preview, row.preview, "small", "text2" if row.is_unread else "muted")

    def _paint_count(self, painter: QPainter, right: float, top: float, text: str) -> float:
        width = max(18.0, wide(text, "tiny", 600) + 10)
        badge = QRectF(right - width, top, width, 17)
        rounded(painter, badge, 8.5, "accent")
        write(painter, badge, text, "tiny", "on_accent", CENTRE, 600, elide=False)
        return width + 6

    def _paint_due(self, painter: QPainter, right: float, top: float, row: Row, behind: str) -> float:
        width = wide(row.due_text, "tiny", tabular=True) + 22
        chip = QRectF(right - width, top, width, 17)
        rounded(painter, chip, 5, SOFT.get(row.due_tone, "press" if behind in {"sel", "press"} else "inset"))
        painter.drawPixmap(QPointF(chip.x() + 5, chip.y() + 3), icon("timer", row.due_tone, 11, 2))
        words = QRectF(chip.x() + 18, chip.y(), width, 17)
        write(painter, words, row.due_text, "tiny", row.due_tone, elide=False, tabular=True)
        return width + 8
