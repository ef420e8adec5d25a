"""A person's page: as wide as it is, with what is open always in reach; and the sheet that changes them, in people's words."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from app.domain.contacts.commands import EditContact
from app.domain.contacts.queries import contact
from tests.demo import story
from tests.demo.fill import BENCH_TENANT
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.contacts.identity_sheet import IdentitySheet
from ui.features.contacts.open_things import OpenThings
from ui.features.contacts.record_view import ContactRecord
from ui.features.contacts.view import ContactsPage
from ui.widgets.buttons import IconButton
from ui.widgets.choices import Tabs

LUCA = story.luca_id(BENCH_TENANT)


async def record_of(console: Console) -> ContactRecord:
    """Luca's page."""
    console.window.activateWindow()
    console.open_contact(LUCA)
    await until(lambda: (person := console.shown.person) is not None and person.card.id == LUCA)
    page = console.window.stack.currentWidget()
    assert isinstance(page, ContactsPage)
    return page.record


async def test_what_is_open_is_a_column_where_there_is_room_and_a_tab_where_there_is_not(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.resize(1440, 900)
        record = await record_of(console)
        (opened,), (tabs,) = record.findChildren(OpenThings), record.findChildren(Tabs)
        await until(opened.isVisible)
        assert "open" not in {each.id for each in tabs.options}
        console.window.resize(1280, 800)
        await until(lambda: tabs.options[-1].id == "open")
        assert not opened.isVisible()
        tabs.setFocus()
        for _ in tabs.options:
            QTest.keyClick(tabs, Qt.Key.Key_Right)
        assert tabs.value == "open"
        assert opened.isVisible()
        assert opened.width() > 600, "it has the whole middle"
        console.window.resize(1440, 900)
        await until(lambda: "open" not in {each.id for each in tabs.options})
        await until(opened.isVisible)
        assert tabs.value == "all"
        assert opened.width() < 400


async def test_a_title_however_long_pushes_nothing_out_of_its_column(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        record = await record_of(console)
        title = "Senior Executive Vice President for International Customer Relations, Fleet and Everything Else " * 2
        await console.core.desk.run(EditContact(contact_id=LUCA, patch={"job_title": title.strip()}))
        await until(lambda: (person := console.shown.person) is not None and person.card.job_title == title.strip())
        (left, *_) = record.findChildren(QScrollArea)
        inner = left.widget()
        assert inner is not None
        await until(lambda: inner.width() <= left.width())
        assert inner.minimumSizeHint().width() <= left.width()


async def test_a_language_is_read_and_written_by_its_name(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await record_of(console)
        console.sheets.edit_shown()
        sheet = console.sheets.shown
        assert sheet is not None
        language, zone = sheet.field("language"), sheet.field("time_zone")
        assert language.text == "Italian"
        for field, wrong in ((language, "Klingonese"), (zone, "Rome time")):
            kept = field.text
            field.set_text(wrong)
            QTest.keyClick(field.input, Qt.Key.Key_Return)
            await until(lambda field=field: "Choose one of the list" in field.input.accessibleDescription())  # type: ignore[misc]  # a lambda in a loop
            field.set_text(kept)
        language.set_text("german")
        QTest.keyClick(language.input, Qt.Key.Key_Return)
        await until(lambda: console.sheets.shown is None)
        assert (await console.core.desk.read(lambda reader: contact(reader, LUCA))).language == "de"


async def test_a_number_is_added_and_taken_off_where_they_stand_and_both_come_back(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        record = await record_of(console)

        async def shown() -> list[str]:
            return [each.value for each in (await console.core.desk.read(lambda reader: contact(reader, LUCA))).identities]

        before = await shown()
        record.identity_wanted.emit()
        (sheet,) = console.window.findChildren(IdentitySheet)
        QTest.keyClick(sheet.value.input, Qt.Key.Key_Return)
        assert "Type a number" in sheet.value.input.accessibleDescription()
        sheet.value.set_text("luca.private@example.com")
        QTest.keyClick(sheet.value.input, Qt.Key.Key_Return)
        await until(lambda: any("luca.private@example.com" in name for name in names(record)))
        assert set(await shown()) == {*before, "luca.private@example.com"}
        next(each for each in record.findChildren(IconButton) if "luca.private" in each.accessibleName()).click()
        await until(lambda: not any("luca.private@example.com" in name for name in names(record)))
        console.undo()
        await until(lambda: any("luca.private@example.com" in name for name in names(record)))


def names(record: ContactRecord) -> list[str]:
    """What its buttons are called."""
    return [each.accessibleName() for each in record.findChildren(IconButton)]
