"""The customer beside the conversation."""

from pathlib import Path

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
