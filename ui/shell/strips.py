"""What stands at the edges: the navigation rail, the status strip, the banner, and toasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.paint import draw_dot, keys_width, painter_on, rounded, write
from ui.widgets.buttons import Button, IconButton, Pressed, RailButton
from ui.widgets.layout import clear, column, row
from ui.widgets.marks import IconView, KeyCaps
from ui.widgets.raised import Raised
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

RAIL_WIDTH, STRIP_HEIGHT, BANNER_HEIGHT = 56, 28, 40
MOST_HINTS, HINT_GAP = 6, 24
TOAST_WIDTH, TOAST_MS, MOST_TOASTS = 360, 6000, 3


class Rail(QFrame):
    """Places to go to; `chosen` says which."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[str, RailButton] = {}
        self._upper, self._lower = column(spacing=4), column(spacing=4)
        self.setFixedWidth(RAIL_WIDTH)
        self.setLayout(column(10, self._upper, None, self._lower, 8, spacing=0, margins=(0, 8, 0, 8)))

    def add_place(self, place: str, icon_name: str, title: str, key: str, *, is_low: bool = False) -> None:
        """A place with its icon and key."""
        button = RailButton(icon_name, title, key, size=20, box=40)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.chosen.emit(place))
        self._buttons[place] = button
        (self._lower if is_low else self._upper).addWidget(button)

    def show_place(self, place: str) -> None:
        """Where one is."""
        for each, button in self._buttons.items():
            button.setChecked(each == place)

    def set_badge(self, place: str, count: int) -> None:
        """How much waits there."""
        if place in self._buttons:
            self._buttons[place].set_badge(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusItem:
    """A dot and a few words at the left of the strip; with `act` they can be pressed."""

    tone: str
    text: str
    act: str = ""
    text_tone: str = "muted"
    hint: str = ""  # the whole story, for who stays on it


class StatusStrip(QFrame):
    """Freshness and phone on the left, the keys that work now on the right."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._left, self._right = row(spacing=6), row(spacing=6)
        self._items: tuple[StatusItem, ...] = ()
        self._shown: list[StripItem] = []
        self._hints: tuple[tuple[tuple[str, ...], str], ...] = ()
        self.setFixedHeight(STRIP_HEIGHT)
        self.setLayout(row(self._left, None, self._right, spacing=6, margins=(0, 18, 0, 12)))

    def show_items(self, items: Sequence[StatusItem]) -> None:
        """Say how things stand."""
        if [item.act for item in items] != [item.act for item in self._items]:
            clear(self._left)
            self._shown = [self._added(item) for item in items]
        for shown, item in zip(self._shown, items, strict=True):
            shown.show_item(item)
        self._items = tuple(items)

    def _added(self, item: StatusItem) -> "StripItem":
        made = StripItem(can_be_pressed=bool(item.act))
        if item.act:
            made.clicked.connect(lambda: self.pressed.emit(item.act))
        self._left.addWidget(made)
        return made

    def show_hints(self, hints: Sequence[tuple[tuple[str, ...], str]], room: int) -> None:
        """The keys that work now, the first ones last to go when there is no room."""
        shown = self._fitting(hints, room)
        if shown == self._hints:
            return
        self._hints = shown
        clear(self._right)
        for keys, text in shown:
            self._right.addWidget(KeyCaps(*keys))
            self._right.addWidget(label(text, "tiny", "muted"))
            self._right.addSpacing(6)

    @property
    def hints(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """The keys that are shown, each with what it does."""
        return self._hints

    @staticmethod
    def _fitting(hints: Sequence[tuple[tuple[str, ...], str]], room: int) -> tuple[tuple[tuple[str, ...], str], ...]:
        shown, taken = [], 0.0
        for keys, text in hints[:MOST_HINTS]:
            taken += keys_width(keys) + wide(text, "tiny") + HINT_GAP
            if taken > room:
                break
            shown.append((keys, text))
        return tuple(shown)


class StripItem(Pressed):
    """A dot and words; one that leads somewhere shows it when somebody is on it."""

    def __init__(self, *, can_be_pressed: bool) -> None:
        super().__init__()
        self._item = StatusItem(tone="edge", text="")
        self._can_be_pressed = can_be_pressed
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if can_be_pressed else Qt.FocusPolicy.NoFocus)
        if can_be_pressed:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_item(self, item: StatusItem) -> None:
        """Say how it stands now."""
        if item != self._item:
            self._item = item
            self.setText(item.text)
            self.setAccessibleName(item.text)
            self.setAccessibleDescription(item.hint)
            set_tip(self, item.hint)
            self._measure()

    def _measure(self) -> None:
        self.setFixedSize(round(wide(self._item.text, "tiny", tabular=True)) + 27, STRIP_HEIGHT)
        self.update()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._measure()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        box = QRectF(self.rect()).adjusted(0, 3, 0, -3)
        if self._can_be_pressed and (self.underMouse() or self.isDown()):
            rounded(painter, box, 6, "press" if self.isDown() else "hover")
        if self.hasFocus():
            rounded(painter, box, 6, None, "focus", 2)
        draw_dot(painter, QRectF(6, STRIP_HEIGHT / 2 - 3.5, 7, 7), self._item.tone)
        words = QRectF(19, 0, self.width(), STRIP_HEIGHT)
        write(painter, words, self._item.text, "tiny", self._item.text_tone, elide=False, tabular=True)


class Banner(QFrame):
    """One line above the pane that pushes and never covers: amber offline, blue catching up, red a lost session."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tone = "warning"
        self._icon = IconView("cloud-off", "warning", 16)
        self._title = label("", "strong", "warning", weight=600)
        self._text = ElidedLabel("", "body", "text2")
        self._right = label("", "small", "muted", tabular=True)
        self._button = Button(self.tr("Try now"), height=28)
        self._button.clicked.connect(self.pressed)
        self.setFixedHeight(BANNER_HEIGHT)
        layout = row(self._icon, self._title, spacing=10, margins=(0, 8, 0, 14))
        layout.addWidget(self._text, 1)
        layout.addWidget(self._right)
        layout.addWidget(self._button)
        self.setLayout(layout)
        self.hide()

    def show_text(self, tone: str, icon_name: str, title: str, text: str, *, act: str = "", right: str = "") -> None:
        """Say it; an empty title takes the banner away."""
        self.setVisible(bool(title))
        self._tone = tone
        self._icon.show_icon(icon_name, tone)
        self._title.setText(title)
        self._title.setProperty("tone", tone)
        self._title.style().polish(self._title)
        self._text.set_text(text)
        self._right.setText(right)
        self._button.set_words(act or " ")
        self._button.setVisible(bool(act))
        self.setAccessibleName(f"{title}. {text}")
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        rounded(painter_on(self), self.rect(), 8, f"{self._tone}_soft")


class Toast(Raised):
    """One line and one act; stays while it is looked at. `gone` is sent when it is taken away, not when the window closes."""

    acted = Signal()
    gone = Signal()

    def __init__(self, parent: QWidget, text: str, act: str, keys: tuple[str, ...], tone: str) -> None:
        super().__init__(parent, TOAST_WIDTH)
        mark = IconView({"danger": "circle-alert"}.get(tone, "circle-check"), tone, 16)
        words = label(text, "body", wraps=True)
        layout = row(mark, spacing=10, margins=(10, 10, 10, 14))
        layout.addWidget(words, 1)
        if act:
            button = Button(act, "ghost", keys=keys, height=28)
            button.clicked.connect(self._act)
            layout.addWidget(button)
        close = IconButton("x", self.tr("Close"), size=14, box=28)
        close.clicked.connect(self.dismiss)
        layout.addWidget(close)
        self.hold(layout)
        self.setAccessibleName(text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST_MS)
        self._timer.timeout.connect(self.dismiss)
        self._timer.start()

    def _act(self) -> None:
        self.acted.emit()
        self.dismiss()

    def dismiss(self) -> None:
        """Take it away."""
        self._timer.stop()
        self.hide()
        self.gone.emit()
        self.deleteLater()

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._timer.start()


class ToastLayer:
    """At most three, bottom left above the strip, the newest lowest."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._toasts: list[Toast] = []

    def show(self, text: str, *, act: str = "", keys: tuple[str, ...] = (), tone: str = "success") -> Toast:
        """Say it; whoever wants the act connects to `acted`."""
        toast = Toast(self._window, text, act, keys, tone)
        toast.gone.connect(lambda: self._gone(toast))
        self._toasts.append(toast)
        for old in self._toasts[:-MOST_TOASTS]:
            old.dismiss()
        toast.show()
        self.place()
        return toast

    def place(self) -> None:
        """Stack them anew."""
        bottom = self._window.height() - STRIP_HEIGHT - 12
        for toast in reversed([each for each in self._toasts if not each.isHidden()]):
            toast.adjustSize()
            toast.place(RAIL_WIDTH + 12, bottom - toast.sheet_size.height())
            bottom -= toast.sheet_size.height() + 8

    def _gone(self, toast: Toast) -> None:
        self._toasts = [each for each in self._toasts if each is not toast]
        self.place()
