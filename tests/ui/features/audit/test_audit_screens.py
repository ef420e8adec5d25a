"""The audit, the history of a record and what one did, on the screen: with a real server behind, and without one."""

import csv
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.domain.audit.queries import AuditRow
from app.domain.contacts.commands import EditContact
from app.domain.contacts.queries import contact, contacts
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.sync.errors import ServerAway, ServerTrouble
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.audit.acts_view import ActsView
from ui.features.audit.history_view import HistoryView
from ui.features.audit.view import AuditSection
from ui.features.settings.view import SettingsPage
from ui.widgets.buttons import Button
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
    async with console_at_work(tmp_path) as console:
        section = await opened(console)
        await until(lambda: any("needs the server" in text for text in texts(section)))
        server = Server(rows_about(await first_contact(console)))
        console.core.archive._line = server
        section._run(section._panel.load())
        await until(lambda: "Contact changed" in texts(section))
        assert {"Title 4", "Title 5", "job title"} <= set(texts(section))
        section._run(section._panel.more())
        await until(lambda: "Title 0" in texts(section))
        [kind] = [each for each in section.findChildren(Choice) if each.accessibleName() == "Kind"]
        kind.setCurrentIndex(kind.findData("task"))
        kind.activated.emit(kind.currentIndex())
        await until(lambda: server.asked[-1][1].get("kind") == "task")
        server.status = 403
        section._run(section._panel.load())
        await until(lambda: any("roles don't let you" in text for text in texts(section)))
        server.status, server.rows = 200, []
        section._run(section._panel.load())
        await until(lambda: any("Nothing of this kind" in text for text in texts(section)))


async def test_the_export_is_a_whole_file_or_none(tmp_path: Path) -> None:
    async with console_at_work(tmp_path / "copy") as console:
        section = await opened(console)
        console.core.archive._line = Server(rows_about(new_id()))
        said = await section._panel.export(tmp_path / "audit.csv")
        with (tmp_path / "audit.csv").open(newline="") as file:
            assert [line["row"] for line in csv.DictReader(file)] == ["5", "4", "3", "2", "1"]
        assert said == "6 lines in audit.csv."
        with pytest.raises(Exception, match="can't be written"):
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
        assert "was changed since" in problems[0]
        assert (await desk.read(lambda reader: contact(reader, contact_id))).job_title == "Baker", "something newer stands on it"
        QTest.mouseClick(first, Qt.MouseButton.LeftButton)
        await until(lambda: [each.isEnabled() for each in view.findChildren(Button)] == [True, False, True])
        console.undo()
        await until(lambda: not desk.last_acts.value)
        assert (await desk.read(lambda reader: contact(reader, contact_id))).job_title == before
