"""Erasing a person: offered with the right only, told what goes, confirmed by their name, and said afterwards."""

import dataclasses
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from app.domain.contacts.erasing import ErasurePreview, erasure
from app.domain.contacts.queries import contact, contacts
from app.sync.errors import ServerAway
from tests.demo import cast
from tests.ui.administering import AccessServer, administrator_at_work, button, connect
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.contacts.erase_view import EraseSheet
from ui.widgets.raised import Scrim


class ErasingServer(AccessServer):
    """Says what would go, of the console's own copy."""

    @override
    async def get(self, path: str, _kind: type) -> Any:
        if _kind is not ErasurePreview:
            return await super().get(path, _kind)
        if self.mood == "away":
            raise ServerAway(hint="gone")
        found = await self._desk.read(lambda reader: erasure(reader, person_in(path)))
        return replace(found, name="", merged=[]) if self.mood == "discreet" else found


def person_in(path: str) -> UUID:
    return UUID(path.split("/")[2])


def texts(root: QWidget) -> list[str]:
    return [each.text() for each in root.findChildren(QLabel)]


async def opened(console: Console) -> tuple[Any, EraseSheet]:
    """Somebody's page, and the sheet over it."""
    page = await console.core.desk.read(lambda reader: contacts(reader, limit=1))
    person = page.rows[0]
    console.open_contact(person.id)
    await until(lambda: console.record_person.person.value is not None)
    console.sheets.erase_shown()
    [sheet] = console.window.findChildren(EraseSheet)
    return person, sheet


def offered(console: Console) -> bool:
    return console.sheets.can_erase


async def test_a_person_is_erased_once_their_name_was_typed(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        console.core.rest = ErasingServer(console)  # type: ignore[assignment]
        person, sheet = await opened(console)
        assert offered(console)
        erase = button(sheet, "Erase for good")
        await until(sheet.name.isVisible)
        assert any("message" in each for each in texts(sheet))
        assert not erase.isEnabled()
        QTest.keyClicks(sheet.name.input, "somebody else")
        assert not erase.isEnabled()
        sheet.name.input.clear()
        sheet.name.set_text(f" {person.name.upper()} ")
        assert erase.isEnabled()
        assert unnamed(sheet) == []
        QTest.keyClick(sheet.name.input, Qt.Key.Key_Return)
        await until(lambda: any("is erased" in each for each in texts(sheet)))
        card = await console.core.desk.read(lambda reader: contact(reader, person.id))
        assert (card.name, card.identities) == ("Erased person", [])
        await until(lambda: any(each.startswith("Erased on") and "by " in each for each in texts(console.window.stack)))
        assert not offered(console), "once is enough"
        assert not console.core.desk.last_acts.value, "and nothing takes it back"
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        assert sheet.isHidden()


async def test_it_stays_while_the_server_erases_so_that_the_end_is_told(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        console.core.rest = ErasingServer(console)  # type: ignore[assignment]
        _, sheet = await opened(console)
        await until(sheet.name.isVisible)
        known = sheet._panel.erasing.value
        sheet._panel.erasing.set(dataclasses.replace(known, step="erasing"))
        [scrim] = console.window.findChildren(Scrim)
        QTest.mouseClick(scrim, Qt.MouseButton.LeftButton)
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        assert sheet.isVisible()
        sheet._panel.erasing.set(known)
        QTest.mouseClick(scrim, Qt.MouseButton.LeftButton)
        assert sheet.isHidden()


async def test_without_the_server_nothing_happens_and_that_is_said(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        server = ErasingServer(console)
        server.mood = "away"
        console.core.rest = server  # type: ignore[assignment]
        person, sheet = await opened(console)
        await until(lambda: any("server" in each for each in texts(sheet)))
        assert not button(sheet, "Erase for good").isVisible()
        sheet.leave()
        server.mood = "well"
        person, sheet = await opened(console)
        await until(sheet.name.isVisible)
        connect(console, is_live=False)
        sheet.name.set_text(person.name)
        button(sheet, "Erase for good").click()
        await until(lambda: any("needs the server" in each for each in texts(sheet)))
        assert (await console.core.desk.read(lambda reader: contact(reader, person.id))).name == person.name


async def test_who_is_not_shown_the_name_is_told_who_can_confirm_it(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        server = ErasingServer(console)
        server.mood = "discreet"
        console.core.rest = server  # type: ignore[assignment]
        _, sheet = await opened(console)
        await until(lambda: any("hidden from you" in each for each in texts(sheet)))
        assert not button(sheet, "Erase for good").isVisible()


async def test_it_is_not_offered_without_the_right(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path, email=cast.SUPERVISOR) as (console, _):
        page = await console.core.desk.read(lambda reader: contacts(reader, limit=1))
        console.open_contact(page.rows[0].id)
        await until(lambda: console.record_person.person.value is not None)
        assert not offered(console)
        action = next(each for each in console.window.actions_known.all() if each.id == "contact.erase")
        assert not action.is_possible()
