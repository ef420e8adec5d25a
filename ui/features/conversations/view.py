"""The inbox page: list, thread and side panel, and how they give way to each other."""

from uuid import UUID

from PySide6.QtWidgets import QWidget

from app.desk.desk import Desk
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.features.conversations.inbox import InboxList
from ui.features.conversations.list_view import ConversationListView
from ui.features.conversations.thread_view import ThreadView
from ui.features.conversations.viewmodel import ThreadPanel
from ui.widgets.layout import row

SIDE_FROM, SINGLE_BELOW = 1360, 1000  # pixels of window


class InboxPage(QWidget):
    """`side` shows whom the open conversation is with; the page decides only how wide it is and whether it fits."""

    def __init__(self, inbox: InboxList, panel: ThreadPanel, side: QWidget, desk: Desk, run: Run, tasks: TaskRunner) -> None:
        super().__init__()
        self._panel, self._run, self._side = panel, run, side
        self._is_side_wanted = True
        self._width = 1440
        self.list = ConversationListView(inbox, tasks)
        self.talk = ThreadView(panel, desk, run)
        layout = row(self.list, spacing=0)
        layout.addWidget(self.talk, 1)
        layout.addWidget(side)
        self.setLayout(layout)
        self.list.opened.connect(lambda conversation_id: run(panel.open(conversation_id)))
        self.fit(self._width)

    def show_conversation(self, conversation_id: UUID) -> None:
        """Open one from elsewhere: a call, a search, a task."""
        self.list.select(conversation_id)
        self._run(self._panel.open(conversation_id))

    def toggle_side(self) -> None:
        """Show or hide the side panel."""
        self._is_side_wanted = not self._is_side_wanted if self._width >= SIDE_FROM else not self._side.isVisible()
        self.fit(self._width, force=True)

    def fit(self, width: int, *, force: bool = False) -> None:
        """The list, then the side panel give way; the thread never does."""
        self._width = width
        self.list.setFixedWidth(280 if width < SIDE_FROM else 328 if width < 1800 else 360)
        self._side.setFixedWidth(344 if width < 1800 else 380)
        fits = width >= SIDE_FROM
        self._side.setVisible(self._is_side_wanted if fits else force and not self._side.isVisible())
        self.talk.set_margins(max(20, (width - 1440) // 4))
