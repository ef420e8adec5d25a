"""The top bar: logo, search, softphone, agent state, bell, and the person."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from ui.shell.phone_bar import PhoneBar
from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import draw_keys, draw_presence_dot, keys_width, painter_on, rounded, write
from ui.widgets.buttons import IconButton, Pressed
from ui.widgets.layout import row
from ui.widgets.marks import AvatarView
from ui.widgets.menus import Menu
from ui.widgets.tip import set_tip

HEIGHT = 54
SEARCH_WIDTH = 300
NARROW = 1180  # pixels of window below which search is an icon


class Logo(QWidget):
    """Two jacks and a cord."""

    def __init__(self, *, left: int = 14) -> None:
        super().__init__()
        self._left = left
        self.setFixedSize(left + 42, 52)
        self.setAccessibleName(self.tr("Patchbay"))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        painter.translate(self._left - 14, 0)
        rounded(painter, QRectF(14, 12, 28, 28), 8, "accent")
        pen = QPen(QColor("#ffffff"), 2.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        cord = QPainterPath(QPointF(21.5, 21))
        cord.cubicTo(QPointF(21.5, 34), QPointF(34.5, 18), QPointF(34.5, 31))
        painter.strokePath(cord, pen)
        for x, y in ((18.7, 17.2), (31.7, 29.2)):
            rounded(painter, QRectF(x, y, 5.6, 5.6), 3, QColor("#ffffff"))


class SearchButton(Pressed):
    """Looks like a field, opens the palette."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SEARCH_WIDTH, 34)
        self.setText(self.tr("Search or run a command"))
        self.setAccessibleName(self.text())
        set_tip(self, self.tr("Search or run a command   Ctrl K"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Shrink to the icon."""
        self.setFixedWidth(34 if is_narrow else SEARCH_WIDTH)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        rounded(painter, self.rect(), 8, "hover" if self.underMouse() else "bar", "line")
        if self.hasFocus():
            rounded(painter, self.rect(), 8, None, "focus", 2)
        painter.drawPixmap(QPointF(9 if self.width() < 60 else 11, 9), icon("search", "muted", 16))
        if self.width() > 60:
            keys = ("Ctrl", "K")
            left = self.width() - keys_width(keys) - 9
            write(painter, QRectF(36, 0, left - 44, 34), self.text(), "body", "muted")
            draw_keys(painter, left, 8, keys)


class StateChip(Pressed):
    """The agent's state and since when; opens the choice of states."""

    chosen = Signal(str)

    def __init__(self, states: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._states, self._state, self._word = states, "offline", ""
        self._timer: Callable[[], str] = str
        self._since = self._note = ""
        self.setFixedHeight(34)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self.open_menu)
        tick = QTimer(self)
        tick.setInterval(1000)
        tick.timeout.connect(self._ticked)
        tick.start()

    def show_state(self, state: str, word: str, timer: Callable[[], str]) -> None:
        """Say another state."""
        self._state, self._word, self._timer = state, word, timer
        self._ticked()
        self.updateGeometry()

    def show_note(self, note: str) -> None:
        """Say something about the state, such as who set it; "" takes it back."""
        self._note = note
        set_tip(self, note)
        self.setAccessibleDescription(note)

    def _ticked(self) -> None:
        since = self._timer()
        if len(since) != len(self._since):
            self.updateGeometry()
        self._since = since
        self.setAccessibleName(self.tr("Agent state {0}, {1}").replace("{0}", self._word).replace("{1}", since))
        self.update()

    def open_menu(self) -> None:
        """Let the person choose; one act, no dialog."""
        menu = Menu(self, self.tr("Agent state"))
        if self._note:
            menu.add_words(self._note)
            menu.addSeparator()
        for state, word in self._states:
            menu.add_mark(word, partial(self.chosen.emit, state), is_on=state == self._state)
        menu.open_under(self)

    @override
    def sizeHint(self) -> QSize:
        width = wide(self._word, "strong") + wide(self._since, "small", tabular=True) + 68
        return QSize(round(width), 34)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        rounded(painter, self.rect(), 8, "hover" if self.underMouse() else "bar", "line")
        if self.hasFocus():
            rounded(painter, self.rect(), 8, None, "focus", 2)
        draw_presence_dot(painter, QRectF(12, 13, 9, 9), self._state, "bar")
        write(painter, QRectF(29, 0, 300, 34), self._word, "strong", elide=False)
        left = 29 + wide(self._word, "strong") + 8
        write(painter, QRectF(left, 0, 120, 34), self._since, "small", "muted", elide=False, tabular=True)
        painter.drawPixmap(QPointF(self.width() - 23, 10), icon("chevron-down", "muted", 14))


class TopBar(QFrame):
    """Everything that never gives way."""

    def __init__(self, states: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.search = SearchButton()
        self.phone = PhoneBar()
        self.state = StateChip(states)
        self.bell = IconButton("bell", self.tr("Notifications"), box=34)
        self.me = AvatarView("", 30, behind="s0")
        self.setFixedHeight(HEIGHT)
        self.setLayout(
            row(Logo(), self.search, None, self.phone, None, self.state, self.bell, self.me, spacing=8, margins=(0, 14, 0, 0))
        )

    def fit(self, window_width: int) -> None:
        """Search gives way; the phone and the state never do."""
        self.search.set_narrow(is_narrow=window_width < NARROW)
