"""Text: labels of the type table, lines that give way, paragraphs that end well."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.fonts import font, line_height, wide
from ui.theme.paint import LEFT, painter_on, write
from ui.widgets.tip import set_tip


class Label(QLabel):
    """A label that takes another text size when the person chooses one."""

    def __init__(self, text: str, style: str, weight: int | None, *, tabular: bool) -> None:
        super().__init__(text)
        self._face = style, weight, tabular
        self._wear()

    def _wear(self) -> None:
        style, weight, tabular = self._face
        wanted = font(style, weight, tabular=tabular)
        if self.font().pixelSize() != wanted.pixelSize() or not self.testAttribute(Qt.WidgetAttribute.WA_SetFont):
            self.setFont(wanted)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._wear()


def label(
    text: str = "",
    style: str = "body",
    tone: str = "text",
    *,
    wraps: bool = False,
    weight: int | None = None,
    tabular: bool = False,
) -> QLabel:
    """Plain text: what comes from outside is never read as HTML."""
    made = Label(text, style, weight, tabular=tabular)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("tone", tone)
    made.setWordWrap(wraps)
    return made


class ElidedLabel(QWidget):
    """One line that gives way instead of pushing its pane wider; the whole text is in the tooltip.

    One that `hugs` takes no more room than its words need, so that a chip can stand right behind it.
    """

    def __init__(
        self,
        text: str = "",
        style: str = "body",
        tone: str = "text",
        *,
        weight: int | None = None,
        align: Qt.AlignmentFlag = LEFT,
        tabular: bool = False,
        hugs: bool = False,
    ) -> None:
        super().__init__()
        self._style, self._tone, self._weight, self._align, self._tabular = style, tone, weight, align, tabular
        self._text = ""
        wish = QSizePolicy.Policy.Maximum if hugs else QSizePolicy.Policy.Ignored
        self.setSizePolicy(wish, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(24)
        self.set_text(text)

    def text(self) -> str:
        """What it says."""
        return self._text

    def set_text(self, text: str, tone: str | None = None) -> None:
        """Say something else, perhaps in another tone."""
        self._text, self._tone = text, tone or self._tone
        self.setAccessibleName(text)
        set_tip(self, text if len(text) > 24 else "")
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        width = wide(self._text, self._style, self._weight, tabular=self._tabular)
        return QSize(int(width) + 3, line_height(self._style))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        write(painter, self.rect(), self._text, self._style, self._tone, self._align, self._weight, tabular=self._tabular)


class TitleLine(QWidget):
    """A title with its second rank right behind it; when there is no room the second rank gives way first."""

    GAP = 8

    def __init__(self, title: str, meta: str) -> None:
        super().__init__()
        self._title, self._meta = title, meta
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(line_height("strong"))
        self.setAccessibleName(f"{title}, {meta}" if meta else title)
        set_tip(self, self.accessibleName())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = painter_on(self), QRectF(self.rect())
        write(painter, area, self._title, "strong")
        beside = area.adjusted(min(area.width(), wide(self._title, "strong") + self.GAP), 0, 0, 0)
        if self._meta and beside.width() > 24:
            write(painter, beside, self._meta, "small", "muted", tabular=True)


def measure(text: str, width: float, face: QFont) -> tuple[float, int]:
    """The widest line and the number of lines of a text wrapped at a width."""
    layout = QTextLayout(text.replace("\n", " "), face)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    widest, lines = 0.0, 0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        widest, lines = max(widest, line.naturalTextWidth()), lines + 1
    layout.endLayout()
    return widest, lines


def tight_width(text: str, limit: float, style: str = "body") -> int:
    """The narrowest width at which a text needs no more lines than at the limit: no bubble ends in a lone word."""
    face = font(style)
    widest = 0.0
    for part in text.split("\n"):
        best, lines = measure(part, limit, face)
        low, high = best / 2, best
        while lines > 1 and high - low > 4:
            middle = (low + high) / 2
            found, needed = measure(part, middle, face)
            low, high = (middle, high) if needed > lines or found > middle else (low, middle)
        widest = max(widest, measure(part, high, face)[0] if part else 0)
    return int(max(widest, 8)) + 3


def paragraph(text: str, limit: float, style: str = "body", tone: str = "text") -> QLabel:
    """Wrapped text of the right width, which can be selected."""
    made = label(text, style, tone, wraps=True)
    made.setFixedWidth(min(int(limit), tight_width(text, limit, style)))
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
