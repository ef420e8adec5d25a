"""The numbers and addresses in a contact's history: which came and went, and the way back to one that went."""

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.contacts.commands import RemoveIdentity
from app.domain.contacts.queries import contact
from app.domain.contacts.rules import link_id
from app.kernel.ids import new_id
from tests.ui.conftest import until
from tests.ui.features.audit.test_audit_screens import Server, back_buttons, first_contact, rows_about
from tests.ui.working import console_at_work
from ui.features.audit.history_view import HistoryView


async def test_a_number_that_was_taken_away_comes_back_from_the_history(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk, contact_id = console.core.desk, await first_contact(console)
        card = await desk.read(lambda reader: contact(reader, contact_id))
        gone = card.identities[0]
        await desk.run(RemoveIdentity(contact_id=contact_id, identity_id=gone.id))
        console.audit.open_history("contact", contact_id, "Luca")
        view = console.window.findChild(HistoryView)
        assert view is not None
        await until(lambda: len(back_buttons(view)) == 1)
        [step] = view._panel.steps.value
        assert (step.before, step.after) == (gone.shown, "removed")
        QTest.mouseClick(back_buttons(view)[0], Qt.MouseButton.LeftButton)
        await until(lambda: len(view._panel.steps.value) == 2)
        assert gone.value in {each.value for each in (await desk.read(lambda reader: contact(reader, contact_id))).identities}
        server = [
            msgspec.structs.replace(
                rows_about(link, 1)[0], kind="contact_identity", verb="contact.remove_identity",
                fields={"deleted_at": (None, "2026-11-01T10:00:00Z")},
            )
            for link in (link_id(contact_id, gone.id), new_id())
        ]  # fmt: skip
        console.core.archive._line = Server(server)
        view._run(view._panel.load())
        await until(lambda: view._panel.reach.value == "whole")
        known, unknown = view._panel.steps.value
        assert (known.before, known.after, known.can_restore) == (gone.shown, "removed", True)
        assert (unknown.before, unknown.can_restore) == ("(not shown)", False), "one that is not on this device"
        assert view._panel.fields.value == (("identity_id", "number or address"),)
