"""An act on many records is one line in the outbox, and one for those of it that were refused alike."""

from pathlib import Path

from app.domain.contacts.commands import EditContact
from app.domain.contacts.queries import contact, contacts
from tests.ui.conftest import until
from tests.ui.features.outbox.test_outbox import box, press, shown
from ui.features.outbox.view import OutboxRow


async def test_many_that_wait_are_one_line_and_are_let_go_and_brought_back_together(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk, outbox = it.console.core.desk, it.console.outbox
        people = (await desk.read(lambda reader: contacts(reader, limit=20))).rows
        await desk.run_many([EditContact(contact_id=each.id, patch={"job_title": "Baker"}) for each in people])
        view = shown(it.console)
        await until(lambda: any(each.together for each in outbox.rows.value))
        (line,) = [each for each in outbox.rows.value if each.together]
        assert (line.what, line.detail, line.count) == ("Contact changed: 20 contacts", "Job title: Baker", 20)
        row = next(each for each in view.findChildren(OutboxRow) if each.row_id == line.id)
        brought: list[object] = []
        view.discarded.connect(brought.append)
        press(row, "Discard")
        await until(lambda: brought)
        assert not [each for each in outbox.rows.value if each.together]
        assert (await it.title()) != "Baker"
        await brought[0]()  # type: ignore[operator]  # what brings it back
        titles = await desk.read(lambda reader: [contact(reader, each.id).job_title for each in people])
        assert titles == ["Baker"] * 20


async def test_what_the_server_refused_alike_is_named_on_one_line_and_tried_once_more(tmp_path: Path) -> None:
    async with box(tmp_path) as it:
        desk, outbox = it.console.core.desk, it.console.outbox
        people = (await desk.read(lambda reader: contacts(reader, limit=9))).rows
        await desk.run_many([EditContact(contact_id=each.id, patch={"job_title": "Baker"}) for each in people])
        acts = [each for each in await it.console.core.replica.acts(20) if each.name == EditContact.verb]
        for each in acts[:7]:
            await it.server.refuse(each.command_id, "locked", kind="contact", by="Priya")
        await outbox.refresh()
        await until(lambda: any(each.state == "refused" for each in outbox.rows.value))
        refused = next(each for each in outbox.rows.value if each.state == "refused")
        assert (refused.what, refused.count) == ("Contact changed: 7 contacts", 7)
        assert refused.trouble is not None
        assert "and 2 more." in refused.trouble.text
        assert "was locked by Priya" in refused.trouble.text
        await outbox.retry(refused)
        assert not [each for each in outbox.rows.value if each.state == "refused"]
        assert sum(each.count for each in outbox.rows.value if each.together) == 9
