"""The screen-pop card: who calls, before the first ring ends. Never takes the typing focus."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHideEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLayout, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.theme.paint import colour, draw_avatar, painter_on, rounded
from ui.theme.tokens import theme
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import Item, column, framed, row
from ui.widgets.marks import AvatarView, Chip, Dot, IconView, KeyCaps
from ui.widgets.raised import Raised
from ui.widgets.text import ElidedLabel, label

WIDTH = 360
PULSE_MS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class PopLine:
    """An open or last thing with the caller."""

    icon: str
    tone: str
    title: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PopChoice:
    """One of several people it may be."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PopCard:
    """What the card says; `choices` for several matches, neither name nor choices for nobody known."""

    number: str
    queue: str = ""
    name: str = ""
    is_vip: bool = False
    company: str = ""
    how: str = ""
    country: str = ""
    chose: str = ""  # what they chose in the voice menu
    pinned_note: str = ""
    lines: tuple[PopLine, ...] = ()
    language: str = ""
    local_time: str = ""
    consent: str = ""
    choices: tuple[PopChoice, ...] = ()
    hint: str = ""
    is_restricted: bool = False  # somebody is known, but not to be shown to this agent
    has_voicemail: bool = False


class Pulse(QWidget):
    """An avatar that rings: two rings, opacity only; it stands still where motion is reduced."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._step = name, 1
        self.setFixedSize(68, 68)
        self._timer = QTimer(self)
        self._timer.setInterval(PULSE_MS)
        self._timer.timeout.connect(self._beat)
        if not theme.is_still:
            self._timer.start()

    def _beat(self) -> None:
        self._step = 1 - self._step
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        for radius, alpha in ((34, 26 if self._step else 12), (28, 46 if self._step else 30)):
            rounded(painter, QRectF(34 - radius, 34 - radius, 2 * radius, 2 * radius), radius, colour("success_dot", alpha))
        draw_avatar(painter, QRectF(12, 12, 44, 44), self._name)


class PopCardView(Raised):
    """The card over the side panel. `pressed`: answer, decline, voicemail, create, put_away; `picked`: the place of a choice.

    It takes the focus only through `enter`; then 1 to 9 pick, Enter answers, and Escape gives the focus back.
    """

    pressed = Signal(str)
    picked = Signal(int)

    def __init__(
        self, parent: QWidget | None, card: PopCard, waited: Callable[[], str], *, is_compact: bool = False,
        answers_in: Callable[[], float | None] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__(parent, theme.scaled(WIDTH), line="success_dot", has_shadow=parent is not None)
        self._waited, self._card, self._answers_in = waited, card, answers_in
        self._answer = Button(self.tr("Answer"), "success", "phone", keys=("Ctrl", "⇧", "A"), height=40, stretches=True)
        self._came_from: QWidget | None = None
        self._time = label("", "small", "muted", tabular=True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = self._body(card, is_compact=is_compact)
        self.hold(column(self._head(card), *body, self._acts(), self._foot(card), spacing=12, margins=(10, 16, 12, 16)))
        for button in self.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        who = card.name or (self.tr("several people") if card.choices else card.number)
        text = self.tr("Incoming call, {0}, {1}. Control Shift A answers.")
        self.setAccessibleName(text.replace("{0}", who).replace("{1}", card.queue or card.number))
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._tick()

    def enter(self) -> None:
        """The person goes into the card by key; going again leads back."""
        if self.has_entered:
            self.leave()
            return
        self._came_from = QApplication.focusWidget()
        for button in self.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        """Back to where the person came from; the card stays."""
        came_from, self._came_from = self._came_from, None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for button in self.findChildren(QAbstractButton):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.clearFocus()
        if came_from is not None and isValid(came_from):
            came_from.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def has_entered(self) -> bool:
        """Whether keys go to the card."""
        focused = QApplication.focusWidget()
        return focused is self or (focused is not None and self.isAncestorOf(focused))

    def _tick(self) -> None:
        self._time.setText(self.tr("waited {0}").replace("{0}", self._waited()))
        left_s = self._answers_in()
        words = self.tr("Answer") if left_s is None else self.tr("Answers in {0} s").replace("{0}", str(math.ceil(left_s)))
        if words != self._answer.text():
            self._answer.set_words(words)

    def _head(self, card: PopCard) -> QLayout:
        close = IconButton("x", self.tr("Put away; the bar keeps ringing"), size=14, box=28)
        close.clicked.connect(lambda: self.pressed.emit("put_away"))
        word = label(self.tr("Incoming call"), "strong", "success", weight=600)
        return row(
            Dot("success_dot", 8), word, ElidedLabel(card.queue, "body", "text2", hugs=True), None, self._time, close, spacing=7
        )

    def _body(self, card: PopCard, *, is_compact: bool) -> list[Item]:
        if card.choices:
            return [self._number(card), *self._choices(card.choices)]
        if not card.name:
            return [self._restricted(card) if card.is_restricted else self._nobody(card)]
        parts: list[Item] = [self._who(card)]
        if not is_compact and card.chose:
            parts.append(self._chose(card.chose))
        if card.pinned_note:
            parts.append(_pinned(card.pinned_note))
        if not is_compact and card.lines:
            parts.append(column(*(_line(line) for line in card.lines), spacing=8))
        if not is_compact and (card.language or card.local_time or card.consent):
            parts.append(_facts(card))
        return parts

    def _who(self, card: PopCard) -> QLayout:
        first: list[Item] = [ElidedLabel(card.name, "title", hugs=True)]
        if card.is_vip:
            first.append(Chip("VIP", "accent_text", "star"))
        name = row(*first, None, spacing=8)
        number = f"{card.number} · {card.how}" if card.how else card.number
        words = column(
            name, ElidedLabel(card.company, "body", "text2"), ElidedLabel(number, "small", "muted", tabular=True), spacing=2
        )
        who = row(Pulse(card.name), spacing=12)
        who.addLayout(words, 1)
        return who

    def _chose(self, path: str) -> QWidget:
        line = row(IconView("list-tree", "info", 15), label(self.tr("Chose"), "small", "muted"), spacing=7, margins=(7, 10))
        line.addWidget(ElidedLabel(path, "small"), 1)
        return framed(line, "inset")

    def _number(self, card: PopCard) -> QLayout:
        return column(
            label(card.number, "title", tabular=True),
            label(self.tr("Several people use this number"), "small", "muted"),
            spacing=2,
        )

    def _choices(self, choices: Sequence[PopChoice]) -> list[Item]:
        made: list[Item] = []
        for place, choice in enumerate(choices[:9]):
            button = Button(self.tr("Choose"), height=28, keys=(str(place + 1),))
            button.setAccessibleName(self.tr("Choose {0}").replace("{0}", choice.name))
            button.clicked.connect(lambda _=False, place=place: self.picked.emit(place))
            line = row(AvatarView(choice.name, 28), spacing=10)
            line.addLayout(column(ElidedLabel(choice.name, "strong"), ElidedLabel(choice.detail, "small", "muted"), spacing=0), 1)
            line.addWidget(button)
            made.append(line)
        return made

    def _restricted(self, card: PopCard) -> QLayout:
        words = column(
            label(card.number, "title", tabular=True),
            label(self.tr("Known contact, not shown to you"), "small", "muted"),
            spacing=2,
        )
        return row(Pulse("·"), words, None, spacing=12)

    def _nobody(self, card: PopCard) -> QLayout:
        create = Button(self.tr("Create contact"), icon_name="user-plus", height=30)
        create.clicked.connect(lambda: self.pressed.emit("create"))
        place = card.country or self.tr("Country unknown")
        words = column(
            label(card.number or self.tr("Number withheld"), "title", tabular=True),
            label(self.tr("Nobody is known with this number · {0}").replace("{0}", place), "small", "muted"),
            spacing=2,
        )
        return column(row(Pulse("?"), words, None, spacing=12), row(create, None), spacing=8)

    def _acts(self) -> QLayout:
        decline = Button(self.tr("Decline"), "dangerline", keys=("Ctrl", "⇧", "H"), height=34, stretches=True)
        second = row(decline, spacing=8)
        acts = [(self._answer, "answer"), (decline, "decline")]
        if self._card.has_voicemail:
            voicemail = Button(self.tr("Voicemail"), icon_name="voicemail", height=34)
            second.addWidget(voicemail)
            acts.append((voicemail, "voicemail"))
        for button, act in acts:
            button.clicked.connect(lambda _=False, act=act: self.pressed.emit(act))
        return column(self._answer, second, spacing=8)

    def _foot(self, card: PopCard) -> QLayout:
        hint = ElidedLabel(card.hint or self.tr("Your typing stays where it is"), "small", "muted")
        foot = row(IconView("keyboard", "muted", 14), spacing=6)
        foot.addWidget(hint, 1)
        foot.addWidget(KeyCaps("Ctrl", "J"))
        foot.addWidget(label(self.tr("Open card"), "small", "muted"))
        return foot

    @override
    def keeps(self, key: int) -> bool:
        is_choice = 0 <= key - Qt.Key.Key_1 < len(self._card.choices)
        return is_choice or key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} or super().keeps(key)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.pressed.emit("answer")
        elif 0 <= (place := key - Qt.Key.Key_1) < min(9, len(self._card.choices)):
            self.picked.emit(place)
        else:
            super().keyPressEvent(event)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        if self._came_from is not None:
            self.leave()
        super().hideEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))


def _pinned(text: str) -> QWidget:
    words = label(text, "small", "note_text", wraps=True)
    mark = IconView("pin", "warning", 14)
    line = row(mark, spacing=8, margins=(8, 10))
    line.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
    line.addWidget(words, 1)
    return framed(line, "note")


def _line(line: PopLine) -> QLayout:
    made = row(IconView(line.icon, line.tone, 15), spacing=8)
    made.addWidget(ElidedLabel(line.title), 1)
    made.addWidget(label(line.when, "small", "muted", tabular=True))
    return made


def _facts(card: PopCard) -> QLayout:
    parts: list[Item] = []
    known = (
        ("languages", "muted", card.language),
        ("clock", "muted", card.local_time),
        ("shield-check", "success", card.consent),
    )
    for icon_name, tone, text in known:
        if text:
            parts += [IconView(icon_name, tone, 14), ElidedLabel(text, "small", "muted", tabular=True, hugs=True), 6]
    return row(*parts, None, spacing=5)


class PopWindow(QWidget):
    """The card by itself, for a console that is minimised: it takes no focus, from no program."""

    def __init__(self, view: PopCardView) -> None:
        super().__init__(
            None,
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowDoesNotAcceptFocus,
        )
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setLayout(column(view, spacing=0))
        self.setWindowTitle(view.accessibleName())

    def show_in_corner(self) -> None:
        """Top right of the screen."""
        self.adjustSize()
        space = self.screen().availableGeometry()
        self.move(space.right() - self.width() - 12, space.top() + 12)
        self.show()
