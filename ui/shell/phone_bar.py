"""The softphone bar: one shape whose tint, words and buttons say the state; the word is always written."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.paint import colour, painter_on, rounded
from ui.theme.tokens import theme
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import clear, column, framed, row
from ui.widgets.marks import AvatarView, Dot, IconView
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WORDS_WIDTH = 212  # pixels for the two lines of words
TICK_MS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class BarKey:
    """A button of the bar: what it does (`act`), its name and key; `kind` "icon" or a button's kind."""

    act: str
    name: str
    icon: str
    key: str = ""
    kind: str = "icon"
    is_on: bool = False
    tone: str = "text"  # of its icon


@dataclass(frozen=True, slots=True, kw_only=True)
class BarMark:
    """Something that goes on beside the call: a dot, and what `text` says when it is asked, twice a second."""

    tone: str
    words: str  # in full, for who stays on it
    text: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarState:
    """What the bar says. `timer` is asked twice a second; without one there is no time."""

    tone: str  # muted | info | success | warning | danger
    title: str
    word: str = ""
    detail: str = ""
    hint: str = ""  # the whole story, for who stays on it
    who: str = ""  # whose avatar; "" shows the phone
    timer: Callable[[], str] | None = None
    keys: tuple[BarKey, ...] = ()
    pulses: bool = False
    mark: BarMark | None = None
    left: Callable[[], float] | None = None  # what is left of a time that runs down (wrap-up), 1 to 0


class PhoneBar(QWidget):
    """Shows a state; `pressed` says which act was wanted."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._state = BarState(tone="muted", title="")
        self._time = label("", "h1", "success", tabular=True)
        self._marked = label("", "small", "danger", tabular=True)
        self._layout = row(spacing=6, margins=(0, 6, 0, 12))
        self._pulse = 0
        self.setLayout(self._layout)
        self.setFixedHeight(42)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._ticked)

    def show_state(self, state: BarState) -> None:
        """Say another state; nothing is built anew when only the time goes on."""
        if state == self._state:
            return
        self._state = state
        clear(self._layout)
        if state.who:
            self._build_call(state)
        else:
            self._build_idle(state)
        self.setAccessibleName(" ".join(part for part in (state.word, state.title, state.detail) if part))
        self.setAccessibleDescription(state.hint)
        set_tip(self, state.hint)
        self._ticked()
        if state.timer or state.pulses:
            self._tick.start()
        else:
            self._tick.stop()
        self.adjustSize()
        self.update()

    def _build_idle(self, state: BarState) -> None:
        icon_name = "phone" if state.tone != "danger" else "triangle-alert"
        self._layout.addWidget(IconView(icon_name, "muted" if state.tone == "muted" else state.tone, 16))
        self._layout.addWidget(label(state.title, "strong"))
        self._layout.addWidget(label(state.detail, "small", "muted", tabular=True))
        if state.timer is not None:
            self._time = label("", "small", "muted", tabular=True)
            self._layout.addWidget(self._time)
        self._layout.addSpacing(4)
        self._add_keys(state)

    def _build_call(self, state: BarState) -> None:
        second = row(spacing=6)
        if state.word:
            second.addWidget(
                label(state.word, "tiny", state.tone, weight=600)
            )  # on the bar's own tint a chip would only indent it
        second.addWidget(ElidedLabel(state.detail, "tiny", "muted", tabular=True), 1)
        words = framed(column(None, ElidedLabel(state.title, "strong", weight=600), second, None, spacing=0), width=WORDS_WIDTH)
        self._time = label("", "h1", state.tone, tabular=True)
        self._layout.addWidget(AvatarView(state.who, 28))
        self._layout.addWidget(words)
        self._layout.addWidget(self._time)
        self._add_mark(state.mark)
        self._layout.addSpacing(4)
        self._add_keys(state)

    def _add_mark(self, mark: BarMark | None) -> None:
        if mark is not None:
            self._marked = label("", "small", mark.tone, tabular=True)
            holder = framed(row(Dot(f"{mark.tone}_dot", 8), self._marked, spacing=5))
            set_tip(holder, mark.words)
            holder.setAccessibleName(mark.words)
            self._layout.addWidget(holder)

    def _add_keys(self, state: BarState) -> None:
        for key in state.keys:
            if key.kind == "icon":
                button: IconButton | Button = IconButton(key.icon, key.name, key.key, size=17, box=30, tone=key.tone)
                button.setCheckable(key.is_on)
                button.setChecked(key.is_on)
                if isinstance(button, IconButton):
                    button.set_chosen_tones("warning", "warning_soft")
            else:
                button = Button(key.name, key.kind, key.icon, height=30)
            button.clicked.connect(lambda _=False, act=key.act: self.pressed.emit(act))
            self._layout.addWidget(button)

    def _ticked(self) -> None:
        if self._state.timer is not None:
            self._time.setText(self._state.timer())
        if self._state.mark is not None:
            self._marked.setText(self._state.mark.text())
        if self._state.left is not None:
            self.update()
        if self._state.pulses and not theme.is_still:
            self._pulse = (self._pulse + 1) % 2
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tone = self._state.tone
        if tone == "muted":
            rounded(painter_on(self), self.rect().adjusted(0, 4, 0, -4), 8, "bar", "line")
            return
        line = colour(f"{tone}_dot", 200 if self._pulse and self._state.pulses else 110)
        painter = painter_on(self)
        rounded(painter, self.rect(), 10, f"{tone}_soft", line)
        if self._state.left is not None:
            share = min(1.0, max(0.0, self._state.left()))
            rounded(painter, QRectF(10, self.height() - 2.5, (self.width() - 20) * share, 2.5), 1, f"{tone}_dot")
