"""Every act has a key and a line in the palette; single letters sleep while somebody types."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.kernel.tasks import TaskRunner
from tests.ui.conftest import until
from ui.shell.actions import Action, ActionRegistry
from ui.shell.palette import CommandPalette
from ui.shell.palette_rows import Findings, Hit
from ui.widgets.layout import column


class Bench(QWidget):
    """A window with a text field, a list's place, and a registry."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.place = QLineEdit(), QPushButton("list")
        self.setLayout(column(self.field, self.place))
        self.known = ActionRegistry(self)
        self.ran: list[str] = []

    def act(self, name: str, keys: str = "", **more: object) -> Action:
        """An action that notes that it ran."""
        return Action(id=name, title=name.capitalize(), group="Test", keys=keys, run=lambda: self.ran.append(name), **more)  # type: ignore[arg-type]  # as given


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    """A window in front."""
    made = Bench()
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def test_a_letter_acts_in_a_list_and_types_in_a_field(bench: Bench, qtbot: QtBot) -> None:
    bench.known.add(bench.act("resolve", "E"), bench.act("palette", "Ctrl+K"))
    bench.place.setFocus()
    bench.known.follow_focus()
    QTest.keyClick(bench.place, Qt.Key.Key_E)
    assert bench.ran == ["resolve"]
    bench.field.setFocus()
    bench.known.follow_focus()
    QTest.keyClick(bench.field, Qt.Key.Key_E)
    assert bench.ran == ["resolve"]
    assert bench.field.text() == "e"
    QTest.keyClick(bench.field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert bench.ran == ["resolve", "palette"]


def test_two_acts_cannot_have_one_key(bench: Bench) -> None:
    bench.known.add(bench.act("resolve", "E"))
    with pytest.raises(ValueError, match="E is taken by resolve"):
        bench.known.add(bench.act("edit", "E"))


def test_what_is_not_possible_now_does_nothing(bench: Bench) -> None:
    bench.known.add(bench.act("answer", "Ctrl+Shift+A", is_possible=lambda: False))
    bench.known.run("answer")
    assert bench.ran == []
    assert bench.known.possible() == []
    assert [action.id for action in bench.known.all()] == ["answer"]


def test_keys_are_shown_as_on_the_keyboard(bench: Bench) -> None:
    assert bench.act("answer", "Ctrl+Shift+A").caps == ("Ctrl", "⇧", "A")
    assert bench.act("go", "G, I").caps == ("G", "I")
    assert not bench.act("help", "F1").is_letter
    assert bench.act("all", "?").is_letter


async def nothing(_typed: str) -> Findings:
    """A search that finds nobody."""
    return Findings()


def opened(bench: Bench, tasks: TaskRunner, search: Callable[[str], object] = nothing) -> CommandPalette:
    """The palette over the window."""
    made = CommandPalette(bench, bench.known, search, tasks)  # type: ignore[arg-type]  # each search is a coroutine function
    made.open()
    return made


async def test_typing_narrows_and_enter_runs_the_chosen_one(bench: Bench, qtbot: QtBot, tasks: TaskRunner) -> None:
    bench.known.add(bench.act("transfer"), bench.act("translate"), bench.act("resolve"))
    palette = opened(bench, tasks)
    QTest.keyClicks(palette.input, "trans")
    QTest.keyClick(palette.input, Qt.Key.Key_Down)
    QTest.keyClick(palette.input, Qt.Key.Key_Return)
    assert bench.ran == ["translate"]
    assert not palette.isVisible()


async def test_control_enter_runs_and_stays(bench: Bench, qtbot: QtBot, tasks: TaskRunner) -> None:
    bench.known.add(bench.act("mute"))
    palette = opened(bench, tasks)
    QTest.keyClick(palette.input, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert bench.ran == ["mute"]
    assert palette.isVisible()


async def test_escape_gives_the_focus_back_where_it_was(bench: Bench, qtbot: QtBot, tasks: TaskRunner) -> None:
    bench.known.add(bench.act("leave the field", "Esc"))
    bench.field.setFocus()
    palette = opened(bench, tasks)
    assert palette.input.hasFocus()
    QTest.keyClick(palette.input, Qt.Key.Key_Escape)
    assert bench.field.hasFocus()
    assert bench.ran == []  # while the palette is open, Escape is its own


async def test_what_is_at_hand_stands_before_what_is_always_there(bench: Bench, tasks: TaskRunner) -> None:
    said = (("sync", "Everywhere", 1), ("mute", "On this call", 0), ("reply", "This conversation", 0))
    bench.known.add(*(Action(id=name, title=name, group=group, rank=rank, run=int) for name, group, rank in said))
    assert titles(opened(bench, tasks)) == ["mute", "reply", "sync"]


async def test_records_come_below_the_acts_and_an_answer_that_comes_late_is_dropped(
    bench: Bench, qtbot: QtBot, tasks: TaskRunner
) -> None:
    gates = {"tra": asyncio.Event(), "trao": asyncio.Event()}

    async def search(typed: str) -> Findings:
        if typed in gates:
            await gates[typed].wait()
        return Findings(hits=[Hit(title=f"found for {typed}", group="People and records", run=lambda: None)])

    bench.known.add(bench.act("transfer"))
    palette = opened(bench, tasks, search)
    palette.input.setText("tra")
    palette.input.setText("trao")
    gates["trao"].set()
    await until(lambda: titles(palette) == ["found for trao"])
    gates["tra"].set()
    await asyncio.sleep(0.02)
    assert titles(palette) == ["found for trao"]


async def test_a_search_ends_when_another_letter_is_typed_or_the_palette_is_closed(bench: Bench, tasks: TaskRunner) -> None:
    ended: list[str] = []

    async def search(typed: str) -> Findings:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(typed)
        return Findings()

    palette = opened(bench, tasks, search)
    palette.input.setText("t")
    await asyncio.sleep(0)
    palette.input.setText("tr")
    await until(lambda: ended == ["t"])
    palette.leave()
    await until(lambda: ended == ["t", "tr"])


async def test_a_long_list_is_cut_to_the_window_instead_of_crushed(bench: Bench, tasks: TaskRunner) -> None:
    bench.known.add(*(bench.act(f"act {place}") for place in range(40)))
    bench.resize(1000, 640)
    palette = opened(bench, tasks)

    def is_laid_out() -> bool:
        rows = [row for row in palette.hits if row.isVisible()]
        is_stacked = all(below.y() >= above.geometry().bottom() for above, below in pairwise(rows))
        return len(rows) > 1 and is_stacked and all(row.height() == 40 for row in rows)

    await until(is_laid_out)
    assert palette.geometry().bottom() - palette.pad <= 640
    before = titles(palette)
    palette.input.setText("act 3")
    await until(lambda: titles(palette) != before and is_laid_out())


def titles(palette: CommandPalette) -> list[str]:
    """What the palette offers."""
    return [row.hit.title for row in palette.hits]
