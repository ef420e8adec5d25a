"""Adding somebody, the code that lets them in, and a code for another password; without the server nothing is half-done."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.roles.queries import roles
from app.domain.teams.queries import teams
from app.domain.users.queries import user_by_email
from tests.demo import cast
from tests.ui.administering import AccessServer, administrator_at_work, answer, button, connect
from tests.ui.conftest import until
from tests.ui.features.users.test_people import MAYA, opened, texts
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.users.adding_view import AddPersonSheet
from ui.features.users.view import UsersSection
from ui.widgets.check import Check

NIA = "nia@demo.example"


async def sheet_of(console: Console, section: UsersSection) -> AddPersonSheet:
    section.add.click()
    sheet = console.window.findChild(AddPersonSheet)
    assert sheet is not None
    await until(lambda: [each.text() for each in sheet.findChildren(Check)])
    return sheet


def check(sheet: AddPersonSheet, text: str) -> Check:
    return next(each for each in sheet.findChildren(Check) if each.text() == text)


async def added(console: Console, section: UsersSection) -> AddPersonSheet:
    sheet = await sheet_of(console, section)
    sheet.name.set_text("Nia Okafor")
    sheet.email.set_text(NIA)
    sheet.add.click()
    await until(lambda: "Nia Okafor is added." in texts(sheet))
    return sheet


async def test_somebody_is_added_with_roles_and_teams_and_their_code_is_shown_once(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        sheet = await sheet_of(console, section)
        assert unnamed(sheet) == []
        assert check(sheet, "Agent").isChecked(), "what most begin as"
        assert "Everybody" not in {each.text() for each in sheet.findChildren(Check)}, "everybody has it"
        check(sheet, "Supervisor").click()
        check(sheet, "Customer care").click()
        sheet.name.set_text("Nia Okafor")
        sheet.email.set_text(NIA)
        QTest.keyClick(sheet, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: any(each.startswith("ABCD-EFGH-") for each in texts(sheet)))
        assert "Nia Okafor is added." in texts(sheet)
        button(sheet, "Copy as a message").click()
        said = QApplication.clipboard().text()
        assert all(word in said for word in ("Nia Okafor", "halden", NIA, "ABCD-EFGH-", "http://127.0.0.1:9"))
        desk = console.core.desk
        nia = await desk.read(lambda reader: user_by_email(reader, NIA))
        assert nia is not None
        known = {each.name: each.holders for each in await desk.read(roles)}
        assert [nia.id in known[name] for name in ("Agent", "Supervisor", "Administrator")] == [True, True, False]
        assert [nia.id in each.members for each in await desk.read(teams) if each.name == "Customer care"] == [True]
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: section.table.list.model().rowCount() == len(cast.COLLEAGUES) + 1)
        section.open(nia.id)
        await until(section.page.isVisible)
        assert not any("ABCD" in each for each in texts(section.page)), "it is shown no second time"
        await until(lambda: any("have not used it yet" in each for each in texts(section.page)))


async def test_what_is_missing_or_taken_is_said_beside_its_field(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        sheet = await sheet_of(console, section)
        sheet.add.click()
        await until(lambda: sheet.name.input.accessibleDescription() == "Write something here.")
        sheet.name.set_text("Nia")
        sheet.email.set_text(cast.MAYA)
        sheet.add.click()
        await until(lambda: "Somebody has this address already" in sheet.email.input.accessibleDescription())
        sheet.email.set_text("nobody")
        sheet.add.click()
        await until(lambda: "ana@example.com" in sheet.email.input.accessibleDescription())
        assert sheet.add.isVisible()


async def test_without_the_server_nobody_is_added_and_it_is_said(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        sheet = await sheet_of(console, section)
        sheet.name.set_text("Nia")
        sheet.email.set_text(NIA)
        server.mood = "away"
        sheet.add.click()
        await until(lambda: any("needs the server" in each for each in texts(sheet)))
        assert sheet.name.input.isEnabled()
        server.mood = "well"
        sheet.add.click()
        await until(lambda: "Nia is added." in texts(sheet))


async def test_a_code_that_could_not_be_made_is_made_when_one_asks_again(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        sheet = await sheet_of(console, section)
        sheet.name.set_text("Nia")
        sheet.email.set_text(NIA)
        server.no_codes = True
        sheet.add.click()
        await until(lambda: button(sheet, "Make the code").isVisible())
        assert "Nia is added." in texts(sheet)
        server.no_codes = False
        button(sheet, "Make the code").click()
        await until(lambda: any("ABCD-" in each for each in texts(sheet)))
        assert not button(sheet, "Make the code").isVisible()


async def test_who_was_added_stands_as_invited_and_the_code_is_made_anew_or_taken_back(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        sheet = await added(console, section)
        nia = next(iter(server.added))
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: section._panel.codes.is_invited(nia))
        section.open(nia)
        card = section.page.code
        await until(lambda: card.make.isVisible() and card.make.text() == "New code")
        card.make.click()
        await until(lambda: any("ABCD-" in each for each in texts(section.page)))
        button(section.page, "Take the code back").click()
        await until(lambda: not section._panel.codes.is_invited(nia))
        assert not any("ABCD-" in each for each in texts(section.page))


async def test_a_password_is_reset_only_when_that_is_meant(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        section.open(MAYA)
        reset = section.page.code.make
        await until(lambda: reset.isVisible() and reset.isEnabled() and reset.text() == "Reset password…")
        reset.click()
        assert "stays good until they use it" in await answer(console, "Leave as it is")
        assert not _made(server)
        reset.click()
        await answer(console, "Make the code")
        await until(lambda: any("ABCD-" in each for each in texts(section.page)))
        await until(lambda: any("may choose a new password with a code" in each for each in texts(section.page)))
        assert _made(server)


def _made(server: AccessServer) -> list[str]:
    return [path for path in server.asked if path.endswith("/password-code")]


async def test_who_may_not_add_people_is_not_offered_it(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path, email=cast.MAYA) as (console, _):
        section = await opened(console)
        assert not section.add.isEnabled()
        section.open(MAYA)
        await until(section.page.isVisible)
        assert section.page.code.isHidden()
        assert not console.window.actions_known.get("people.add").is_possible()


async def test_without_the_server_no_code_is_made(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        server.mood = "away"
        connect(console, is_live=False)
        section.open(MAYA)
        await until(section.page.isVisible)
        assert not section.page.code.make.isEnabled()
        assert not section.add.isEnabled()
