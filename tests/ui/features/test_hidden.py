"""What a role hides is said to be hidden wherever it would stand: on the timeline and in the thread."""

from pathlib import Path

from PySide6.QtWidgets import QLabel, QWidget

from app.desk.wording import told
from app.domain.contacts.queries import contacts
from app.domain.conversations.queries import conversations_of
from app.domain.notes.commands import AddNote
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.domain.timeline.queries import timeline
from app.kernel.ids import new_id
from tests.demo.fill import BENCH_TENANT
from tests.ui.administering import administrator_at_work
from tests.ui.conftest import until

HIDDEN = "Hidden from you"


def texts(root: QWidget) -> list[str]:
    return [each.text() for each in root.findChildren(QLabel)]


async def test_hidden_texts_say_so_and_come_back_with_the_right(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        desk = console.core.desk
        page = await desk.read(lambda reader: contacts(reader, limit=1))
        contact_id = page.rows[0].id
        await desk.run(AddNote(note_id=new_id(), text="Gate code 4711", contact_id=contact_id))
        talk = (await desk.read(lambda reader: conversations_of(reader, contact_id)))[0]
        role = preset_id(BENCH_TENANT, "administrator")
        fields = {"message.text": "hidden", "note.text": "hidden"}
        await server.ask(SetRoleRights(role_id=role, rights={"*": "all"}, fields=fields))
        entries = await desk.read(lambda reader: [told(each) for each in timeline(reader, contact_id)])
        assert {each.kind: each.body for each in entries} == {"note": HIDDEN, "message": HIDDEN}
        console.open_contact(contact_id)
        await until(lambda: texts(console.window.stack).count(HIDDEN) == len(entries))
        console.open_conversation(talk.id)
        await until(lambda: HIDDEN in texts(console.inbox_page.talk))
        assert not any("4711" in each for each in texts(console.window))
        await server.ask(SetRoleRights(role_id=role, rights={"*": "all"}, fields={}))
        await until(lambda: HIDDEN not in texts(console.inbox_page.talk))
        console.open_contact(contact_id)
        await until(lambda: any("4711" in each for each in texts(console.window.stack)))
