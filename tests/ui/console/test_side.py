"""The customer beside the conversation."""

from pathlib import Path

from tests.ui.conftest import until
from tests.ui.features.calls.test_line_view import change, talk
from tests.ui.working import console_at_work
from ui.widgets.states import EmptyState


async def test_a_contact_is_offered_only_beside_a_conversation(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        side = console.contact_side
        offer = side.findChildren(EmptyState)[0]
        await console.side_person.open(None)
        side.show_address(None)
        assert offer.isHidden()
        side.show_address("somebody@example.com")
        assert not offer.isHidden()


async def test_the_panel_of_a_call_stays_until_it_is_said_how_the_call_ended(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.activateWindow()
        await talk(console)
        await until(console.call_panel._note.hasFocus)
        change(console, "ended")
        await until(lambda: console.core.calls.wrap_up.value is not None)
        assert console.side.currentWidget() is console.call_panel
        console.call_panel.finish()
        await until(lambda: console.side.currentWidget() is console.contact_side)
        assert console.inbox_page.list.list.hasFocus()
