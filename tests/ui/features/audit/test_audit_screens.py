"""The audit, the history of a record and what one did, on the screen: with a real server behind, and without one."""

import asyncio
import csv
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.desk.desk import Connection
from app.desk.exporting import CannotWrite
from app.desk.restoring import restoring
from app.domain.accounts.queries import accounts
from app.domain.audit.queries import AuditRow
from app.domain.calls.commands import WrapUpCall
from app.domain.contacts.commands import AssignContact, EditContact
from app.domain.contacts.queries import contact, contacts
from app.domain.conversations.commands import AssignConversation, LinkContact, SetConversationStatus
from app.domain.conversations.queries import conversation, conversations
from app.domain.tasks.commands import CreateTask
from app.domain.teams.commands import RenameTeam
from app.domain.tenants.commands import KeepAudit
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.errors import NeedsServer
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from app.sync.errors import ServerAway, ServerTrouble
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.audit.acts import ActsPanel
from ui.features.audit.acts_view import ActsView
from ui.features.audit.history_view import HistoryView
from ui.features.audit.view import AuditSection
from ui.features.calls.view import CallsPage
from ui.features.settings.view import SettingsPage
from ui.shell.question import QuestionSheet
from ui.widgets.buttons import Button, IconButton
from ui.widgets.fields import Choice


class Server:
    """What a server answers to the questions of the archive."""

    def __init__(self, rows: list[AuditRow]) -> None:
        self.rows, self.asked, self.status, self.is_away = rows, list[tuple[str, Mapping[str, str]]](), 200, False

    async def ask(self, path: str, query: dict[str, str]) -> bytes:
        self.asked.append((path, query))
        if self.is_away:
            raise ServerAway(hint="gone")
        if self.status != 200:
            raise ServerTrouble(status=self.status)
        start = int(query.get("after", "0"))
        page, size = self.rows[start : start + 3], start + 3
        return msgspec.json.encode({"rows": page, "next": str(size) if size < len(self.rows) else None})

    async def download(self, path: str, query: dict[str, str]) -> AsyncIterator[bytes]:
        self.asked.append((path, query))
        yield b"row,who\r\n"
        for row in self.rows:
            yield f"{row.seq},{row.actor_name}\r\n".encode()


def rows_about(record_id: UUID, count: int = 5) -> list[AuditRow]:
    now = moment_from_us(system_now_us())
    return [
        AuditRow(
            seq=number, applied_at=now - timedelta(hours=count - number), acted_at=now - timedelta(hours=count - number),
            actor_id=new_id(), actor_name="Maya Okafor", verb="contact.edit", operation="update", kind="contact",
            record_id=record_id, fields={"job_title": (f"Title {number - 1}", f"Title {number}")}, content=None, device="desk",
            address="192.0.2.7", command_id=new_id(), version=number,
        )
        for number in range(count, 0, -1)
    ]  # fmt: skip


def texts(view: object) -> list[str]:
    return [each.text() for each in view.findChildren(QLabel)] if hasattr(view, "findChildren") else []


async def first_contact(console: Console) -> UUID:
    page = await console.core.desk.read(lambda reader: contacts(reader, limit=1))
    found: UUID = page.rows[0].id
    return found


async def opened(console: Console) -> AuditSection:
    console.open_settings("audit")
    page = console.window.findChild(SettingsPage)
    assert page is not None
    section = page.findChild(AuditSection)
    assert section is not None
    return section


async def test_the_audit_says_that_it_needs_the_server_and_comes_when_it_is_there(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.ADMINISTRATOR) as console:
        section = await opened(console)
        await until(lambda: any("needs the server" in text for text in texts(section)))
        server = Server(rows_about(await first_contact(console)))
        console.core.archive._line = server
        section._run(section._panel.load())
        await until(lambda: "Contact changed" in texts(section))
        assert {"Title 4", "Title 5", "Job title"} <= set(texts(section))
        section._run(section._panel.more())
        await until(lambda: "Title 0" in texts(section))
        [kind] = [each for each in section.findChildren(Choice) if each.accessibleName() == "Kind"]
        kind.setCurrentIndex(kind.findData("task"))
        kind.activated.emit(kind.currentIndex())
        await until(lambda: server.asked[-1][1].get("kind") == "task")
        section._field.setText("Job title")
        section._field.returnPressed.emit()
        await until(lambda: server.asked[-1][1].get("field") == "job_title")
        server.status = 403
        section._run(section._panel.load())
        await until(lambda: any("roles don't let you" in text for text in texts(section)))
        server.status, server.rows = 200, []
        section._run(section._panel.load())
        await until(lambda: any("Nothing of this kind" in text for text in texts(section)))


async def test_the_export_is_a_whole_file_or_none(tmp_path: Path) -> None:
    async with console_at_work(tmp_path / "copy", email=cast.ADMINISTRATOR) as console:
        section = await opened(console)
        console.core.archive._line = Server(rows_about(new_id()))
        said = await section._panel.export(tmp_path / "audit.csv")
        with (tmp_path / "audit.csv").open(newline="") as file:
            assert [line["row"] for line in csv.DictReader(file)] == ["5", "4", "3", "2", "1"]
        assert said == "6 lines in audit.csv."
        with pytest.raises(CannotWrite):
            await section._panel.export(tmp_path / "no" / "audit.csv")
        assert not list(tmp_path.glob("**/*.part"))


async def test_a_field_goes_back_to_an_old_value_from_the_history(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        contact_id = await first_contact(console)
        console.core.archive._line = Server(rows_about(contact_id))
        console.audit.open_history("contact", contact_id, "Luca")
        view = console.window.findChild(HistoryView)
        assert view is not None
        await until(lambda: len(back_buttons(view)) == 3)
        QTest.mouseClick(back_buttons(view)[1], Qt.MouseButton.LeftButton)
        desk = console.core.desk
        await until(lambda: bool(desk.last_acts.value))
        assert (await desk.read(lambda reader: contact(reader, contact_id))).job_title == "Title 3"


def back_buttons(view: HistoryView) -> list[Button]:
    return [each for each in view.findChildren(Button) if each.text() == "Restore"]


async def test_offline_the_history_shows_what_this_device_did(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        contact_id = await first_contact(console)
        await console.core.desk.run(EditContact(contact_id=contact_id, patch={"job_title": "Locksmith"}))
        console.audit.open_history("contact", contact_id, "Luca")
        view = console.window.findChild(HistoryView)
        assert view is not None
        await until(lambda: any("The server has more" in text for text in texts(view)))
        assert "Job title" in texts(view)
        assert len(back_buttons(view)) == 1


async def test_of_a_set_the_history_tells_what_came_and_went_and_the_old_one_goes_back(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, contact_id = console.core.desk, await first_contact(console)
        await desk.run(EditContact(contact_id=contact_id, patch={"tags": ["lead"]}))
        await desk.run(EditContact(contact_id=contact_id, patch={"tags": {"add": ["vip", "beta"], "remove": ["lead"]}}))
        console.audit.open_history("contact", contact_id, "Luca")
        view = console.window.findChild(HistoryView)
        assert view is not None
        await until(lambda: len(view._panel.steps.value) == 2)
        latest = max(view._panel.steps.value, key=lambda step: "beta" in step.after)
        assert (latest.name, latest.before, latest.after, latest.was) == ("tags", "", "+beta +vip −lead", "lead")
        assert latest.sentence.startswith("tags: +beta +vip −lead. ")
        view._run(view._panel.restore(latest))
        await until(lambda: len(view._panel.steps.value) == 3)
        assert (await desk.read(lambda reader: contact(reader, contact_id))).tags == ("lead",)
        console.audit.open_acts()
        acts = console.window.findChild(ActsView)
        assert acts is not None
        await until(lambda: any(done.detail == "Tags: +beta +vip −lead" for done in acts._panel.rows.value))


async def test_what_one_did_is_listed_and_taken_back_after_a_restart_too(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk = console.core.desk
        contact_id = await first_contact(console)
        before = (await desk.read(lambda reader: contact(reader, contact_id))).job_title
        for title in ("Locksmith", "Baker"):
            await desk.run(EditContact(contact_id=contact_id, patch={"job_title": title}))
        desk.last_acts.set(())
        await desk.remember_acts()
        console.audit.open_acts()
        view = console.window.findChild(ActsView)
        assert view is not None
        await until(lambda: len(view.findChildren(Button)) == 2)
        first, second = view.findChildren(Button)
        problems: list[str] = []
        console.messages.said_problem.connect(problems.append)
        QTest.mouseClick(second, Qt.MouseButton.LeftButton)
        await until(lambda: bool(problems))
        assert "job title was changed since" in problems[0]
        assert (await desk.read(lambda reader: contact(reader, contact_id))).job_title == "Baker", "something newer stands on it"
        QTest.mouseClick(first, Qt.MouseButton.LeftButton)
        await until(lambda: [each.isEnabled() for each in view.findChildren(Button)] == [True, False, True])
        console.undo()
        await until(lambda: not desk.last_acts.value)
        assert (await desk.read(lambda reader: contact(reader, contact_id))).job_title == before


async def test_what_one_did_names_the_record_and_the_change(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, server = console.core.desk, FarServer(console)
        contact_id = await first_contact(console)
        card = await desk.read(lambda reader: contact(reader, contact_id))
        await desk.run(EditContact(contact_id=contact_id, patch={"job_title": "Head of Buying"}))
        await desk.run(AssignContact(contact_id=contact_id, owner_id=server.colleague, team_id=None))
        task = await desk.run(CreateTask(task_id=new_id(), title="Send the invoice"))
        panel = ActsPanel(desk, console.core.replica)
        await panel.refresh()
        told = {each.what: each.detail for each in panel.rows.value}
        assert told[f"Contact changed: {card.name}"] == f"Job title: {card.job_title or '(empty)'} → Head of Buying"
        assert told[f"Contact assigned: {card.name}"].endswith("→ Maya Kapoor")
        assert next(each.id for each in panel.rows.value if each.what == "Task created: Send the invoice") == task.id
        panel.stop()


async def test_what_the_server_did_is_listed_and_taken_back_by_it_alone(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, replica = console.core.desk, console.core.replica
        issued = await replica.issue(RenameTeam(team_id=desk.tenant_id, name="Care"))
        await replica.note_done(issued, 5)
        desk.last_acts.set(())
        await desk.remember_acts()
        assert desk.last_acts.value[-1] == issued.id, "Ctrl Z finds it after a restart too"
        panel = ActsPanel(desk, replica)
        await panel.refresh()
        assert (panel.rows.value[0].what, panel.rows.value[0].detail) == ("Team renamed", "Care")
        assert "only the server can take it back" in panel.rows.value[0].why_not
        with pytest.raises(NeedsServer):
            await panel.undo(issued.id)
        assert desk.last_acts.value[-1] == issued.id, "it can be tried again"
        await until(lambda: desk.connection.value.state == "offline")
        await console.core.syncer.stop()
        desk.connection.set(Connection(state="live"))
        await until(lambda: panel.rows.value[0].why_not == "")
        panel.stop()


async def test_what_one_did_on_another_device_is_listed_and_taken_back_by_the_server(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, contact_id = console.core.desk, await first_contact(console)
        mine = await desk.run(EditContact(contact_id=contact_id, patch={"job_title": "Baker"}))
        latest, middle, earlier = rows_about(contact_id, 3)
        back = {"verb": "undo", "fields": {"job_title": ("Title 2", "Title 1")}, "seq": 9, "command_id": new_id()}
        here = {"device": console.core.replica.device, "command_id": mine.id, "seq": 8}
        far = Server([msgspec.structs.replace(middle, **back), msgspec.structs.replace(latest, **here), latest, middle, earlier])
        console.core.archive._line = far
        asked: list[Undo] = []

        async def ask(command: Undo) -> None:
            asked.append(command)

        desk._ask = ask  # type: ignore[assignment]
        await until(lambda: desk.connection.value.state == "offline")
        await console.core.syncer.stop()
        desk.connection.set(Connection(state="live"))
        console.audit.open_acts()
        view = console.window.findChild(ActsView)
        assert view is not None
        panel = view._panel
        await until(lambda: len(panel.rows.value) == 4)
        told = {each.id: (each.state, each.why_not) for each in panel.rows.value}
        assert told[mine.id] == ("waits for the server", "")
        assert told[latest.command_id] == told[earlier.command_id] == ("on another device", "")
        assert told[middle.command_id] == ("taken back", "It was taken back.")
        assert any(each.startswith("On all your devices") for each in texts(view))
        await panel.undo(latest.command_id)
        assert [each.command_id for each in asked] == [latest.command_id]
        far.is_away = True
        await panel.refresh()
        assert any("Only what you did on this device" in each for each in texts(view))
        assert len(panel.rows.value) == 4, "what was known stays"


async def test_who_may_not_read_the_audit_is_not_shown_the_way_to_it(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.open_settings("account")
        page = console.window.findChild(SettingsPage)
        assert page is not None
        assert "audit" not in {option.id for option in page.list.options}
        known = console.window.actions_known
        assert not known.get("audit").is_possible()
        assert not known.get("settings.audit").is_possible()


async def test_the_audit_is_kept_as_long_as_an_administrator_says_and_a_shorter_time_asks_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_at_work(tmp_path, email=cast.ADMINISTRATOR) as console:
        section = await opened(console)
        kept = next(each for each in section.findChildren(Choice) if each.accessibleName() == "How long the audit is kept")
        asked: list[int | None] = []

        async def ask(command: KeepAudit) -> None:
            asked.append(command.days)

        monkeypatch.setattr(console.core.desk, "ask", ask)

        def choose(value: str) -> None:
            kept.setCurrentIndex(kept.findData(value))
            kept.activated.emit(kept.currentIndex())

        assert kept.currentText() == "For ever"
        choose("90")
        await until(lambda: console.window.findChildren(QuestionSheet))
        (sheet,) = console.window.findChildren(QuestionSheet)
        sheet._say("no")
        await until(lambda: kept.currentText() == "For ever")
        assert asked == []
        choose("1825")
        await until(lambda: [each for each in console.window.findChildren(QuestionSheet) if not each.isHidden()])
        next(each for each in console.window.findChildren(QuestionSheet) if not each.isHidden())._say("yes")
        await until(lambda: asked == [1825])
        choose("3650")
        await until(lambda: asked == [1825, 3650])
        assert kept.currentText() == "10 years"


async def test_every_record_has_its_history_with_names_and_a_way_back(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, window = console.core.desk, console.window
        talk = next(
            each for each in (await desk.read(lambda reader: conversations(reader, limit=50))).rows
            if each.channel == "email" and each.owner_id is None
        )  # fmt: skip
        await desk.run(AssignConversation(conversation_id=talk.id, assignee_id=desk.user_id))
        console.open_conversation(talk.id)
        await until(lambda: (console.audit.shown() or ("",))[:2] == ("conversation", talk.id))
        window.actions_known.run("record.history")
        view = open_history(console)
        await until(lambda: "Owner" in texts(view))
        assert desk.me.value is not None
        steps = {step.field: step for step in view._panel.steps.value}
        assert steps["owner_id"].after == desk.me.value.name
        assert "assigned_at" not in steps, "what follows by itself is not told"
        view._run(view._panel.restore(steps["owner_id"]))

        async def nobodys() -> bool:
            return (await desk.read(lambda reader: conversation(reader, talk.id))).owner_id is None

        async with asyncio.timeout(60):
            while not await nobodys():  # noqa: ASYNC110 - asked, not told
                await asyncio.sleep(0.01)
        firm = (await desk.read(lambda reader: accounts(reader, limit=1))).rows[0]
        console.open_account(firm.id)
        await until(lambda: console.audit.shown() == ("account", firm.id, firm.name))
        page = window.show_page("calls")
        assert isinstance(page, CallsPage)
        await until(lambda: page.list.model().rowCount() > 0)
        page.list.setCurrentIndex(page.list.model().index(0, 0))
        assert (console.audit.shown() or ("",))[0] == "call"
        await desk.run(CreateTask(task_id=new_id(), title="Send the invoice"))
        tasks_page = window.show_page("tasks")
        await until(lambda: history_buttons(tasks_page))
        history_buttons(tasks_page)[0].click()
        await until(lambda: (open_history(console)._panel._about or ("",))[0] == "task")


def open_history(console: Console) -> HistoryView:
    return next(each for each in console.window.findChildren(HistoryView) if not each.isHidden())


def history_buttons(page: QWidget) -> list[IconButton]:
    return [each for each in page.findChildren(IconButton) if each.accessibleName().startswith("History of")]


def test_old_values_go_back_by_the_commands_that_a_form_would_give() -> None:
    talk, person = new_id(), new_id()
    assert restoring("conversation", talk, "status", "snoozed") == SetConversationStatus(conversation_id=talk, status="open")
    given = AssignConversation(conversation_id=talk, assignee_id=person)
    assert restoring("conversation", talk, "owner_id", str(person)) == given
    assert restoring("conversation", talk, "contact_id", None) == LinkContact(conversation_id=talk, contact_id=None)
    assert restoring("call", talk, "disposition", "sold") == WrapUpCall(call_id=talk, disposition="sold")
    for kind, field in (("conversation", "owner_id"), ("conversation", "preview"), ("call", "number"), ("user", "name")):
        assert restoring(kind, talk, field, "x") is None
