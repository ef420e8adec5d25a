"""The inbox page: list, thread and side panel, and how they give way to each other."""

from uuid import UUID

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.desk.desk import Desk
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.features.conversations.inbox import InboxList
from ui.features.conversations.list_view import ConversationListView
from ui.features.conversations.thread_view import ThreadView
from ui.features.conversations.viewmodel import ThreadPanel
from ui.widgets.conversation_row import STRIP_WIDTH
from ui.widgets.layout import row

SIDE_FROM, STRIP_BELOW, SINGLE_BELOW = 1360, 1180, 1000  # pixels of window
WIDEST = 16_777_215  # what Qt takes for no limit


class InboxPage(QWidget):
    """`side` shows whom the open conversation is with; the page decides only how wide it is and whether it fits."""

    def __init__(self, inbox: InboxList, panel: ThreadPanel, side: QWidget, desk: Desk, run: Run, tasks: TaskRunner) -> None:
        super().__init__()
        self._panel, self._run, self._side = panel, run, side
        self._is_side_wanted, self._is_side_over = True, False
        self._is_reading = False  # of list and thread, where there is room for one
        self._width = 1440
        self.list = ConversationListView(inbox, desk, run, tasks)
        self.talk = ThreadView(panel, desk, run)
        self._layout = row(self.list, spacing=0)
        self._layout.addWidget(self.talk, 1)
        self._layout.addWidget(side)
        self.setLayout(self._layout)
        self.list.opened.connect(lambda conversation_id: run(panel.open(conversation_id)))
        self.list.list.clicked.connect(lambda _: self._read(is_reading=True))
        self.list.list.activated.connect(lambda _: self._read(is_reading=True))
        self.fit(self._width)

    def show_conversation(self, conversation_id: UUID) -> None:
        """Open one from elsewhere: a call, a search, a task."""
        self.list.select(conversation_id)
        self._run(self._panel.open(conversation_id))
        self._read(is_reading=True)

    def narrow(self) -> None:
        """Begin to choose what narrows the list, where more than avatars have room."""
        if self.list.can_narrow:
            self._read(is_reading=False)
            self.list.narrow()

    def show_all(self) -> None:
        """Nothing narrows it any more."""
        self.list.show_all()

    def go_to_list(self) -> None:
        """Out of the thread, into the list; where there is room for one of them, the list comes back."""
        self._read(is_reading=False)
        self.list.list.setFocus()

    def _read(self, *, is_reading: bool) -> None:
        self._is_reading = is_reading
        is_single = self._width < SINGLE_BELOW
        self.talk.setVisible(is_reading or not is_single)
        self.list.setVisible(not is_reading or not is_single)

    def toggle_side(self) -> None:
        """Show or hide the side panel."""
        if self._width >= SIDE_FROM:
            self._is_side_wanted = not self._is_side_wanted
        else:
            self._is_side_over = not self._is_side_over
        self.fit(self._width)

    def fit(self, width: int) -> None:
        """First the side panel gives way, then the list becomes a strip of avatars, then list and thread are one at a time."""
        fits = width >= SIDE_FROM
        if fits != (self._width >= SIDE_FROM):
            self._is_side_over = False
        self._width = width
        is_strip = SINGLE_BELOW <= width < STRIP_BELOW
        self.list.set_strip(is_strip=is_strip)
        if width < SINGLE_BELOW:
            self.list.setMinimumWidth(0)
            self.list.setMaximumWidth(WIDEST)
        else:
            self.list.setFixedWidth(STRIP_WIDTH if is_strip else 280 if not fits else 328 if width < 1800 else 360)
        self._side.setFixedWidth(344 if width < 1800 else 380)
        self._place_side(fits=fits)
        self._read(is_reading=self._is_reading)
        self.talk.set_margins(max(20, (width - 1440) // 4))

    def _place_side(self, *, fits: bool) -> None:
        """Beside the thread where there is room, else a sheet over it when it is asked for."""
        if fits and self._layout.indexOf(self._side) < 0:
            self._layout.addWidget(self._side)
        elif not fits and self._layout.indexOf(self._side) >= 0:
            self._layout.removeWidget(self._side)
        self._side.setVisible(self._is_side_wanted if fits else self._is_side_over)
        if not fits:
            self._side.setGeometry(self.width() - self._side.width(), 0, self._side.width(), self.height())
            self._side.raise_()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_side(fits=self._width >= SIDE_FROM)
