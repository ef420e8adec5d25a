"""Observables reach widgets for as long as these live, and what fails is told in words."""

import asyncio

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from app.kernel.tasks import TaskRunner
from tests.ui.conftest import until
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Messages


class DoorShut(PatchbayError):
    """Refused, with a reason."""

    key = "door_shut"
    text = "The door to {room} is shut."


def test_a_widget_shows_the_value_now_and_at_every_change(qtbot: QtBot) -> None:
    words, shown = Observable("offline"), QLabel()
    qtbot.addWidget(shown)
    bind(shown, words, shown.setText)
    assert shown.text() == "offline"
    words.set("live")
    assert shown.text() == "live"


def test_a_widget_that_is_gone_hears_nothing(qtbot: QtBot) -> None:
    words, shown = Observable("offline"), QLabel()
    heard: list[str] = []
    bind(shown, words, heard.append)
    shown.deleteLater()
    qtbot.wait(10)
    words.set("live")
    assert heard == ["offline"]


async def test_an_act_that_went_well_says_so_and_offers_the_way_back(tasks: TaskRunner) -> None:
    messages, told = Messages(), list[object]()
    messages.said_done.connect(lambda *words: told.extend(words))
    Run(tasks, messages)(asyncio.sleep(0), "Resolved.", undo=True)
    await until(lambda: told)
    assert told == ["Resolved.", True]


async def test_a_refusal_is_told_in_its_own_words(tasks: TaskRunner) -> None:
    async def enter() -> None:
        raise DoorShut(room="billing")

    messages, told = Messages(), list[str]()
    messages.said_problem.connect(told.append)
    Run(tasks, messages)(enter(), "Entered.")
    await until(lambda: told)
    assert told == ["The door to billing is shut."]


@pytest.mark.expects_errors
async def test_a_bug_is_logged_with_its_traceback_and_told_without(tasks: TaskRunner, error_log: list[str]) -> None:
    async def slip() -> None:
        raise ZeroDivisionError("1 / 0")

    messages, told = Messages(), list[str]()
    messages.said_problem.connect(told.append)
    Run(tasks, messages)(slip())
    await until(lambda: told)
    assert "1 / 0" not in told[0]
    assert any("ZeroDivisionError" in line for line in error_log)
