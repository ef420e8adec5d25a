"""Deletions that the server stopped: a banner says so, the dialog names them, and each answer does what its button says."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.domain.conflicts.queries import standing
from app.domain.contacts.commands import DeleteContact
from app.domain.contacts.queries import contacts
from app.kernel.errors import NeedsServer
from app.protocol.envelopes import Outcome
from tests.ui.conftest import until
from tests.ui.features.outbox.test_outbox import press, shown
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.outbox.held_view import HeldDialog
from ui.features.outbox.view import OutboxRow
from ui.shell.strips import Toast
from ui.theme.apply import wear


@asynccontextmanager
async def stopped(folder: Path) -> AsyncIterator[tuple[Console, dict[UUID, str]]]:
    """Six contacts are deleted here, and the server says: not so many."""
    async with console_at_work(folder) as console:
        desk, replica = console.core.desk, console.core.replica
        people = {each.id: each.name for each in (await desk.read(lambda reader: contacts(reader, limit=6))).rows}
        done = [await desk.run(DeleteContact(contact_id=contact_id)) for contact_id in people]
        await replica.outgoing(50)
        values = {"kind": "contact", "count": 106, "total": 240}
        await replica.settle(
            [Outcome(command_id=each.id, status="held", version=0, error="mass_deletion", values=values) for each in done]
        )
        await console.outbox.refresh()
        await console.offline.held.refresh()
        yield console, people


async def alive(console: Console, people: dict[UUID, str]) -> set[UUID]:
    found = await console.core.desk.read(lambda reader: {each: standing(reader, "contact", each).is_here for each in people})
    return {each for each, is_here in found.items() if is_here}


async def dialog_of(console: Console) -> HeldDialog:
    console.offline.open_held()
    await until(lambda: console.window.findChildren(HeldDialog))
    (dialog,) = console.window.findChildren(HeldDialog)
    return dialog


def click(dialog: HeldDialog, text: str) -> None:
    next(each for each in dialog.findChildren(QAbstractButton) if each.accessibleName() == text).click()


async def test_what_was_stopped_is_one_line_of_the_outbox_and_a_banner_when_the_line_is_up(tmp_path: Path) -> None:
    async with stopped(tmp_path) as (console, people):
        rows = [each for each in console.outbox.rows.value if each.state == "held"]
        assert [(each.what, each.needs_person) for each in rows] == [("6 deletions were stopped (contacts)", True)]
        assert rows[0].trouble is not None
        assert "106 of 240" in rows[0].trouble.text
        assert await alive(console, people) == set(), "here they are gone until somebody decides"
        assert "offline" in console.window.banner.accessibleName(), "being offline is said first"
        console.core.desk.connection.set(type(console.core.desk.connection.value)(state="live"))
        assert console.window.banner.accessibleName().startswith("6 deletions were stopped")
        view = shown(console)
        await until(lambda: any(each.row_id == rows[0].id for each in view.findChildren(OutboxRow)))
        press(next(each for each in view.findChildren(OutboxRow) if each.row_id == rows[0].id), "Look at them")
        await until(lambda: console.window.findChildren(HeldDialog))


async def test_the_dialog_names_them_and_keeping_them_brings_them_back(tmp_path: Path) -> None:
    async with stopped(tmp_path) as (console, people):
        dialog = await dialog_of(console)
        held = console.offline.held.held.value
        assert held is not None
        assert ({line.title for line in held.lines}, held.more) == (set(people.values()), 0)
        assert unnamed(dialog) == []
        for scheme in ("light", "dark") if os.environ.get("PATCHBAY_PICTURES") else ():
            wear(scheme, is_still=True)
            console.window.grab().save(f"{os.environ['PATCHBAY_PICTURES']}/held-{scheme}.png")
        click(dialog, "Keep them all")
        await until(lambda: console.offline.held.held.value is None)
        assert await alive(console, people) == people.keys()
        await until(lambda: not [each for each in console.outbox.rows.value if each.state == "held"])


async def test_without_the_server_deleting_them_waits_and_says_so(tmp_path: Path) -> None:
    async with stopped(tmp_path) as (console, people):
        dialog = await dialog_of(console)
        click(dialog, "Delete them")
        await until(lambda: any("needs the server" in toast.accessibleName() for toast in console.window.findChildren(Toast)))
        assert console.offline.held.held.value is not None
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await until(lambda: not console.window.findChildren(HeldDialog))
        assert await alive(console, people) == set()


async def test_confirmed_they_wait_for_the_server_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stopped(tmp_path) as (console, _):
        told: list[str] = []

        async def allow(device: str) -> None:
            told.append(device)

        monkeypatch.setattr(console.core.syncer.link, "allow_deletions", allow)
        click(await dialog_of(console), "Delete them")
        await until(lambda: console.offline.held.held.value is None)
        assert told == [console.core.replica.device]
        push = await console.core.replica.outgoing(50)
        assert [each.name for each in push.commands].count("contact.delete") == 6


async def test_nothing_stopped_is_nothing_to_look_at(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        assert not console.window.actions_known.get("held").is_possible()
        with pytest.raises(NeedsServer):
            await console.offline.held.confirm()
