"""Many rows are chosen by hand or all at once; what is done to them is told, and one key takes it back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.desk.bulk import Busy
from app.domain.contacts.commands import EditContact, LockContact
from app.domain.contacts.queries import ContactRow, contact, contact_ids
from app.domain.contacts.records import Contact
from app.domain.conversations.queries import conversation
from app.domain.roles.records import Role
from app.domain.roles.rules import preset_id, stored
from app.domain.tasks.commands import CreateTask
from app.domain.tasks.queries import task_ids
from app.kernel.ids import new_id
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.working import FarServer, console_at_work
from ui.bridge.lines import Line
from ui.bridge.messages import Question
from ui.console.console import Console
from ui.console.field_sheet import FieldSheet
from ui.features.acts import undone_words
from ui.features.audit.acts import ActsPanel
from ui.features.contacts.view import ContactsPage
from ui.features.tasks.view import TasksPage
from ui.widgets.choosing_list import ChoosingList

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@asynccontextmanager
async def people_shown(folder: Path, email: str = cast.SUPERVISOR) -> AsyncIterator[tuple[Console, ContactsPage]]:
    async with console_at_work(folder, email=email) as console:
        page = console.window.show_page("contacts")
        assert isinstance(page, ContactsPage)
        await until(lambda: page._model.is_loaded and page.list.isVisible())
        yield console, page


def click(view: ChoosingList, place: int, how: Qt.KeyboardModifier = NONE) -> None:
    at = view.visualRect(view.model().index(place, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, how, QPoint(at))


def choose_first(page: ContactsPage, count: int) -> None:
    page.list.setCurrentIndex(page._model.index(0))
    click(page.list, count - 1, SHIFT)
    assert page.chosen.count == count


async def titles(console: Console, rows: list[ContactRow]) -> list[str | None]:
    return await console.core.desk.read(lambda reader: [contact(reader, each.id).job_title for each in rows])


def answering(console: Console, *answers: str) -> list[Question]:
    """What is asked, answered at once."""
    asked: list[Question] = []
    console.messages.asked.disconnect()

    def answer(question: Question, say: object) -> None:
        asked.append(question)
        say(answers[len(asked) - 1] if len(asked) <= len(answers) else question.safe)  # type: ignore[operator]

    console.messages.asked.connect(answer)
    return asked


async def test_ctrl_and_shift_choose_and_open_nothing(tmp_path: Path) -> None:
    async with people_shown(tmp_path) as (_, page):
        page.list.setFocus()
        page.list.setCurrentIndex(page._model.index(1))
        click(page.list, 3, SHIFT)
        assert page.chosen.count == 3
        click(page.list, 5, CTRL)
        click(page.list, 2, CTRL)
        assert page.chosen.ids == [page._model._rows[place].id for place in (1, 3, 5)]
        assert page.bar.isVisible()
        assert page.currentIndex() == 0, "nobody's page was opened"
        QTest.keyClick(page.list, Qt.Key.Key_Down, SHIFT)
        assert page.chosen.is_many
        QTest.keyClick(page.list, Qt.Key.Key_Escape)
        assert not page.bar.isVisible()
        click(page.list, 0)
        await until(lambda: page.currentWidget() is page.record)


async def test_ctrl_a_chooses_all_that_the_filter_shows_and_not_only_what_is_loaded(tmp_path: Path) -> None:
    async with people_shown(tmp_path) as (console, page):
        known = await console.core.desk.read(contact_ids)
        assert len(known) > page._model.rowCount()
        QTest.keyClick(page.list, Qt.Key.Key_A, CTRL)
        await until(lambda: page.chosen.count == len(known))
        page._model.fetchMore(page._model.index(-1))
        await until(lambda: page._model.rowCount() > 50)
        assert page.chosen.count == len(known), "what is loaded later is among them"
        assert len(page.list.selectionModel().selectedIndexes()) == page._model.rowCount()
        page.search.setText("Agnieszka")
        assert page.chosen.count <= 1


async def test_a_field_is_set_in_all_but_what_is_locked_and_one_key_takes_it_back(tmp_path: Path) -> None:
    async with people_shown(tmp_path, cast.MAYA) as (console, page):
        far, rows = FarServer(console), page._model._rows[:6]
        for row in rows[1:3]:
            lock = {"locked_at": console.core.desk.now(), "locked_by": far.colleague}
            await far.bring((Contact, row.id, {"name": row.name, "team_id": console.core.desk.tenant_id, **lock}))
        said: list[str] = []
        console.messages.said_done.connect(lambda text, _: said.append(text))
        asked = answering(console)
        choose_first(page, 6)
        page.bar.wanted.emit("edit")
        sheet = next(each for each in console.window.findChildren(FieldSheet) if each.isVisible())
        sheet.field.setCurrentIndex(sheet.field.findData("job_title"))
        sheet.text.setText("Baker")
        sheet.set.click()
        await until(lambda: asked)
        assert said == ["4 contacts changed; 2 stayed as they were."]
        assert asked[0].title == "2 of 6 stayed as they were"
        assert asked[0].text.startswith(f"{rows[1].name}: This contact was locked by")
        assert [title == "Baker" for title in await titles(console, rows)] == [True, False, False, True, True, True]
        acts = ActsPanel(console.core.desk, console.core.replica)
        await acts.refresh()
        assert acts.rows.value[0].what == "Contact changed: 4 contacts"
        console.window.actions_known.run("undo")
        await until(lambda: said[-1] == "Undone for 4.")
        assert "Baker" not in await titles(console, rows)
        await acts.refresh()
        assert [each.state for each in acts.rows.value[:2]] == ["waits for the server", "taken back"]
        acts.stop()


async def test_a_tag_is_added_to_those_that_they_have(tmp_path: Path) -> None:
    async with people_shown(tmp_path) as (console, page):
        desk, rows, said = console.core.desk, page._model._rows[:3], list[str]()
        console.messages.said_done.connect(lambda text, _: said.append(text))
        await desk.run(EditContact(contact_id=rows[0].id, patch={"tags": ["wholesale"]}))
        choose_first(page, 3)
        page.bar.wanted.emit("edit")
        sheet = next(each for each in console.window.findChildren(FieldSheet) if each.isVisible())
        assert not sheet.set.isEnabled(), "a tag without a word is none"
        sheet.text.setText("spring")
        sheet.set.click()
        await until(lambda: said == ["3 contacts changed."])
        tags = await desk.read(lambda reader: [set(contact(reader, each.id).tags) for each in rows])
        assert all("spring" in each for each in tags)
        assert "wholesale" in tags[0]


async def test_many_deletions_are_asked_about_with_their_number_and_can_be_left(tmp_path: Path) -> None:
    async with people_shown(tmp_path) as (console, page):
        rows = page._model._rows[:12]
        asked = answering(console, "no", "yes")
        said: list[str] = []
        console.messages.said_done.connect(lambda text, _: said.append(text))
        choose_first(page, 12)
        console.window.actions_known.run("bulk.contact.delete")
        await until(lambda: len(asked) == 1)
        assert (asked[0].title, asked[0].choices[1].text) == ("Delete 12 contacts?", "Delete 12 contacts")
        console.window.actions_known.run("bulk.contact.delete")
        await until(lambda: said == ["12 contacts deleted."])
        known = await console.core.desk.read(contact_ids)
        assert not {row.id for row in rows} & set(known)
        await until(lambda: page.chosen.count <= 1)
        console.window.actions_known.run("undo")
        await until(lambda: said[-1] == "Undone for 12.")
        assert {row.id for row in rows} <= set(await console.core.desk.read(contact_ids))


async def test_conversations_are_assigned_to_somebody_and_the_open_one_stays(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        lists = console.inbox_page.list
        console.inbox.view.set("all")
        await until(lambda: lists._model.rowCount() > 4 and console.thread_panel.header.value is not None)
        header = console.thread_panel.header.value
        assert header is not None
        lists.list.setCurrentIndex(lists._model.index(0))
        click(lists.list, 3, SHIFT)
        ids = lists.chosen.ids
        assert len(ids) == 4
        lists.bar.wanted.emit("assign")
        await until(lambda: any(each.isVisible() for each in console.window.findChildren(QMenu)))
        menu = next(each for each in console.window.findChildren(QMenu) if each.isVisible())
        choice = next(each for each in menu.actions() if each.text().startswith("Maya"))
        menu.close()
        choice.trigger()
        await until(lambda: not lists.chosen.is_many)
        maya = cast.user_id(console.core.desk.tenant_id, cast.MAYA)
        owners = await console.core.desk.read(lambda reader: [conversation(reader, each).owner_id for each in ids])
        assert owners == [maya] * 4


async def test_one_that_is_stopped_says_what_was_left(tmp_path: Path) -> None:
    async with people_shown(tmp_path) as (console, page):
        desk = console.core.desk
        ids = await desk.read(contact_ids)
        seen: list[int] = []

        def stop_soon(progress: object) -> None:
            if progress is not None and page.bar.isVisible():
                seen.append(1)
                page.bar.stop.click()

        desk.bulk.progress.subscribe(stop_soon)
        outcome = await desk.run_many([LockContact(contact_id=each) for each in ids])
        assert seen
        assert (outcome.done, outcome.left) == (50, len(ids) - 50)
        assert undone_words(outcome) == f"Undone for 50; stopped before {len(ids) - 50} others."
        with pytest.raises(Busy):
            await asyncio.gather(*(desk.run_many([LockContact(contact_id=each) for each in ids[:3]]) for _ in range(2)))


async def test_who_may_not_change_many_is_told_so(tmp_path: Path) -> None:
    async with people_shown(tmp_path, cast.MAYA) as (console, page):
        far = FarServer(console)
        role = preset_id(console.core.desk.tenant_id, "agent")
        rights = stored({"contact:*": "team"}, {})
        await far.bring((Role, role, {"key": "agent", "name": "Agent", "rights": rights, "team_id": console.core.desk.tenant_id}))
        await console.core.desk.refresh()
        choose_first(page, 3)
        assert page.bar.isVisible()
        assert page.bar.buttons == {}
        assert not console.window.actions_known.get("bulk.contact.delete").is_possible()


async def test_tasks_are_chosen_line_by_line_and_done_together(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, said = console.core.desk, list[str]()
        console.messages.said_done.connect(lambda text, _: said.append(text))
        for place in range(5):
            await desk.run(CreateTask(task_id=new_id(), title=f"Task {place}"))
        page = console.window.show_page("tasks")
        assert isinstance(page, TasksPage)
        await until(lambda: len(page.findChildren(Line)) >= 5)
        lines = page.findChildren(Line)
        QTest.mouseClick(lines[0], Qt.MouseButton.LeftButton, NONE, QPoint(300, 10))
        QTest.keyClick(lines[0], Qt.Key.Key_Down, SHIFT)
        QTest.keyClick(lines[1], Qt.Key.Key_Down, SHIFT)
        QTest.mouseClick(lines[4], Qt.MouseButton.LeftButton, CTRL, QPoint(300, 10))
        assert page.chosen.ids == [lines[place].id for place in (0, 1, 2, 4)]
        ids = page.chosen.ids
        page.bar.wanted.emit("complete")
        await until(lambda: said)
        assert said == ["4 tasks done."]
        done = await desk.read(lambda reader: task_ids(reader, owner_id=desk.user_id, is_done=True))
        assert set(ids) <= set(done)
        await until(lambda: len(page.findChildren(Line)) < len(lines))
        left = page.findChildren(Line)
        QTest.keyClick(left[0], Qt.Key.Key_A, CTRL)
        await until(lambda: page.chosen.count == len(left))
        QTest.keyClick(left[0], Qt.Key.Key_Escape)
        assert page.chosen.ids == []
