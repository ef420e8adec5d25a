"""The sheet that gives tags and takes them off: type, choose, Enter; it stays for the next one."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.tags.viewmodel import Offer, TagPanel
from ui.theme.fonts import font, wide
from ui.theme.icons import icon
from ui.theme.paint import painter_on, rounded, write
from ui.widgets.layout import clear, column, framed, row, rule
from ui.widgets.marks import IconView, KeyCaps
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import ElidedLabel, label

WIDTH, TOP, ROW_HEIGHT = 420, 116, 34
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class OfferRow(QWidget):
    """A tag to choose: ticked when the record has it; how many have it stands at the end."""

    pressed = Signal()

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer, self._is_at = offer, False
        self.setFixedHeight(ROW_HEIGHT)
        state = self.tr("has it") if offer.is_on else ""
        self.setAccessibleName(", ".join(part for part in (offer.text, state) if part))

    def set_at(self, *, is_at: bool) -> None:
        """Whether Enter chooses this one."""
        self._is_at = is_at
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, box = painter_on(self), QRectF(self.rect()).adjusted(8, 1, -8, -1)
        if self._is_at:
            rounded(painter, box, 8, "sel")
        name = "check" if self.offer.is_on else "plus" if self.offer.is_new else "tag"
        tone = "accent_text" if self.offer.is_on or self._is_at else "muted"
        painter.drawPixmap(QPointF(box.x() + 12, box.center().y() - 8), icon(name, tone, 16))
        count = f"{self.offer.count}" if self.offer.count else ""
        end = box.right() - 12 - (wide(count, "small", tabular=True) + 8 if count else 0)
        area = QRectF(box.x() + 38, box.y(), end - box.x() - 38, box.height())
        write(painter, area, self.offer.text, "strong" if self.offer.is_on else "body", "text")
        write(painter, QRectF(end + 8, box.y(), box.right() - end, box.height()), count, "small", "muted", tabular=True)


class TagSheet(PaneSheet):
    """Escape puts it away. What is chosen takes effect at once, and can be taken back."""

    def __init__(self, window: QWidget, pane: QWidget, panel: TagPanel, run: Run, title: str) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._run = panel, run
        self._rows: list[OfferRow] = []
        self._place = 0
        self.input = self._field()
        close = self.closing()
        head = row(IconView("tag", "muted", 16), spacing=8, margins=(14, 14, 4, 18))
        head.addWidget(ElidedLabel(self.tr("Tags of {0}").replace("{0}", title), "strong"), 1)
        head.addWidget(close)
        self._list = column(spacing=0, margins=(6, 0))
        field = row(self.input, margins=(4, 18, 12, 18))
        self.hold(column(head, field, rule(), self._list, self._foot(), spacing=0))
        self.setAccessibleName(self.tr("Tags of {0}").replace("{0}", title))
        bind(self, panel.offers, self._show)

    def _field(self) -> QLineEdit:
        field = QLineEdit()
        field.setFont(font())
        field.setPlaceholderText(self.tr("Find a tag, or write a new one"))
        field.setAccessibleName(self.tr("Tag"))
        field.textChanged.connect(self._typed)
        field.installEventFilter(self)
        return field

    def _foot(self) -> QFrame:
        hints = ((("↑", "↓"), self.tr("Move")), (("↵",), self.tr("Add or take off")), (("Esc",), self.tr("Done")))
        line = row(spacing=6, margins=(9, 18))
        for keys, text in hints:
            line.addWidget(KeyCaps(*keys))
            line.addWidget(label(text, "tiny", "muted"))
            line.addSpacing(8)
        line.addStretch(1)
        return framed(line, "foot")

    @property
    def lines(self) -> list[OfferRow]:
        """What is offered, from above."""
        return list(self._rows)

    def open(self) -> None:
        """Show it over the pane, ready to type."""
        self.rise()
        self.input.setFocus()
        self._run(self._panel.refresh())

    @override
    def leave(self) -> None:
        self._panel.close()
        super().leave()

    def _typed(self, text: str) -> None:
        self._place = 0
        if "," in text or ";" in text:
            self.input.clear()
            self._run.telling(self._panel.add_typed(text), undo=True)
        else:
            self._panel.type(text)

    def _show(self, offers: tuple[Offer, ...]) -> None:
        clear(self._list)
        self._rows = [OfferRow(offer) for offer in offers]
        for place, line in enumerate(self._rows):
            line.pressed.connect(lambda place=place: self._choose(place))
            self._list.addWidget(line)
            line.show()  # one that waits for it has no height yet
        if not offers:
            nothing = self.tr("This can't be a tag: it is too long.") if self.input.text().strip() else self.tr("No tags yet.")
            told = framed(row(label(nothing, "body", "muted", wraps=True), margins=(10, 18)))
            self._list.addWidget(told)
            told.show()
        self._step(0)
        self.setFixedHeight(self.sizeHint().height())

    def _step(self, by: int) -> None:
        self._place = max(0, min(self._place + by, len(self._rows) - 1))
        for place, line in enumerate(self._rows):
            line.set_at(is_at=place == self._place)

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._rows):
            tag = self._rows[place].offer.tag
            self.input.clear()
            self._run.telling(self._panel.toggle(tag), undo=True)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.input and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
                self._step(1 if key == Qt.Key.Key_Down else -1)
                return True
            if key in RETURNS:
                self._choose(self._place)
                return True
        return super().eventFilter(watched, event)
