"""One person twice: said when a new one is written, settled in the outbox when it came to light later, and merged."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.queries import contact, contacts
from app.domain.conversations.queries import conversations_of
from app.domain.notes.commands import AddNote
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from tests.ui.conftest import until
from tests.ui.features.outbox.test_outbox import box, press, shown
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.contacts.editor import ContactSheet
from ui.features.contacts.merge_view import MergeSheet
from ui.features.outbox.view import OutboxRow
from ui.theme.apply import wear


def button(widget: QWidget, text: str) -> QAbstractButton:
    return next(each for each in widget.findChildren(QAbstractButton) if each.accessibleName().startswith(text))


def picture(console: Console, name: str) -> None:
    for scheme in ("light", "dark") if os.environ.get("PATCHBAY_PICTURES") else ():
        wear(scheme, is_still=True)
        console.window.grab().save(f"{os.environ['PATCHBAY_PICTURES']}/{name}-{scheme}.png")


async def named(console: Console, name: str) -> list[UUID]:
    return [each.id for each in (await console.core.desk.read(lambda reader: contacts(reader, search=name))).rows]


async def luca(console: Console) -> UUID:
    """Somebody with an address and conversations."""
    (found,) = await named(console, "Luca Bianchi")
    return found


async def address_of(console: Console, contact_id: UUID) -> str:
    card = await console.core.desk.read(lambda reader: contact(reader, contact_id))
    return next(each.value for each in card.identities if each.kind == "email")


async def test_a_new_contact_with_a_known_address_says_who_has_it(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        known = await luca(console)
        console.window.show_page("contacts")
        console.sheets.create(name="L. Bianchi", email=await address_of(console, known))
        sheet = console.sheets.shown
        assert isinstance(sheet, ContactSheet)
        sheet._save()
        await until(sheet._known.isVisible)
        assert unnamed(sheet) == []
        picture(console, "duplicate")
        assert await named(console, "L. Bianchi") == []
        button(sheet, "Open Luca Bianchi").click()
        await until(lambda: console.record_person.person.value is not None)
        assert console.record_person.person.value is not None
        assert console.record_person.person.value.card.id == known


async def test_two_may_share_a_number(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        known = await luca(console)
        console.sheets.create(name="Receptionist", email=await address_of(console, known))
        sheet = console.sheets.shown
        assert sheet is not None
        sheet._save()
        await until(sheet._known.isVisible)
        sheet._known.both.click()
        await until(lambda: console.sheets.shown is None)
        assert len(await named(console, "Receptionist")) == 1


async def test_one_that_came_to_light_at_the_server_is_opened_or_kept_beside(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk, person = it.console.core.desk, new_id()
        made = await desk.run(CreateContact(contact_id=person, name="Twin", emails=("new@example.com",), only_if_new=True))
        note = await desk.run(AddNote(note_id=new_id(), text="Met at the fair", contact_id=person))
        await it.server.refuse(note.id, "depends_on_rejected")
        row = await it.refused(made.id, "duplicate_contact", name=it.name, id=it.person.hex, value="new@example.com")
        assert row.trouble is not None
        assert (row.trouble.kind, row.trouble.text) == ("duplicate", f"{it.name} has new@example.com already.")
        assert [way.id for way in row.ways] == ["open_known", "anyway", "edit", "discard"]
        view = shown(it.console)
        await until(lambda: any(each.row_id == row.id for each in view.findChildren(OutboxRow)))
        press(next(each for each in view.findChildren(OutboxRow) if each.row_id == row.id), "Keep both")
        await until(lambda: it.console.outbox.row(row.id) is None)
        assert (await desk.read(lambda reader: contact(reader, person))).name == "Twin"
        push = await it.console.core.replica.outgoing(50)
        sent = [each.name for each in push.commands if each.name != "conversation.mark_read"]  # which comes when it comes
        assert sent[-2:] == ["contact.create", "note.add"]


async def test_two_contacts_become_one_and_part_again(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, kept = console.core.desk, await luca(console)
        twin = new_id()
        address = await address_of(console, kept)
        await desk.run(CreateContact(contact_id=twin, name="Bianchi, Luca", emails=(address, "luca@private.example")))
        await desk.run(EditContact(contact_id=twin, patch={"language": "fr"}))
        before = await desk.read(lambda reader: contact(reader, kept))
        console.open_contact(kept)
        await until(lambda: console.record_person.person.value is not None)
        assert console.window.actions_known.get("contact.merge").is_possible()
        console.window.actions_known.run("contact.merge")
        await until(lambda: console.window.findChildren(MergeSheet))
        (sheet,) = console.window.findChildren(MergeSheet)
        await until(lambda: any(each.id == twin for each in sheet._panel.found.value))
        assert next(each.why for each in sheet._panel.found.value if each.id == twin) == address
        picture(console, "merge-find")
        button(sheet, "Compare with Bianchi, Luca").click()
        await until(lambda: sheet._panel.merge.value is not None)
        merge = sheet._panel.merge.value
        assert merge is not None
        assert {pair.field: (pair.mine, pair.other, pair.takes) for pair in merge.pairs} == {
            "name": ("Luca Bianchi", "Bianchi, Luca", False), "language": ("Italian", "French", False),
        }  # fmt: skip
        assert unnamed(sheet) == []
        picture(console, "merge")
        sheet._panel.take("language", takes=True)
        QTest.keyClick(sheet, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: not [each for each in console.window.findChildren(MergeSheet) if not each.isHidden()])
        after = await desk.read(lambda reader: contact(reader, kept))
        assert (after.language, after.name) == ("fr", "Luca Bianchi")
        assert "luca@private.example" in {each.value for each in after.identities}
        with pytest.raises(NotHere):
            await desk.read(lambda reader: contact(reader, twin))
        await desk.undo()
        again = await desk.read(lambda reader: contact(reader, kept))
        assert (again.language, {each.value for each in again.identities}) == ("it", {each.value for each in before.identities})
        assert (await desk.read(lambda reader: contact(reader, twin))).language == "fr"
        assert await desk.read(lambda reader: conversations_of(reader, kept))


async def test_the_other_one_can_stay_and_somebody_else_be_found(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        kept = await luca(console)
        console.open_contact(kept)
        await until(lambda: console.record_person.person.value is not None)
        console.sheets.merge_shown()
        (sheet,) = console.window.findChildren(MergeSheet)
        sheet.search.setText("Matteo")
        await until(lambda: any(each.name.startswith("Matteo") for each in sheet._panel.found.value))
        other = next(each for each in sheet._panel.found.value if each.name.startswith("Matteo"))
        button(sheet, f"Compare with {other.name}").click()
        await until(lambda: sheet._panel.merge.value is not None)
        button(sheet, "Keep the other one").click()
        merge = sheet._panel.merge.value
        assert merge is not None
        assert (merge.kept.id, merge.other.id) == (other.id, kept)
        button(sheet, "Somebody else").click()
        assert sheet._panel.merge.value is None
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not [each for each in console.window.findChildren(MergeSheet) if not each.isHidden()])
