"""People as administrators see them: who has which roles, what all of it lets somebody do, and changing that."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.domain.users.queries import user
from tests.demo import cast
from tests.demo.fill import BENCH_TENANT
from tests.ui.administering import administrator_at_work, answer, button, connect, pick, shown, somebody
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.users.view import UsersSection
from ui.widgets.choices import Switch
from ui.widgets.fields import Choice
from ui.widgets.grid import Grid, GridModel

MAYA = somebody(cast.MAYA)


def texts(root: QWidget) -> set[str]:
    return {each.text() for each in root.findChildren(QLabel) if each.isVisible()}


async def opened(console: Console) -> UsersSection:
    section = shown(console, "users", UsersSection)
    await until(lambda: section.table.list.model().rowCount() == len(cast.COLLEAGUES))
    return section


async def page_of_maya(console: Console) -> UsersSection:
    section = await opened(console)
    section.open(MAYA)
    await until(section.page.isVisible)
    return section


def said(grid: Grid, row: str, column: str) -> str:
    """The sentence of a cell."""
    model = grid.model()
    assert isinstance(model, GridModel)
    place = next(place for place, each in enumerate(model.rows) if each.name == row)
    return model.rows[place].squares[model.columns.index(column)].sentence


async def test_everybody_is_listed_and_found_by_name_role_or_team(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        sentences = [
            section.table.list.model().index(place, 0).data(Qt.ItemDataRole.AccessibleTextRole)
            for place in range(len(cast.COLLEAGUES))
        ]
        assert any(each.startswith("Maya Kapoor, maya@demo.example, Agent, Customer care") for each in sentences)
        section.search.setText("superv sales")
        await until(lambda: section.table.list.model().rowCount() == 1)
        assert "1 person" in texts(section)
        section.search.setText("nobody at all")
        await until(lambda: section.table.list.isHidden() and section.table.empty.isVisible())
        assert unnamed(section) == []


async def test_effective_access_says_how_far_each_right_reaches_and_by_which_role(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await page_of_maya(console)
        await until(lambda: section.page.findChild(Grid) is not None)
        grid = section.page.findChild(Grid)
        assert grid is not None
        assert said(grid, "Contacts", "Edit").endswith("people below them, and everybody's. Agent")
        assert said(grid, "Numbers and addresses", "Assign") == "Assign, Numbers and addresses: none"
        assert said(grid, "Messages", "Delete") == ""
        await until(lambda: {"See people", "Put records into territories"} <= texts(section.page))
        lines = {each.accessibleName() for each in section.page.findChildren(QFrame)}
        assert {"See people: Everybody", "Put records into territories: Agent", "Give and take roles: not given"} <= lines
        rights, fields = {"contact:*": "own"}, {"contact.pinned_note": "hidden"}
        await console.core.desk.ask(SetRoleRights(role_id=preset_id(BENCH_TENANT, "agent"), rights=rights, fields=fields))
        await until(lambda: "Contact: pinned note" in texts(section.page))
        assert len(server.asked) > 1, "asked again after the role was changed"
        assert unnamed(section) == []


async def test_without_the_server_it_says_so_and_nothing_can_be_changed(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        server.mood = "away"
        connect(console, is_live=False)
        section = await page_of_maya(console)
        await until(lambda: any("needs the server" in each for each in texts(section.page)))
        assert any("changed on the server" in each for each in texts(section.page))
        assert not button(section.page, "Give a role").isEnabled()
        assert not button(section.page, "Take the role Agent away").isEnabled()
        server.mood = "troubled"
        button(section.page, "Try again").click()
        await until(lambda: any("has a problem (status 500)" in each for each in texts(section.page)))
        server.mood = "strict"
        button(section.page, "Try again").click()
        await until(lambda: any("don't let you see what others may do" in each for each in texts(section.page)))
        server.mood = "well"
        connect(console)
        assert button(section.page, "Give a role").isEnabled()
        button(section.page, "Ask again").click()
        await until(lambda: section.page.findChild(Grid) is not None)


async def test_an_agent_may_look_and_is_told_why_no_more(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path, email=cast.MAYA) as (console, _):
        section = await page_of_maya(console)
        await until(lambda: any("You can look, not change" in each for each in texts(section.page)))
        assert not button(section.page, "Give a role").isEnabled()


async def test_roles_are_given_and_taken_and_both_come_back(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await page_of_maya(console)
        panel = section._panel

        def roles() -> list[str]:
            return [each.name for each in panel.person.value.roles] if panel.person.value else []

        button(section.page, "Give a role").click()
        await pick("Supervisor")
        await until(lambda: roles() == ["Everybody", "Agent", "Supervisor"])
        button(section.page, "Take the role Agent away").click()
        await until(lambda: roles() == ["Everybody", "Supervisor"])
        console.undo()
        await until(lambda: roles() == ["Everybody", "Agent", "Supervisor"])
        console.undo()
        await until(lambda: roles() == ["Everybody", "Agent"])


async def test_a_manager_is_chosen_among_those_who_are_not_below(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        boss = somebody(cast.SUPERVISOR)
        section.open(MAYA)
        choice = section.page.findChild(Choice)
        assert choice is not None
        await until(lambda: choice.findData(str(boss)) > 0)
        choice.setCurrentIndex(choice.findData(str(boss)))
        choice.activated.emit(choice.currentIndex())
        await until(lambda: section._panel.person.value is not None and section._panel.person.value.manager_id == boss)
        section.open(boss)
        await until(lambda: section._panel.person.value is not None and section._panel.person.value.id == boss)
        assert choice.findData(str(MAYA)) < 0, "who is below cannot be above"
        QTest.keyClick(section.page, Qt.Key.Key_Escape)
        await until(section.table.list.isVisible)


async def test_nobody_is_deactivated_without_being_asked(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await page_of_maya(console)
        desk = console.core.desk
        switch = section.page.findChild(Switch)
        assert switch is not None
        switch.click()
        assert "erased at the next contact" in await answer(console, "Leave as it is")
        await until(switch.isChecked)
        switch.click()
        await answer(console, "Deactivate")
        await until(lambda: "Deactivated: may do and see nothing." in texts(section.page))
        assert not (await desk.read(lambda reader: user(reader, MAYA))).is_active
