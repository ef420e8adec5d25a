"""Sharing a record: with whom, how far, and taking it back; with what the server knows, and without it."""

from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.domain.contacts.queries import contacts
from app.domain.shares.queries import ShareRow, shares
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from tests.demo import cast
from tests.demo.fill import BENCH_TENANT
from tests.ui.administering import administrator_at_work, button, somebody
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.shares.view import SharesSheet
from ui.widgets.buttons import IconButton
from ui.widgets.choices import Segmented

MAYA, JONAS = somebody(cast.MAYA), somebody("jonas@demo.example")


def texts(root: QWidget) -> set[str]:
    return {each.text() for each in root.findChildren(QLabel) if each.isVisible()}


async def opened(console: Console) -> tuple[UUID, SharesSheet]:
    """The sheet of the first contact."""
    page = await console.core.desk.read(lambda reader: contacts(reader, limit=1))
    contact_id: UUID = page.rows[0].id
    console.open_contact(contact_id)
    await until(lambda: console.record_person.person.value is not None)
    console.window.actions_known.run("record.share")
    sheet = console.window.findChild(SharesSheet)
    assert sheet is not None
    await until(lambda: sheet.whom.count() > 0)
    return contact_id, sheet


async def held(console: Console, contact_id: UUID) -> dict[UUID | None, bool]:
    """With whom it is shared, and whether they may change it."""
    found = await console.core.desk.read(lambda reader: shares(reader, contact_id))
    return {each.user_id or each.team_id: each.may_edit for each in found}


def names(sheet: SharesSheet) -> list[str]:
    return [each.name for each in sheet._panel.known.value.lines]


async def test_a_contact_is_shared_with_somebody_and_a_team_changed_and_taken_back(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        contact_id, sheet = await opened(console)
        assert any("Shared with nobody yet." in each for each in texts(sheet))
        sheet.whom.setCurrentIndex(sheet.whom.findData(f"user:{MAYA}"))
        sheet.share.click()
        await until(lambda: names(sheet) == ["Maya Kapoor"])
        assert await held(console, contact_id) == {MAYA: False}
        level = next(each for each in sheet.findChildren(Segmented) if each.accessibleName().startswith("What Maya Kapoor"))
        level.setFocus()
        QTest.keyClick(level, Qt.Key.Key_Right)
        await until(lambda: [each.may_edit for each in sheet._panel.known.value.lines] == [True])
        sales = cast.team_id(BENCH_TENANT, cast.SALES)
        sheet.whom.setCurrentIndex(sheet.whom.findData(f"team:{sales}"))
        sheet.share.click()
        await until(lambda: names(sheet) == ["Sales", "Maya Kapoor"])
        assert await held(console, contact_id) == {MAYA: True, sales: False}
        assert sheet.whom.findData(f"user:{MAYA}") < 0, "who has it is not offered again"
        assert unnamed(sheet) == []
        next(each for each in buttons(sheet) if each.accessibleName() == "Share with Sales no longer").click()
        await until(lambda: names(sheet) == ["Maya Kapoor"])
        console.undo()
        await until(lambda: names(sheet) == ["Sales", "Maya Kapoor"])
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: console.window.findChild(SharesSheet) is None)


async def test_what_others_shared_is_shown_by_the_server_and_taken_back_there(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        page = await console.core.desk.read(lambda reader: contacts(reader, limit=1))
        server.shares = [
            ShareRow(
                id=new_id(), record_kind="contact", record_id=page.rows[0].id, user_id=JONAS, team_id=None, may_edit=False,
                owner_id=MAYA, created_at=moment_from_us(system_now_us()),
            )
        ]  # fmt: skip
        _, sheet = await opened(console)
        await until(lambda: names(sheet) == ["Jonas Weber"])
        assert server.asked[-1] == f"/shares/of/{page.rows[0].id}?kind=contact"
        assert [each.by for each in sheet._panel.known.value.lines] == ["Shared by Maya Kapoor"]
        assert not any("What this device knows" in each for each in texts(sheet))
        server.mood = "late"
        next(each for each in buttons(sheet) if each.accessibleName() == "Share with Jonas Weber no longer").click()
        await until(lambda: names(sheet) == [])
        assert [each.verb for each in server.late] == ["share.remove"]


async def test_without_the_server_one_s_own_shares_work_and_it_is_said_that_others_may_be_missing(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        server.mood = "away"
        contact_id, sheet = await opened(console)
        assert any("What this device knows" in each for each in texts(sheet))
        sheet.level.choose("edit")
        sheet.whom.setCurrentIndex(sheet.whom.findData(f"user:{JONAS}"))
        button(sheet, "Share").click()
        await until(lambda: names(sheet) == ["Jonas Weber"])
        assert await held(console, contact_id) == {JONAS: True}


def buttons(sheet: SharesSheet) -> list[IconButton]:
    return list(sheet.findChildren(IconButton))
