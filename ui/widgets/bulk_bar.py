"""The bar over a list of which many are chosen: how many, what can be done with them, and how far that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QStackedLayout, QWidget

from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import row
from ui.widgets.text import label

HEIGHT = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class BarAct:
    """Something to do with all that is chosen."""

    id: str
    text: str
    icon: str
    is_danger: bool = False


class BulkBar(QFrame):
    """Hidden while there is nothing to say. `wanted`: the id of an act; `cleared` and `stopped` as they say."""

    wanted = Signal(str)
    cleared = Signal()
    stopped = Signal()

    def __init__(self, *, is_narrow: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "head")
        self._is_narrow = is_narrow
        self.setFixedHeight(HEIGHT)
        self.buttons: dict[str, Button | IconButton] = {}
        self._count, self._why = label("", "strong", tabular=True), label("", "small", "muted")
        self._far = label("", "small", "text2", tabular=True)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(4)
        self._acts = row(spacing=4)
        self.stop = Button(self.tr("Stop"), height=28)
        self.stop.clicked.connect(self.stopped)
        self._stack = QStackedLayout()
        self._lay_out(12 if is_narrow else 20)
        self.setLayout(self._stack)
        self.hide()

    def _lay_out(self, edge: int) -> None:
        clear = IconButton("x", self.tr("Clear the selection"), "Esc", size=16, box=30)
        clear.clicked.connect(self.cleared)
        choosing, working = QWidget(), QWidget()
        line = row(self._count, spacing=4 if self._is_narrow else 10, margins=(0, edge))
        line.addLayout(self._acts)
        line.addWidget(self._why)
        line.addStretch(1)
        line.addWidget(clear)
        choosing.setLayout(line)
        far = row(self._far, spacing=12, margins=(0, edge))
        far.addWidget(self._progress, 1)
        far.addWidget(self.stop)
        working.setLayout(far)
        self._stack.addWidget(choosing)
        self._stack.addWidget(working)

    def offer(self, acts: Sequence[BarAct], why_none: str = "") -> None:
        """What can be done; `why_none` where nothing can."""
        if tuple(self.buttons) != tuple(act.id for act in acts):
            for button in self.buttons.values():
                self._acts.removeWidget(button)
                button.deleteLater()
            self.buttons = {act.id: self._button(act) for act in acts}
            for button in self.buttons.values():
                self._acts.addWidget(button)
        self._why.setText(why_none)
        self._why.setVisible(bool(why_none))

    def _button(self, act: BarAct) -> Button | IconButton:
        made: Button | IconButton = (
            IconButton(act.icon, act.text, size=16, box=30)
            if self._is_narrow
            else Button(act.text, "dangerline" if act.is_danger else "default", act.icon, height=30)
        )
        made.clicked.connect(lambda: self.wanted.emit(act.id))
        return made

    def show_count(self, count: int) -> None:
        """How many are chosen; one or none is no reason to be there."""
        self._stack.setCurrentIndex(0)
        words = "{0}" if self._is_narrow else self.tr("{0} selected")
        self._count.setText(words.replace("{0}", f"{count:,}"))
        self._count.setAccessibleName(self.tr("{0} selected").replace("{0}", f"{count:,}"))
        self.setVisible(count > 1)

    def show_progress(self, done: int, total: int) -> None:
        """How far it is."""
        self._stack.setCurrentIndex(1)
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._far.setText(self.tr("{0} of {1}").replace("{0}", f"{done:,}").replace("{1}", f"{total:,}"))
        self.show()
