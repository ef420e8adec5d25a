"""What "this record" is: what the page that is open is about, and over a list nothing, whoever was shown last."""

from pathlib import Path

from app.domain.contacts.queries import contacts
from tests.ui.administering import administrator_at_work
from tests.ui.conftest import until
from ui.features.contacts.view import ContactsPage

OF_A_PERSON = (
    "record.tag", "record.share", "record.keep", "record.history", "record.territory", "lock", "contact.change",
    "contact.merge", "contact.erase", "contact.export",
)  # fmt: skip


async def test_over_the_list_no_act_is_about_whoever_was_open_last(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        known = console.window.actions_known
        one = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        console.open_contact(one.id)
        await until(lambda: console.shown.person is not None)
        assert [each for each in OF_A_PERSON if not known.get(each).is_possible()] == []
        page = console.window.stack.currentWidget()
        assert isinstance(page, ContactsPage)
        page.record.closed.emit()
        assert [each for each in OF_A_PERSON if known.get(each).is_possible()] == []
        assert console.record_person.person.value is not None, "it is still there to go back to"
        console.sheets.erase_shown()
        assert console.shown.record is None
