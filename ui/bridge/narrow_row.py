"""The choices that narrow a list, and what is said where nothing is left."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtWidgets import QFrame

from app.kernel.observable import Observable
from ui.bridge.bind import bind
from ui.widgets.fields import Choice
from ui.widgets.layout import Margins, column, row

WIDEST = 190


class Choosable(Protocol):
    """What one choice shows and sets."""

    @property
    def name(self) -> str: ...

    @property
    def icon(self) -> str: ...

    @property
    def value(self) -> Observable[str]: ...

    @property
    def options(self) -> Observable[tuple[tuple[str, str], ...]]: ...


class NarrowChoice(Choice):
    """One of them; where there is nothing to choose from, there is no choice."""

    def __init__(self, part: Choosable, *, is_narrow: bool = False) -> None:
        super().__init__(part.name, "" if is_narrow else part.icon)
        self._part = part
        self.currentIndexChanged.connect(lambda _: part.value.set(self.value))
        bind(self, part.options, lambda _: self._fill())
        bind(self, part.value, lambda _: self._fill())

    def _fill(self) -> None:
        options = self._part.options.value
        if [(self.itemData(place), self.itemText(place)) for place in range(self.count())] != list(options):
            self.fill(list(options), self._part.value.value)
        elif self.value != self._part.value.value:
            self.setCurrentIndex(max(0, self.findData(self._part.value.value)))
        if len(options) < 2:
            self.hide()
        elif self.isHidden() and self.parent() is not None:  # without a parent it would be a window
            self.show()


class NarrowRow(QFrame):
    """Some in a line. `narrow` puts the focus on the first that there is."""

    def __init__(self, parts: Sequence[Choosable], *, in_line: int = 0, margins: Margins = 0) -> None:
        super().__init__()
        self.choices = {part.name: NarrowChoice(part, is_narrow=in_line > 0) for part in parts}
        made = list(self.choices.values())
        lines = column(spacing=6, margins=margins)
        for start in range(0, len(made), in_line or len(made)):
            line = row(spacing=6)
            for choice in made[start : start + (in_line or len(made))]:
                choice.setMinimumWidth(40)
                line.addWidget(choice, 1)
                if not in_line:
                    choice.setMaximumWidth(WIDEST)
            if not in_line:
                line.addStretch(1)
            lines.addLayout(line)
        self.setLayout(lines)

    def narrow(self) -> None:
        """Begin to choose."""
        for choice in self.choices.values():
            if not choice.isHidden():
                choice.setFocus()
                return
