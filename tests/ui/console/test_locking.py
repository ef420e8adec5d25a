"""Who may lock does so from the palette; who may not reads by whom it was locked, and why nothing changes."""

from pathlib import Path

from app.domain.contacts.queries import contact, contacts
from app.domain.contacts.records import Contact
from app.domain.conversations.queries import conversation
from app.domain.conversations.records import Conversation
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.working import FarServer, console_at_work
from ui.features.contacts.view import ContactsPage
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
