"""Pages are built when they are first shown."""

from pathlib import Path

from tests.demo import story
from tests.demo.fill import BENCH_TENANT
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.features.contacts.view import ContactsPage


async def test_a_persons_page_opens_in_a_console_that_has_not_shown_the_contacts_yet(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        assert not console.window.findChildren(ContactsPage)
        console.open_contact(story.luca_id(BENCH_TENANT))
        await until(lambda: (person := console.record_person.person.value) is not None and person.card.name == story.LUCA)
        page = console.window.show_page("contacts")
        assert isinstance(page, ContactsPage)
        assert page.record.isVisible()
