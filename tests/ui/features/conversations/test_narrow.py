"""List, thread and side panel give way to each other as the window narrows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.desk.desk import Connection, Desk
from app.kernel.observable import Observable
from app.kernel.tasks import TaskRunner
from ui.features.conversations.inbox import InboxList
from ui.features.conversations.view import InboxPage
from ui.features.conversations.viewmodel import ThreadPanel
from ui.widgets.conversation_row import STRIP_WIDTH


class QuietDesk:
    """A desk at which nothing happens."""

    user_id = None
    tasks = TaskRunner()
    zone = UTC
    connection = Observable(Connection(state="live"))

    def now(self) -> datetime:
        """Always the same moment."""
        return datetime(2026, 11, 23, 10, 42, tzinfo=UTC)

    def on_changed(self, _kinds: object, _told: Callable[[], None], **_only: object) -> Callable[[], None]:
        """Nothing ever changes."""
        return lambda: None


class NoTasks(TaskRunner):
    """Reads nothing: only the frame is looked at."""

    @override
    def start(self, work: Any, *, name: str | None = None) -> None:
        work.close()


@pytest.fixture
def page(qtbot: QtBot) -> InboxPage:
    """The inbox without a conversation."""
    desk = cast("Desk", QuietDesk())
    panel = ThreadPanel(desk, cast("Any", None))
    made = InboxPage(InboxList(desk), panel, QLabel("who it is"), desk, cast("Any", lambda work, *_: work.close()), NoTasks())
    qtbot.addWidget(made)
    made.show()
    return made


def fit(page: InboxPage, width: int) -> tuple[bool, bool, bool]:
    """Which of list, thread and side panel stand in a window of that width."""
    page.resize(width - 66, 700)
    page.fit(width)
    layout = page.layout()
    assert layout is not None
    layout.activate()
    side = next(each for each in page.findChildren(QLabel) if each.text() == "who it is")
    return page.list.isVisible(), page.talk.isVisible(), side.isVisible()


def test_the_side_panel_goes_first_and_comes_as_a_sheet_when_asked_for(page: InboxPage) -> None:
    assert fit(page, 1440) == (True, True, True)
    assert fit(page, 1280) == (True, True, False)
    before = page.talk.width()
    page.toggle_side()
    assert fit(page, 1280) == (True, True, True)
    assert page.talk.width() == before  # it lies over the thread and squeezes nothing
    assert fit(page, 1440) == (True, True, True)
    assert fit(page, 1280) == (True, True, False)


def test_then_the_list_becomes_a_strip_of_avatars(page: InboxPage) -> None:
    assert fit(page, 1100) == (True, True, False)
    assert page.list.width() == STRIP_WIDTH
    fit(page, 1280)
    assert page.list.width() == 280


def test_at_last_list_and_thread_are_one_at_a_time_and_escape_leads_back(page: InboxPage) -> None:
    assert fit(page, 980) == (True, False, False)
    page.list.list.clicked.emit(page.list.list.model().index(0, 0))
    assert (page.list.isVisible(), page.talk.isVisible()) == (False, True)
    page.go_to_list()
    assert (page.list.isVisible(), page.talk.isVisible()) == (True, False)
    assert fit(page, 1440) == (True, True, True)
