"""What stands where nothing does: empty, loading, gone wrong, not on this device."""

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QStackedWidget, QWidget
from typing_extensions import override

from ui.theme.paint import painter_on, rounded
from ui.widgets.buttons import Button
from ui.widgets.layout import column, row
from ui.widgets.marks import IconView
from ui.widgets.text import label, tight_width
from ui.widgets.tip import set_tip

QUIET_MS = 150  # nothing is shown for what is quicker
WIDEST = 380  # pixels of one line
TWO_LINES = 52  # pixels: lower rows have one


class EmptyState(QWidget):
    """One line and perhaps one act; no drawings."""

    pressed = Signal()

    def __init__(self, text: str = "", act: str = "", *, icon_name: str = "", keys: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._text = label(text, "body", "muted", wraps=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._button = Button(act or " ", keys=keys)
        self._button.clicked.connect(self.pressed)
        self._button.setVisible(bool(act))
        mark = [row(None, IconView(icon_name, "muted", 22), None)] if icon_name else []
        self.setLayout(
            column(None, *mark, row(None, self._text, None), row(None, self._button, None), None, spacing=12, margins=24)
        )

    def show_text(self, text: str, act: str = "") -> None:
        """Say something else."""
        self._text.setText(text)
        self._button.set_words(act or " ")
        self._button.setVisible(bool(act))
        self._fit()

    def _fit(self) -> None:
        room = max(120, min(WIDEST, self.width() - 48))
        self._text.setFixedWidth(min(room, tight_width(self._text.text(), room)))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class ErrorState(EmptyState):
    """What happened and what still works, one button; the details when somebody asks for them."""

    def __init__(self, text: str, act: str, details: str = "") -> None:
        super().__init__(text, act, icon_name="triangle-alert")
        set_tip(self, details)
        self.setAccessibleName(text)
        self.setAccessibleDescription(details)


class LoadingRows(QWidget):
    """Rows as grey bars; nothing for the first 150 ms, and nothing that moves."""

    def __init__(self, row_height: int = 66) -> None:
        super().__init__()
        self._row_height, self._is_shown = row_height, False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self._appear)
        self.setAccessibleName(self.tr("Loading"))

    def begin(self) -> None:
        """Something is being fetched."""
        self._is_shown = False
        self._timer.start()

    def _appear(self) -> None:
        self._is_shown = True
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_shown:
            return
        painter = painter_on(self)
        for place in range(max(1, self.height() // self._row_height)):
            top = place * self._row_height
            if self._row_height < TWO_LINES:
                rounded(painter, QRectF(20, top + self._row_height / 2 - 12, 24, 24), 12, "inset")
                rounded(painter, QRectF(56, top + self._row_height / 2 - 6, self.width() * 0.5, 12), 4, "inset")
                continue
            rounded(painter, QRectF(18, top + 14, 36, 36), 18, "inset")
            rounded(painter, QRectF(68, top + 16, self.width() * 0.4, 12), 4, "inset")
            rounded(painter, QRectF(68, top + 36, self.width() * 0.6, 12), 4, "inset")


def show_in(stack: QStackedWidget, rows: QWidget, pane: QWidget) -> None:
    """What was loaded is there: the first time, the focus that waited for it elsewhere in the pane goes to it."""
    waited = isinstance(stack.currentWidget(), LoadingRows)
    stack.setCurrentWidget(rows)
    focused = QApplication.focusWidget()
    is_typed = isinstance(focused, QLineEdit) and bool(focused.text())
    if waited and focused is not None and pane.isAncestorOf(focused) and not is_typed:
        rows.setFocus()
