"""Tags by the keyboard: given and taken off on people, organisations and conversations, and looked for in the list."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.accounts.queries import account, accounts
from app.domain.contacts.commands import EditContact
from app.domain.contacts.queries import contact, contacts
from app.domain.conversations.queries import conversation, conversations_of
from app.kernel.set_words import Turn
from tests.ui.conftest import until
from tests.ui.features.contacts.test_duplicates import luca
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.accounts.view import AccountsPage
from ui.features.conflicts.view import ConflictDialog, SideCard
from ui.features.contacts.editor import ContactSheet
from ui.features.contacts.view import ContactsPage
from ui.features.tags.view import TagSheet
from ui.theme.apply import wear
from ui.widgets.tags import TagChip, TagRow

LUCAS = ("key account", "legal", "reference", "speaks italian")


def picture(console: Console, name: str) -> None:
    for scheme in ("light", "dark") if os.environ.get("PATCHBAY_PICTURES") else ():
        wear(scheme, is_still=True)
        console.window.grab().save(f"{os.environ['PATCHBAY_PICTURES']}/{name}-{console.window.width()}-{scheme}.png")
        wear("light", is_still=True)


async def tags(console: Console, contact_id: UUID) -> tuple[str, ...]:
    return (await console.core.desk.read(lambda reader: contact(reader, contact_id))).tags


@asynccontextmanager
async def with_luca(folder: Path, width: int = 1280, height: int = 800) -> AsyncIterator[tuple[Console, UUID, TagRow]]:
    """His page is open."""
    async with console_at_work(folder) as console:
        console.window.resize(width, height)
        console.window.activateWindow()
        person = await luca(console)
        console.open_contact(person)
        page = console.window.show_page("contacts")
        assert isinstance(page, ContactsPage)
        row = page.record.findChildren(TagRow)[0]
        await until(lambda: row.shown)
        yield console, person, row


def sheet_of(console: Console) -> TagSheet:
    return next(each for each in console.window.findChildren(TagSheet) if not each.isHidden())


async def opened(console: Console) -> TagSheet:
    await until(lambda: [each for each in console.window.findChildren(TagSheet) if not each.isHidden() and each.lines])
    return sheet_of(console)


async def test_a_tag_is_found_given_and_taken_off_without_the_mouse(tmp_path: Path) -> None:
    async with with_luca(tmp_path) as (console, person, row):
        assert tuple(row.shown) == LUCAS
        picture(console, "record")
        console.tagging.open_shown()
        sheet = await opened(console)
        assert unnamed(sheet) == []
        assert [line.offer.tag for line in sheet.lines][: len(LUCAS)] == list(LUCAS), "what he has stands first"
        picture(console, "sheet")
        QTest.keyClicks(sheet.input, "Newsl")
        await until(lambda: [line.offer.text for line in sheet.lines] == ["newsletter", "New tag “newsl”"])
        QTest.keyClick(sheet.input, Qt.Key.Key_Return)
        await until(lambda: "newsletter" in row.shown or row.rest)
        assert await tags(console, person) == tuple(sorted((*LUCAS, "newsletter")))
        QTest.keyClicks(sheet.input, "Legal")
        await until(lambda: sheet.lines and sheet.lines[0].offer.is_on)
        QTest.keyClick(sheet.input, Qt.Key.Key_Return)
        await until(lambda: "legal" not in row.shown)
        QTest.keyClicks(sheet.input, "Brand new, and another,")
        await until(lambda: row.rest or {"brand new", "and another"} <= set(row.shown))
        assert {"brand new", "and another"} <= set(await tags(console, person))
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not console.window.findChildren(TagSheet))
        console.undo()
        await until(lambda: len(row.shown) + int(row.rest.lstrip("+") or 0) == len(LUCAS) + 1)
        assert await tags(console, person) == tuple(sorted({*LUCAS, "newsletter", "brand new"} - {"legal"})), "the last act alone"


async def test_the_row_is_walked_through_and_delete_takes_a_tag_off(tmp_path: Path) -> None:
    async with with_luca(tmp_path, 1920, 1080) as (console, person, row):
        picture(console, "record")
        first, *_ = chips = [chip for chip in row.findChildren(TagChip) if not chip.isHidden() and chip.text() in LUCAS]
        first.setFocus()
        await until(first.hasFocus)
        QTest.keyClick(first, Qt.Key.Key_Right)
        assert chips[1].hasFocus()
        QTest.keyClick(chips[1], Qt.Key.Key_Delete)
        await until(lambda: "legal" not in row.shown)
        assert await tags(console, person) == ("key account", "reference", "speaks italian")
        await until(lambda: row.focused == 1)
        await console.core.desk.run(EditContact(contact_id=person, patch={"job_title": "Elsewhere"}))
        await until(
            lambda: console.record_person.person.value and console.record_person.person.value.card.job_title == "Elsewhere"
        )
        assert row.focused == 1, "what is drawn anew around it takes the focus from nobody"


async def test_what_has_no_room_is_counted_and_shown_in_the_choice(tmp_path: Path) -> None:
    async with with_luca(tmp_path) as (console, person, row):
        many = [f"number {number:02}" for number in range(30)]
        await console.core.desk.run(EditContact(contact_id=person, patch={"tags": {"add": many}}))
        await until(lambda: row.rest)
        assert len(row.shown) + int(row.rest.lstrip("+")) == len(many) + len(LUCAS)
        assert row.height() <= 3 * 25
        picture(console, "many")
        more = next(chip for chip in row.findChildren(TagChip) if chip.text() == row.rest)
        assert "number 29" in more.toolTip()
        more.click()
        await opened(console)


async def give(console: Console, tag: str) -> None:
    """By the sheet of whatever is open."""
    console.tagging.open_shown()
    sheet = await opened(console)
    QTest.keyClicks(sheet.input, tag)
    await until(lambda: any(line.offer.tag == tag for line in sheet.lines))
    QTest.keyClick(sheet.input, Qt.Key.Key_Return)
    await until(lambda: any(line.offer.tag == tag and line.offer.is_on for line in sheet.lines))
    sheet.leave()
    await until(lambda: not console.window.findChildren(TagSheet))


async def test_conversations_and_accounts_are_tagged_alike(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.resize(1280, 800)
        console.window.activateWindow()
        person = await luca(console)
        talk = (await console.core.desk.read(lambda reader: conversations_of(reader, person)))[0].id
        console.open_conversation(talk)
        await until(lambda: console.thread_panel.header.value and console.thread_panel.header.value.id == talk)
        await until(lambda: console.side_person.person.value is not None)
        for tag in ("refund", "second", "third one", "the fourth", "number five"):
            await give(console, tag)
        assert (await console.core.desk.read(lambda reader: conversation(reader, talk))).tags == (
            "number five", "refund", "second", "the fourth", "third one",
        )  # fmt: skip
        row = console.inbox_page.talk.findChildren(TagRow)[0]
        await until(lambda: len(row.shown) + int(row.rest.lstrip("+") or 0) == 5)
        beside = console.contact_side.findChildren(TagRow)[0]
        assert set(beside.shown) <= set(LUCAS)
        picture(console, "conversation")
        console.open_account((await console.core.desk.read(accounts)).rows[0].id)
        await until(lambda: console.organisation is not None and console.organisation.organisation.value is not None)
        await give(console, "reseller of ours")
        page = console.window.show_page("accounts")
        assert isinstance(page, AccountsPage)
        shown = page.findChildren(TagRow)[0]
        await until(lambda: "reseller of ours" in shown.shown)
        picture(console, "account")
        assert console.organisation is not None
        found = console.organisation.organisation.value
        assert found is not None
        next(chip for chip in shown.findChildren(TagChip) if chip.text() == "reseller of ours").removed.emit()
        await until(lambda: "reseller of ours" not in shown.shown)
        assert "reseller of ours" not in (await console.core.desk.read(lambda reader: account(reader, found.card.id))).tags


async def test_the_list_of_contacts_is_narrowed_to_a_tag(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        page = console.window.show_page("contacts")
        assert isinstance(page, ContactsPage)
        await until(lambda: page.tags.findData("legal") > 0)
        asked: list[object] = []
        page.export_wanted.connect(asked.append)
        page.tags.setCurrentIndex(page.tags.findData("legal"))
        await until(lambda: page._model.rowCount() == 1)
        assert page._model.row_at(page._model.index(0)).name == "Luca Bianchi"
        assert page.tags.accessibleName() == "Tag"
        picture(console, "list")
        page.export.click()
        assert asked == [{"search": "", "tag": "legal"}], "what leaves is what is shown"
        page.search.setText("nobody is called so")
        await until(lambda: page._model.rowCount() == 0)
        page.search.clear()
        page.tags.setCurrentIndex(0)
        await until(lambda: page._model.rowCount() > 1)


async def test_the_form_says_only_what_was_added_and_removed(tmp_path: Path) -> None:
    async with with_luca(tmp_path) as (console, person, _):
        console.sheets.edit_shown()
        sheet = console.sheets.shown
        assert isinstance(sheet, ContactSheet)
        assert sheet.field("tags").text == ", ".join(LUCAS)
        picture(console, "form")
        await console.core.desk.run(EditContact(contact_id=person, patch={"tags": {"add": ["meanwhile"]}}))
        sheet.field("tags").set_text("Key Account, NEW; legal, reference")
        sheet._save()
        await until(lambda: console.sheets.shown is None)
        assert await tags(console, person) == ("key account", "legal", "meanwhile", "new", "reference")
        console.sheets.edit_shown()
        sheet = console.sheets.shown
        assert isinstance(sheet, ContactSheet)
        sheet.field("tags").set_text("x" * 99)
        sheet._save()
        await until(lambda: "At most" in sheet.field("tags").input.accessibleDescription())
        sheet.leave()


async def test_of_a_set_both_can_be_kept(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.resize(1280, 800)
        console.window.activateWindow()
        person = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0].id
        await console.core.desk.run(EditContact(contact_id=person, patch={"tags": ["lead", "other"]}))
        await FarServer(console).conflict(
            person, field="tags", value=["lead", "vip"], won=["lead"], original=["lead"],
            lost_turn=Turn(("vip", "new"), ()), won_turn=Turn((), ("vip",)), joined=[],
        )  # fmt: skip
        console.outbox_glue.decide()
        await until(lambda: console.window.findChildren(ConflictDialog))
        dialog = console.window.findChildren(ConflictDialog)[0]
        await until(lambda: any(card.hasFocus() for card in dialog.findChildren(SideCard)))
        cards = [card.accessibleName().partition(". ")[0] for card in dialog.findChildren(SideCard)]
        assert cards == ["Both: lead, other, vip", "Mine: +vip +new", "Theirs: −vip", "Original: lead"]
        picture(console, "conflict")
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        await until(lambda: not console.window.findChildren(ConflictDialog))
        assert await tags(console, person) == ("lead", "other", "vip"), "Enter keeps both"
