"""The main window: the frame every screen sits in. It knows no noun; pages are registered and built when first shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget
from typing_extensions import override

from ui.shell.actions import Action, ActionRegistry
from ui.shell.panes import PaneSteps, panes_of
from ui.shell.strips import Banner, Rail, StatusStrip, ToastLayer
from ui.shell.top_bar import TopBar
from ui.theme.icons import as_qicon
from ui.widgets.layout import column, framed, row
from ui.widgets.raised import Raised

SMALLEST, USUAL = QSize(960, 640), QSize(1440, 900)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A place in the rail and the widget that it shows."""

    id: str
    title: str
    icon: str
    keys: str
    build: Callable[[], QWidget]
    is_low: bool = False


class MainWindow(QMainWindow):
    """Top bar, rail, banner, pane, strip. `shown`: a page came up. `leaving`: the person closes the window."""

    shown = Signal(str)
    leaving = Signal()
    resized = Signal(int)

    def __init__(self, states: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("Patchbay"))
        self.setWindowIcon(as_qicon("headphones", "accent", 64))
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self.top, self.rail, self.banner, self.strip = TopBar(states), Rail(), Banner(), StatusStrip()
        self.stack = QStackedWidget()
        self.toasts = ToastLayer(self)
        self.actions_known = ActionRegistry(self)
        self._steps = PaneSteps(self)
        self._pages: dict[str, Page] = {}
        self._built: dict[str, QWidget] = {}
        self._cover: QWidget | None = None
        self.pane = framed(column(self.stack, spacing=0, margins=1), "pane")
        self._frame = self._lay_out()
        self._root = QStackedWidget()
        self._root.addWidget(self._frame)
        self.setCentralWidget(self._root)
        self.rail.chosen.connect(self.show_page)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        self.actions_known.changed.connect(self._show_hints)
        for keys, title, by in (("F6", self.tr("Next pane"), 1), ("Shift+F6", self.tr("Previous pane"), -1)):
            step = partial(self.step_pane, by)
            self.actions_known.add(Action(id=f"pane.{by}", title=title, group=self.tr("Everywhere"), keys=keys, run=step, rank=1))

    def _lay_out(self) -> QWidget:
        middle = column(self.banner, spacing=8, margins=(0, 10, 0, 0))
        middle.addWidget(self.pane, 1)
        body = row(self.rail, spacing=0)
        body.addLayout(middle, 1)
        frame = column(self.top, spacing=0)
        frame.addLayout(body, 1)
        frame.addWidget(self.strip)
        return framed(frame, "s0")

    def add_page(self, page: Page) -> None:
        """Make a place known; its widget is built when it is first shown."""
        self._pages[page.id] = page
        self.rail.add_place(page.id, page.icon, page.title, page.keys.replace(", ", " then "), is_low=page.is_low)

    @property
    def page(self) -> str:
        """Which place is shown."""
        return next((page for page, widget in self._built.items() if widget is self.stack.currentWidget()), "")

    def show_page(self, page_id: str) -> QWidget:
        """Go there."""
        if page_id not in self._built:
            self._built[page_id] = self._pages[page_id].build()
            self.stack.addWidget(self._built[page_id])
        widget = self._built[page_id]
        if widget is not self.stack.currentWidget():
            self._steps.turn()
            self.stack.setCurrentWidget(widget)
            self._steps.enter(widget)
        self.rail.show_place(page_id)
        self.shown.emit(page_id)
        self.actions_known.changed.emit()
        return widget

    def cover(self, widget: QWidget | None) -> None:
        """Show something in place of the whole frame (signing in), or the frame again."""
        if self._cover is not None:
            self._root.removeWidget(self._cover)
            self._cover.deleteLater()
        self._cover = widget
        if widget is not None:
            self._root.addWidget(widget)
            self._root.setCurrentWidget(widget)
        else:
            self._steps.turn()
            self._root.setCurrentWidget(self._frame)
            self._steps.enter(self.stack.currentWidget() or self._frame)  # covered, nothing of it could take the focus

    def come_forward(self) -> None:
        """Somebody started the program again: show what is there."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def step_pane(self, by: int) -> None:
        """The focus goes on to the next pane (1) or back (-1)."""
        page = self.stack.currentWidget()
        self._steps.step([self.top, self.rail, *(panes_of(page) if page is not None else ()), self.strip], by)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._steps.note(new)
        self.actions_known.follow_focus()

    def _show_hints(self) -> None:
        hints = [(action.caps, action.title) for action in self.actions_known.hints()]
        self.strip.show_hints(hints, self.width() - 560)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.top.fit(self.width())
        if event.oldSize().isValid():
            for sheet in self.findChildren(Raised, options=Qt.FindChildOption.FindDirectChildrenOnly):
                sheet.follow(event.oldSize(), event.size())
        self.toasts.place()
        self._show_hints()
        self.resized.emit(self.width())

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.actions_known.changed.emit()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.leaving.emit()
