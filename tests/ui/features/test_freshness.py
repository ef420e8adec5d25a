"""Every list and every record says how old it is, unless it is live."""

from pathlib import Path
from uuid import UUID

import msgspec
from PySide6.QtWidgets import QLabel, QWidget

from app.desk.desk import Connection
from app.domain.contacts.queries import contacts
from app.kernel.columns import moment_from_us
from app.protocol.live import Presence
from tests.ui.conftest import until
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console


def stamps(root: QWidget) -> list[str]:
    return [each.text() for each in root.findChildren(QLabel) if each.isVisible() and each.text().startswith("as of ")]


def connect(console: Console, state: str) -> None:
    at = moment_from_us(1_795_430_520_000_000)
    console.core.desk.connection.set(msgspec.structs.replace(Connection(state=state, as_of=at)))


async def test_each_list_and_record_is_stamped_while_it_is_not_live(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await until(lambda: console.core.desk.connection.value.state == "offline")
        await console.core.syncer.stop()  # so that nothing but the test says how things stand
        person: UUID = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0].id
        for page in ("inbox", "calls", "contacts", "accounts", "tasks"):
            shown = console.window.show_page(page)
            for state in ("offline", "connecting", "catching_up"):
                connect(console, state)
                assert len(stamps(shown)) == 1, (page, state)
            connect(console, "live")
            assert stamps(shown) == [], page
        console.open_contact(person)
        await until(lambda: console.record_person.person.value is not None)
        connect(console, "offline")
        assert len(stamps(console.window.show_page("contacts"))) == 1


async def test_who_else_is_in_the_open_conversation_is_told_with_age(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await until(lambda: console.thread_panel.header.value is not None)
        header = console.thread_panel.header.value
        assert header is not None
        maya = FarServer(console).colleague
        for watcher in list(console.core.syncer._presence_watchers):
            watcher(Presence(doing="typing", about=header.id, user_id=maya, age_ms=2_000))
        await until(lambda: any("Maya Kapoor is writing" in each.text() for each in shown_labels(console)))
        model = console.inbox_page.list.list.model()
        await until(lambda: model.index(0, 0).data(256) is not None and initials(console) == "MK")


def shown_labels(console: Console) -> list[QLabel]:
    return [each for each in console.inbox_page.talk.findChildren(QLabel) if each.isVisible()]


def initials(console: Console) -> str:
    model, header = console.inbox_page.list.list.model(), console.thread_panel.header.value
    rows = [model.index(place, 0).data(256) for place in range(model.rowCount())]
    return next((row.other_agent_initials for row in rows if header is not None and row.id == header.id), "")
