"""Who may lock does so over the record or from the palette; who may not reads by whom it was locked, and why nothing changes."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.domain.accounts.queries import accounts
from app.domain.contacts.queries import contact, contacts
from app.domain.contacts.records import Contact
from app.domain.conversations.queries import conversation
from app.domain.conversations.records import Conversation
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.contacts.view import ContactsPage
from ui.widgets.lock_button import LockButton
from ui.widgets.marks import Chip


async def test_a_supervisor_locks_the_person_whose_page_is_open_and_takes_it_back(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        known = console.window.actions_known
        one = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        console.open_contact(one.id)
        await until(lambda: console.record_person.person.value is not None)
        assert [known.get(each).is_possible() for each in ("lock", "unlock")] == [True, False]
        known.run("lock")
        await until(lambda: known.get("unlock").is_possible())
        page = console.window.stack.currentWidget()
        assert isinstance(page, ContactsPage)
        (chip,) = [each for each in page.record.findChildren(Chip) if each.accessibleName().startswith("Locked by Priya")]
        assert chip.isVisible()
        known.run("undo")
        await until(lambda: known.get("lock").is_possible())
        assert (await console.core.desk.read(lambda reader: contact(reader, one.id))).locked_at is None
        page.record.closed.emit()
        assert not known.get("lock").is_possible(), "nobody's page is open any more"


def lock_of(root: QWidget | None) -> LockButton:
    """The button over the record that is shown."""
    assert root is not None
    (found,) = root.findChildren(LockButton)
    return found


async def test_one_button_over_a_record_locks_and_unlocks_it_and_keeps_the_focus(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.activateWindow()
        desk, known = console.core.desk, console.window.actions_known
        person = (await desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        firm = (await desk.read(lambda reader: accounts(reader, limit=1))).rows[0]
        await until(lambda: console.thread_panel.header.value is not None)
        ways: list[Callable[[], None]] = [
            lambda: None,
            lambda: console.open_contact(person.id),
            lambda: console.open_account(firm.id),
        ]
        for show in ways:
            show()
            await until(lambda: known.get("lock").is_possible() and lock_of(console.window.stack.currentWidget()).isVisible())
            await turn_twice(console, lock_of(console.window.stack.currentWidget()))


async def turn_twice(console: Console, button: LockButton) -> None:
    """Lock and unlock what is shown, by the keyboard alone."""
    known = console.window.actions_known
    assert button.accessibleName() == "Lock"
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    await until(lambda: known.get("unlock").is_possible() and button.accessibleName() == "Unlock")
    assert button.hasFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    await until(lambda: known.get("lock").is_possible() and button.accessibleName() == "Lock")


async def test_who_may_not_lock_has_no_button_for_it(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.MAYA) as console:
        await until(lambda: console.thread_panel.header.value is not None)
        talk = console.window.stack.currentWidget()
        assert not lock_of(talk).isVisible()
        one = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        console.open_contact(one.id)
        await until(lambda: console.shown.person is not None)
        assert not lock_of(console.window.stack.currentWidget()).isVisible()


async def test_an_agent_is_told_who_locked_it_and_changes_nothing(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.MAYA) as console:
        far, said = FarServer(console), list[str]()
        console.messages.said_problem.connect(said.append)
        one = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        supervisor = cast.user_id(console.core.desk.tenant_id, cast.SUPERVISOR)
        lock = {"locked_at": console.core.desk.now(), "locked_by": supervisor}
        await far.bring((Contact, one.id, {"name": one.name, "team_id": console.core.desk.tenant_id, **lock}))
        console.open_contact(one.id)
        await until(lambda: console.record_person.person.value is not None)
        assert not console.window.actions_known.get("unlock").is_possible()
        console.run(console.record_person.edit(job_title="Baker"))
        await until(lambda: said)
        assert said == ["This contact was locked by Priya Raman. Only who may lock and unlock it can change it."]
        assert (await console.core.desk.read(lambda reader: contact(reader, one.id))).job_title != "Baker"


async def test_nobody_writes_to_the_customer_in_a_conversation_that_is_locked_to_them(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.MAYA) as console:
        await until(lambda: console.thread_panel.header.value is not None)
        header, composer = console.thread_panel.header.value, console.inbox_page.talk.composer
        assert header is not None
        assert header.channel != "voice"
        composer.begin(is_note=False)
        assert not composer.is_note
        far = FarServer(console)
        known = await console.core.desk.read(lambda reader: reader.get(Conversation, header.id)._asdict())
        values = {name: known[name] for name in ("channel", "subject", "address", "last_message_at", "owner_id", "team_id")}
        lock = {"locked_at": console.core.desk.now(), "locked_by": far.colleague}
        await far.bring((Conversation, header.id, values | lock))
        await until(lambda: composer.is_note)
        assert console.inbox_page.talk._locked.isVisible()


async def test_a_locked_conversation_is_marked_in_the_list_and_over_the_thread(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.inbox.view.set("all")
        await until(lambda: console.thread_panel.header.value is not None)
        header = console.thread_panel.header.value
        assert header is not None
        console.window.actions_known.run("lock")
        await until(console.inbox_page.talk._locked.isVisible)
        rows = console.inbox_page.list._model
        await until(lambda: any(row.is_locked and "locked" in row.sentence for row in rows._rows))
        assert (
            await console.core.desk.read(lambda reader: conversation(reader, header.id))
        ).locked_by == console.core.desk.user_id
        assert console.inbox_page.talk._locked.accessibleName().startswith("Locked by Priya")
