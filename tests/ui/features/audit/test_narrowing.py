"""The audit narrowed to one act, one record and one device, and the way back; the history of what stands in the settings."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFrame

from app.domain.contacts.commands import CreateContact
from app.domain.contacts.queries import contact
from app.kernel.ids import new_id
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.features.audit.test_audit_screens import Server, first_contact, opened, rows_about, texts
from tests.ui.working import console_at_work
from ui.features.audit.acts import SHOWN
from ui.features.audit.acts_view import ActsView
from ui.features.audit.history_view import HistoryView
from ui.features.teams.view import TeamsSection
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice

pytestmark = pytest.mark.timeout(300)


def buttons(view: object, text: str) -> list[Button]:
    return [each for each in view.findChildren(Button) if each.text() == text] if hasattr(view, "findChildren") else []


async def test_one_act_one_record_and_one_device_are_asked_for_and_let_go_again(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.ADMINISTRATOR) as console:
        record_id = await first_contact(console)
        server = console.core.archive._line = Server(rows_about(record_id))
        section = await opened(console)
        await until(lambda: "Contact changed" in texts(section))
        [act] = [each for each in section.findChildren(Choice) if each.accessibleName() == "Act"]
        act.setCurrentIndex(act.findData("record.open"))
        act.activated.emit(act.currentIndex())
        await until(lambda: server.asked[-1][1].get("verb") == "record.open")
        await until(lambda: bool(buttons(section, "This record")))
        buttons(section, "This record")[0].click()
        await until(lambda: server.asked[-1][1].get("record_id") == str(record_id))
        await until(lambda: bool(buttons(section, "This device")))
        buttons(section, "This device")[0].click()
        await until(lambda: server.asked[-1][1].get("device") == "desk")
        await until(lambda: bool(buttons(section, "This address")))
        buttons(section, "This address")[0].click()
        await until(lambda: server.asked[-1][1].get("address") == "192.0.2.7")
        wanted = {"verb": "record.open", "record_id": str(record_id)}
        assert wanted.items() <= server.asked[-1][1].items()
        who = await console.core.desk.read(lambda reader: contact(reader, record_id))
        for only, name in (
            ("Only: Device desk", "device"),
            ("Only: Address 192.0.2.7", "address"),
            (f"Only: “{who.name}”", "record_id"),
        ):
            await until(lambda only=only: bool(buttons(section, only)))  # type: ignore[misc]  # a loop's value
            buttons(section, only)[0].click()
            await until(lambda name=name: name not in server.asked[-1][1])  # type: ignore[misc]  # a loop's value
        await until(lambda: not any(each.text().startswith("Only: ") for each in section.findChildren(Button)))


async def test_a_team_in_the_settings_has_its_history_too(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.ADMINISTRATOR) as console:
        server = console.core.archive._line = Server([])
        console.open_settings("teams")
        assert console.audit.shown() is None, "none is open"
        section = console.window.findChild(TeamsSection)
        assert section is not None
        panel = section._panel
        await until(lambda: bool(panel.lines.value))
        assert panel.lines.value is not None
        team = panel.lines.value[0]
        panel.open(team.id)
        assert console.audit.shown() == ("team", team.id, team.name)
        console.audit.open_shown_history()
        await until(lambda: server.asked != [] and server.asked[-1] == (f"/history/{team.id}", server.asked[-1][1]))
        assert server.asked[-1][1]["kind"] == "team"
        assert console.window.findChild(HistoryView) is not None


async def test_what_one_did_is_told_further_back_when_asked_for(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        names = [f"Person {number}" for number in range(SHOWN + 5)]
        for name in names:
            await console.core.desk.run(CreateContact(contact_id=new_id(), name=name))
        console.audit.open_acts()
        view = console.window.findChild(ActsView)
        assert view is not None

        def tells(name: str) -> bool:
            return any(each.accessibleName().startswith(f"Contact created: {name}.") for each in view.findChildren(QFrame))

        await until(lambda: tells(names[-1]))
        assert not tells(names[0])
        buttons(view, "Show earlier")[0].click()
        await until(lambda: tells(names[0]))
