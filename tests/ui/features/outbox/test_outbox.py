"""The outbox: every act in human words, each kind of trouble with its own way out, and one bad act holds up no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact
from app.domain.contacts.queries import contact, contacts
from app.domain.contacts.records import Contact
from app.domain.conversations.queries import conversations
from app.domain.messages.commands import Reply
from app.domain.notes.commands import AddNote
from app.domain.tasks.commands import CreateTask
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from tests.ui.conftest import until
from tests.ui.served import comes
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.conflicts.view import ConflictDialog
from ui.features.outbox.view import OutboxRow, OutboxView
from ui.features.outbox.viewmodel import Waiting
from ui.shell.strips import Toast
from ui.widgets.buttons import Button


class Box:
    """A console, the server far away, somebody to change, and the outbox open."""

    def __init__(self, console: Console, person: UUID, name: str) -> None:
        self.console, self.server, self.person, self.name = console, FarServer(console), person, name

    async def edit(self, **patch: Any) -> UUID:
        return (await self.console.core.desk.run(EditContact(contact_id=self.person, patch=patch))).id

    async def row(self, command_id: UUID) -> Waiting:
        await self.console.outbox.refresh()
        found = self.console.outbox.row(command_id)
        assert found is not None
        return found

    async def refused(self, command_id: UUID, error: str, **values: Any) -> Waiting:
        await self.server.refuse(command_id, error, **values)
        return await self.row(command_id)

    async def is_counted(self) -> bool:
        return self.console.core.desk.connection.value.waiting == len(await self.rows())

    async def rows(self) -> list[Waiting]:
        await self.console.outbox.refresh()
        return list(self.console.outbox.rows.value)

    async def title(self) -> str | None:
        return (await self.console.core.desk.read(lambda reader: contact(reader, self.person))).job_title

    async def tombstone(self, **more: Any) -> None:
        """A colleague deleted the person."""
        values = {"name": self.name, "team_id": self.console.core.desk.tenant_id, "deleted_at": moment_from_us(system_now_us())}
        await self.server.bring((Contact, self.person, values | more))


@asynccontextmanager
async def box(folder: Path) -> AsyncIterator[Box]:
    async with console_at_work(folder) as console:
        one = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        yield Box(console, one.id, one.name)


def shown(console: Console) -> OutboxView:
    console.window.activateWindow()
    console.outbox_glue.open()
    return console.window.findChildren(OutboxView)[0]


def press(row: OutboxRow, text: str) -> None:
    next(each for each in row.findChildren(QAbstractButton) if each.accessibleName().startswith(text)).click()


async def test_acts_are_told_in_words_with_whom_they_are_about(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        edited = await it.row(await it.edit(job_title="Fleet lead", is_vip=True))
        assert (edited.what, edited.detail, edited.state) == (
            f"Contact changed: {it.name}",
            "Job title: Fleet lead, VIP mark: Yes",
            "waiting",
        )
        made = await it.console.core.desk.run(CreateTask(task_id=new_id(), title="Send the invoice"))
        assert (await it.row(made.id)).what == "Task created: Send the invoice"
        view = shown(it.console)
        assert unnamed(view) == []
        names = [each.accessibleName() for each in view.findChildren(OutboxRow)]
        assert any(name.startswith(f"Contact changed: {it.name}. Job title: Fleet lead") for name in names)


async def test_what_waits_is_discarded_here_and_comes_back_by_undo(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        before = await it.title()
        command_id = await it.edit(job_title="A slip")
        row = await it.row(command_id)
        view = shown(it.console)
        await until(lambda: view.findChildren(OutboxRow))
        press(next(each for each in view.findChildren(OutboxRow) if each.row_id == row.id), "Discard")
        await until(lambda: it.console.outbox.row(command_id) is None)
        assert await it.title() == before
        await comes(it.is_counted)
        undo = next(each for each in it.console.window.findChildren(Button) if each.text() == "Undo")
        undo.click()
        await until(lambda: any(each.detail == "Job title: A slip" for each in it.console.outbox.rows.value))
        assert await it.title() == "A slip"


async def test_discarding_takes_along_what_builds_on_it(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk, person = it.console.core.desk, new_id()
        base = await desk.run(CreateContact(contact_id=person, name="Ana Sousa"))
        note = await desk.run(AddNote(note_id=new_id(), text="Met at the fair", contact_id=person))
        apart = await it.edit(job_title="Fleet lead")
        row = await it.row(base.id)
        assert row.below == (note.id,)
        bring_back = await it.console.outbox.discard(row)
        left = {each.id for each in await it.rows()}
        assert apart in left
        assert not {base.id, note.id} & left
        with pytest.raises(NotHere):
            await desk.read(lambda reader: contact(reader, person))
        await bring_back()
        assert (await desk.read(lambda reader: contact(reader, person))).name == "Ana Sousa"


async def test_one_bad_act_stays_with_its_reason_and_holds_up_no_other(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        bad = await it.edit(job_title="x")
        good = [await it.edit(language="it"), await it.edit(time_zone="Europe/Rome")]
        await it.server.refuse(bad, "bad_value", field="job_title", value="x", hint="At least two letters.")
        rows = await it.rows()
        assert (rows[0].id, rows[0].state) == (bad, "refused")
        assert [each.state for each in rows if each.id in good] == ["waiting", "waiting"]
        push = await it.console.core.replica.outgoing(50)
        assert {each.id for each in push.commands} >= set(good)
        assert bad not in {each.id for each in push.commands}


# ── the eight kinds ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_edited_after_it_was_deleted_is_brought_back_and_done(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="Fleet lead")
        await it.tombstone()
        row = await it.refused(command_id, "not_here", kind="contact", id=it.person.hex)
        assert row.trouble is not None
        assert (row.trouble.kind, row.trouble.title) == ("deleted", "Deleted meanwhile")
        assert "Maya Kapoor deleted this contact" in row.trouble.text
        assert [way.id for way in row.ways] == ["restore", "copy", "discard"]
        await it.console.outbox.restore(row)
        assert await it.title() == "Fleet lead"
        assert it.console.outbox.row(command_id) is None


async def test_merged_meanwhile_is_done_for_the_one_that_is_left(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk = it.console.core.desk
        other = (await desk.read(lambda reader: contacts(reader, limit=2))).rows[1]
        command_id = await it.edit(job_title="Fleet lead")
        await it.tombstone(merged_into=other.id)
        row = await it.refused(command_id, "not_here", kind="contact", id=it.person.hex)
        assert row.trouble is not None
        assert row.trouble.kind == "merged"
        assert row.ways[0].text == f"Do it for {other.name}"
        await it.console.outbox.apply_to_survivor(row)
        assert (await desk.read(lambda reader: contact(reader, other.id))).job_title == "Fleet lead"
        assert it.console.outbox.row(command_id) is None


async def test_out_of_sight_keeps_what_was_written_to_be_copied(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(pinned_note="Call before noon", job_title="Fleet lead")
        gone = new_id()
        row = await it.refused(command_id, "not_here", kind="account", id=gone.hex)
        assert row.trouble is not None
        assert row.trouble.kind == "sight_lost"
        assert "copy" in {way.id for way in row.ways}
        it.console.outbox_glue.reopening.copy(row)
        assert QGuiApplication.clipboard().text() == "pinned note: Call before noon\njob title: Fleet lead"


async def test_a_right_that_was_lost_is_tried_again_when_it_is_back(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="Fleet lead")
        row = await it.refused(command_id, "not_allowed", permission="contact:edit")
        assert row.trouble is not None
        assert (row.trouble.kind, row.ways[0].id) == ("right_lost", "retry")
        assert await it.title() != "Fleet lead"
        await it.console.outbox.retry(row)
        assert await it.title() == "Fleet lead"
        assert it.console.outbox.row(command_id) is None


async def test_a_field_that_is_not_the_persons_any_more_gives_back_first_what_was_written(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="Fleet lead")
        row = await it.refused(command_id, "field_not_allowed", kind="contact", field="job_title")
        assert row.trouble is not None
        assert (row.trouble.kind, [each.id for each in row.ways]) == ("right_lost", ["copy", "retry", "discard"])
        assert "job title" in row.trouble.text


async def test_a_rule_that_changed_opens_the_editor_with_the_persons_values(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="x")
        row = await it.refused(command_id, "bad_value", field="job_title", value="x", hint="At least two letters.")
        assert row.trouble is not None
        assert (row.trouble.kind, row.trouble.text) == ("invalid", "Job title: x can't be used. At least two letters.")
        await it.console.outbox_glue.reopening.edit(row)
        sheet = it.console.sheets.shown
        assert sheet is not None
        assert sheet.field("job_title").text == "x"
        sheet.field("job_title").set_text("Fleet lead")
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        await until(lambda: it.console.outbox.row(command_id) is None)
        assert await it.title() == "Fleet lead"


async def test_what_is_there_already_is_shown(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        made = await it.console.core.desk.run(CreateContact(contact_id=new_id(), name="Ana Sousa"))
        row = await it.refused(made.id, "already_exists", kind="contact", id="x")
        assert row.trouble is not None
        assert (row.trouble.kind, row.ways[0].id) == ("duplicate", "open")


@pytest.mark.parametrize("error", ["superseded", "changed_since"])
async def test_the_same_field_changed_by_another_says_by_whom_and_is_not_overwritten_unasked(tmp_path: Path, error: str) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="Fleet lead")
        values = {"name": it.name, "team_id": it.console.core.desk.tenant_id, "job_title": "Head of fleet"}
        await it.server.bring((Contact, it.person, values))
        row = await it.refused(command_id, error, field="job_title", id=it.person.hex)
        assert row.trouble is not None
        assert row.trouble.kind == "same_field"
        assert row.trouble.text.startswith("Maya Kapoor changed job title after you")
        assert await it.title() == "Head of fleet"
        assert [way.id for way in row.ways] == ["open", "retry", "discard"]
        await it.console.outbox.retry(row)
        assert await it.title() == "Fleet lead"


async def test_what_built_on_a_refused_one_leads_there_and_goes_with_it(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk, person = it.console.core.desk, new_id()
        base = await desk.run(CreateContact(contact_id=person, name="Ana Sousa"))
        note = await desk.run(AddNote(note_id=new_id(), text="Met at the fair", contact_id=person))
        await it.server.refuse(base.id, "bad_value", field="name", value="Ana", hint="Too short.")
        row = await it.refused(note.id, "depends_on_rejected")
        assert row.trouble is not None
        assert (row.trouble.kind, row.ways[0].id) == ("dependency", "base")
        assert "Contact created" in row.trouble.text
        await it.console.outbox.retry(await it.row(base.id))
        assert (await desk.read(lambda reader: contact(reader, person))).name == "Ana Sousa"
        states = {
            each.state for each in await it.rows() if each.entry is not None and each.entry.name in {"contact.create", "note.add"}
        }
        assert states == {"waiting"}


async def test_what_names_nothing_is_edited_or_goes_with_what_was_to_make_it(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk, person = it.console.core.desk, new_id()
        base = await desk.run(CreateContact(contact_id=person, name="Ana Sousa", only_if_new=True))
        task = await desk.run(CreateTask(task_id=new_id(), title="Call her", contact_id=person))
        await it.server.refuse(base.id, "duplicate_contact", name=it.name, id=it.person.hex, value="new@example.com")
        row = await it.refused(task.id, "names_nothing", field="contact_id")
        assert row.trouble is not None
        assert (row.trouble.kind, row.ways[0].id) == ("dependency", "base")
        await it.console.outbox.create_anyway(await it.row(base.id))
        states = [each.state for each in await it.rows() if each.entry and each.entry.name in {"contact.create", "task.create"}]
        assert states == ["waiting", "waiting"], "both go out"
        alone = await desk.run(CreateTask(task_id=new_id(), title="Call nobody", contact_id=new_id()))
        row = await it.refused(alone.id, "names_nothing", field="contact_id")
        assert row.trouble is not None
        assert row.trouble.text == "Contact: there never was such a record. Choose another, or leave it empty."
        assert [way.id for way in row.ways] == ["edit", "retry", "discard"]


async def test_a_server_that_is_older_keeps_the_act_for_later(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        row = await it.refused(await it.edit(job_title="Fleet lead"), "unknown_command", name="contact.edit")
        assert row.trouble is not None
        assert (row.trouble.kind, row.ways[0].id) == ("unknown", "retry")


async def test_a_conflict_stands_first_and_leads_to_its_dialog(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        await it.edit(language="it")
        await it.server.conflict(it.person)
        rows = await it.rows()
        assert (rows[0].state, rows[0].detail) == ("conflict", "Job title: both sides changed it")
        view = shown(it.console)
        await until(lambda: view.findChildren(OutboxRow))
        first = view.findChildren(OutboxRow)[0]
        first.setFocus()
        QTest.keyClick(first, Qt.Key.Key_Return)
        await until(lambda: it.console.window.findChildren(ConflictDialog))


# ── opening it again ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_waiting_reply_goes_back_into_the_composer_beside_what_is_typed(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk = it.console.core.desk
        talk = next(
            row for row in (await desk.read(lambda reader: conversations(reader, limit=50))).rows if row.channel == "email"
        )
        sent = await desk.run(Reply(conversation_id=talk.id, message_id=new_id(), text="Too early"))
        await it.console.outbox_glue.reopening.edit(await it.row(sent.id))
        composer = it.console.inbox_page.talk.composer
        await until(lambda: "Too early" in composer.text.toPlainText())
        assert it.console.outbox.row(sent.id) is None
        assert (await it.console.core.drafts.load(talk.id)).text == "Too early"


async def test_what_may_have_reached_the_server_is_not_taken_back(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="Fleet lead")
        await it.console.core.replica.outgoing(50)
        row = await it.row(command_id)
        assert row.ways == ()
        it.console.run(it.console.outbox.discard(row))
        await until(lambda: any("may have reached" in each.accessibleName() for each in it.console.window.findChildren(Toast)))
        assert it.console.outbox.row(command_id) is not None


async def test_deleting_the_contact_is_told_with_its_name(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        made = await it.console.core.desk.run(DeleteContact(contact_id=it.person))
        assert (await it.row(made.id)).what == f"Contact deleted: {it.name}"


async def test_what_was_about_an_erased_person_can_only_be_let_go(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        command_id = await it.edit(job_title="Fleet lead")
        row = await it.refused(command_id, "person_erased", when="2026-11-25 23:00")
        assert row.trouble is not None
        assert (row.trouble.kind, row.trouble.title) == ("erased", "Erased meanwhile")
        assert [way.text for way in row.ways] == ["Understood"], "neither tried again nor copied: nothing of it is left"
        assert row.detail == "", "what was written is not shown any more"
        bring_back = await it.console.outbox.discard(row)
        await bring_back()
        assert it.console.outbox.row(command_id) is None
