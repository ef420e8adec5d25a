"""The numbers and addresses in a contact's history: which came and went, and the way back to one that went."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk.desk import Connection
from app.domain.contacts.commands import RemoveIdentity
from app.domain.contacts.queries import contact
from app.domain.contacts.rules import link_id
from app.kernel.ids import new_id
from app.replica.acts import Act
from tests.ui.conftest import until
from tests.ui.features.audit.test_audit_screens import Server, back_buttons, first_contact, rows_about
from tests.ui.working import console_at_work
from ui.features.audit.history import Acts
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
        assert (await view._panel._named([str(desk.tenant_id)]))[str(desk.tenant_id)] == "everybody"
        assert (step.before, step.after) == (gone.shown, "removed")
        QTest.mouseClick(back_buttons(view)[0], Qt.MouseButton.LeftButton)
        await until(lambda: len([each for each in view._panel.steps.value if each.field == "identity_id"]) == 2)
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


class Source:
    """The acts of this device, in a state of the test's choosing."""

    def __init__(self, own: Acts, server: Server) -> None:
        self.told: list[tuple[str, int]] = []  # each state, and how often the server had been asked by then
        self._own, self._server, self._states = own, server, ["waiting", "waiting", "answered"]

    async def acts(self, limit: int) -> list[Act]:
        state = self._states.pop(0)
        self.told.append((state, len(self._server.asked)))
        return [msgspec.structs.replace(act, state=state) for act in await self._own.acts(limit)]


async def test_the_history_is_read_again_once_the_server_has_heard_of_what_was_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_at_work(tmp_path) as console:
        await console.core.syncer.stop()
        contact_id = await first_contact(console)
        server = console.core.archive._line = Server(rows_about(contact_id))
        console.audit.open_history("contact", contact_id, "Luca")
        view = console.window.findChild(HistoryView)
        assert view is not None
        await until(lambda: len(view._panel.steps.value) == 3)
        console.core.desk.connection.set(Connection(state="live"))
        monkeypatch.setattr(console.core.desk.connection, "set", lambda _: None)  # and stays so, whatever the line says
        panel, asked = view._panel, len(server.asked)
        source = panel._source = Source(panel._source, server)
        await panel.restore(panel.steps.value[1])
        assert source.told == [("waiting", asked), ("waiting", asked), ("answered", asked)]
        assert len(server.asked) == asked + 1
