"""Looking at a record in the windows is told of where the workspace wants it, also offline and after a restart; it is no act."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QFrame

from app.domain.accounts.commands import CreateAccount
from app.domain.contacts.commands import CreateContact
from app.domain.conversations.commands import StartConversation
from app.kernel.ids import new_id
from tests.faults.own_server import OwnServer
from tests.ui.served import comes, console_of, is_cut, is_live, server, signed_in
from ui.console.console import Console
from ui.features.audit.history_view import HistoryView
from ui.features.audit.view import AuditSection
from ui.features.audit.watching import Watching
from ui.features.settings.view import SettingsPage

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with server(tmp_path_factory.mktemp("made") / "server") as started:
        yield started


async def section_of(console: Console) -> AuditSection:
    console.open_settings("audit")
    page = console.window.findChild(SettingsPage)
    assert page is not None
    section = page.findChild(AuditSection)
    assert section is not None
    return section


async def openings(console: Console) -> list[tuple[str, UUID]]:
    page = await console.core.archive.audit({"verb": "record.open"})
    return [(row.kind, row.record_id) for row in reversed(page.rows)]


async def watch(console: Console, *kinds: str) -> None:
    """Have the audit tell of those who open these, by the switches."""
    desk = console.core.desk
    watching = (await section_of(console)).findChild(Watching)
    assert watching is not None

    def is_on(kind: str) -> bool:
        return desk.workspace.value is not None and kind in desk.workspace.value.watched

    for kind in kinds:
        if not is_on(kind):
            watching.switches[kind].click()
            await comes(lambda kind=kind: is_on(kind))  # type: ignore[misc]  # a loop's value


async def acts(console: Console) -> list[UUID]:
    return [act.command_id for act in await console.core.replica.acts(100)]


async def test_what_is_opened_in_the_windows_is_told_of_and_is_no_act(own: OwnServer, tmp_path: Path) -> None:
    sign_in = await signed_in(own, tmp_path / "home")
    luca, mara, account, talk = (new_id() for _ in range(4))
    async with console_of(sign_in) as console:
        await is_live(console)
        desk = console.core.desk
        for contact_id, name in ((luca, "Luca"), (mara, "Mara")):
            await desk.run(CreateContact(contact_id=contact_id, name=name))
        await desk.run(CreateAccount(account_id=account, name="Halden"))
        await is_live(console)
        console.open_contact(luca)
        await comes(lambda: (shown := console.record_person.person.value) is not None and shown.card.id == luca)
        await watch(console, "contact", "account", "conversation")
        assert ("contact", luca) not in await openings(console), "what was opened before is not told of"
        await desk.run(StartConversation(conversation_id=talk, channel="email", address="mara@x.example", contact_id=mara))
        await is_live(console)
        before = await acts(console)

        console.open_contact(luca)
        await comes(lambda: _sees(console, ("contact", luca)))
        console.open_account(account)
        await comes(lambda: _sees(console, ("account", account)))
        console.open_conversation(talk)
        await comes(lambda: _sees(console, ("conversation", talk), ("contact", mara)))  # her card is beside it
        console.open_contact(luca)
        console.open_contact(mara)
        await comes(lambda: (shown := console.record_person.person.value) is not None and shown.card.id == mara)
        ours = [each for each in await openings(console) if each[1] in {luca, mara, account, talk}]
        assert len(ours) == 4, "the same looking, within a quarter of an hour"
        assert await acts(console) == before
        console.audit.open_history("contact", luca, "Luca")
        await comes(lambda: _tells(console, "Opened: in the console. Ana"))


def _tells(console: Console, start: str) -> bool:
    view = console.window.findChild(HistoryView)
    return view is not None and any(each.accessibleName().startswith(start) for each in view.findChildren(QFrame))


async def _has_settled(console: Console) -> bool:
    """The server has answered all that was done, and what it made of it is here."""
    return not await console.core.replica.outbox()


async def _sees(console: Console, *wanted: tuple[str, UUID]) -> bool:
    return set(wanted) <= set(await openings(console))


async def test_what_is_opened_offline_is_told_of_later_also_after_a_restart(own: OwnServer, tmp_path: Path) -> None:
    sign_in = await signed_in(own, tmp_path / "home")
    luca, mara = new_id(), new_id()
    async with console_of(sign_in) as console:
        await is_live(console)
        desk = console.core.desk
        for contact_id, name in ((luca, "Luca"), (mara, "Mara")):
            await desk.run(CreateContact(contact_id=contact_id, name=name))
        await watch(console, "contact")
        await comes(lambda: _has_settled(console))
        own.kill()
        await is_cut(console)
        console.open_contact(luca)
        await comes(lambda: _waits(console, luca))
        assert await console.core.replica.outbox() == [], "it is not counted among what waits"
        assert desk.connection.value.waiting == 0
    async with console_of(sign_in) as console:
        await is_cut(console)
        console.open_contact(mara)
        await comes(lambda: _waits(console, luca, mara))
        own.start()
        await is_live(console)
        await comes(lambda: _sees(console, ("contact", luca), ("contact", mara)))
        await comes(lambda: _is_empty(console))
        page = await console.core.archive.audit({"verb": "record.open", "device": console.core.replica.device})
        assert [row.record_id for row in page.rows if row.record_id in {luca, mara}] == [mara, luca]
        assert all(row.acted_at < row.applied_at for row in page.rows)
        assert {row.address for row in page.rows} == {"127.0.0.1"}


async def _waits(console: Console, *wanted: UUID) -> bool:
    """Whether these wait for the server, in this order; others may wait too."""
    return [each.record_id for each in await console.core.openings.waiting() if each.record_id in wanted] == list(wanted)


async def _is_empty(console: Console) -> bool:
    return await console.core.openings.waiting() == []
