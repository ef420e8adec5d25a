"""Teams as administrators see them: made, renamed, filled and emptied, also when the server's answer comes late."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.domain.teams.queries import teams
from tests.demo import cast
from tests.ui.administering import administrator_at_work, button, connect, shown, somebody
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.teams.view import TeamsSection
from ui.widgets.buttons import Button


def texts(root: QWidget) -> set[str]:
    return {each.text() for each in root.findChildren(QLabel) if each.isVisible()}


async def opened(console: Console, name: str = "") -> TeamsSection:
    section = shown(console, "teams", TeamsSection)
    await until(lambda: section.table.list.model().rowCount() == len(cast.INBOXES))
    if name:
        section._panel.open(next(each.id for each in section._panel.lines.value or () if each.name == name))
        await until(section.page.isVisible)
    return section


async def members_of(console: Console, name: str) -> set[str]:
    found = await console.core.desk.read(teams)
    return {str(each) for team in found if team.name == name for each in team.members}


async def test_members_come_and_go_and_come_back(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, cast.CARE)
        aiko, maya = str(somebody(cast.ADMINISTRATOR)), str(somebody(cast.MAYA))
        page = section.page
        page.choice.setCurrentIndex(page.choice.findData(aiko))
        page.add.click()
        await until(lambda: page.choice.findData(aiko) < 0)
        assert aiko in await members_of(console, cast.CARE)
        button(page, "Remove Maya Kapoor from the team").click()
        await until(lambda: page.choice.findData(maya) >= 0)
        console.undo()
        await until(lambda: page.choice.findData(maya) < 0)
        assert {aiko, maya} <= await members_of(console, cast.CARE)
        assert unnamed(section) == []


async def test_a_team_is_made_and_renamed_and_its_page_stays_while_the_server_is_slow(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        section.new.click()
        page = section.page
        assert not page.save.isEnabled(), "a name first"
        QTest.keyClicks(page.name.input, "Night shift")
        server.mood = "late"
        QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: page.save.text() == "Rename")
        assert page.isVisible()
        await server.bring()
        await until(lambda: section._panel._find(section._panel.team.value.id if section._panel.team.value else None) is not None)
        QTest.keyClicks(page.name.input, "s")
        page.save.click()
        await until(lambda: any(each.name == "Night shifts" for each in section._panel.lines.value or ()))
        QTest.keyClick(page, Qt.Key.Key_Escape)
        await until(section.table.isVisible)


async def test_a_team_is_opened_and_left_by_keyboard(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        console.window.activateWindow()
        section = await opened(console)
        section.table.list.setCurrentIndex(section.table.list.model().index(0, 0))
        QTest.keyClick(section.table.list, Qt.Key.Key_Return)
        await until(section.page.isVisible)
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Escape)
        await until(section.table.isVisible)


async def test_without_the_right_or_the_server_one_may_look(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, cast.CARE)
        connect(console, is_live=False)
        assert any("changed on the server" in each for each in texts(section.page))
        assert not button(section.page, "Remove Maya Kapoor from the team").isEnabled()
        assert not section.page.add.isEnabled()
    async with administrator_at_work(tmp_path / "agent", email=cast.MAYA) as (console, _):
        section = await opened(console)
        assert any("You can look, not change" in each for each in texts(section))
        assert not section.new.isEnabled()


async def test_a_team_is_deleted_and_comes_back_and_one_with_records_says_what_it_has(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        section.new.click()
        page = section.page
        assert section.delete.isHidden(), "there is nothing to delete yet"
        QTest.keyClicks(page.name.input, "Night shift")
        page.save.click()
        await until(lambda: section.delete.isVisible() and page.choice.count() > 0)
        page.choice.setCurrentIndex(page.choice.findData(str(somebody(cast.MAYA))))
        page.add.click()
        await until(
            lambda: any(each.accessibleName() == "Remove Maya Kapoor from the team" for each in page.findChildren(Button))
        )
        section.delete.click()
        await until(lambda: section.table.isVisible() and section.table.list.model().rowCount() == len(cast.INBOXES))
        console.undo()
        await until(lambda: section.table.list.model().rowCount() == len(cast.INBOXES) + 1)
        assert await members_of(console, "Night shift") == {str(somebody(cast.MAYA))}
        section = await opened_again(section, cast.CARE)
        section.delete.click()
        await until(lambda: any("still has" in each and "conversations (" in each for each in texts(console.window)))
        assert page.isVisible()


async def opened_again(section: TeamsSection, name: str) -> TeamsSection:
    section._panel.open(next(each.id for each in section._panel.lines.value or () if each.name == name))
    await until(section.page.isVisible)
    return section
