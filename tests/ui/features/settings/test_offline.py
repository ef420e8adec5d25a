"""Offline data: what the device keeps is chosen with its size before and after, pinned records stay, and the room is told."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.domain.accounts.queries import accounts
from app.domain.contacts.commands import CreateContact
from app.domain.contacts.queries import contacts
from app.domain.scopes.queries import device_scopes, pins
from app.domain.teams.queries import teams
from app.kernel.errors import NeedsServer
from app.kernel.ids import new_id
from app.protocol.ondemand import KindSize, Rules, Size
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.settings.offline import OfflineSection
from ui.features.settings.offline_panel import OfflinePanel, lines_of
from ui.features.settings.view import SettingsPage
from ui.theme.apply import wear


def section_of(console: Console) -> tuple[OfflineSection, OfflinePanel]:
    console.open_settings("storage")
    page = console.window.stack.currentWidget()
    assert isinstance(page, SettingsPage)
    (section,) = page.findChildren(OfflineSection)
    return section, section._panel


def button(section: QWidget, text: str) -> QAbstractButton:
    return next(each for each in section.findChildren(QAbstractButton) if each.accessibleName().startswith(text))


def server_says(console: Console, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Rules], Size]) -> list[Rules]:
    """What the server is asked; it answers like this."""
    asked: list[Rules] = []

    async def size_under(rules: Rules) -> Size:
        asked.append(rules)
        return answer(rules)

    monkeypatch.setattr(console.core.syncer, "size_under", size_under)
    return asked


def few(_rules: Rules) -> Size:
    return Size(kinds={"contact": KindSize(rows=3, size_bytes=900), "message": KindSize(rows=2, size_bytes=4_000)})


async def test_rules_are_drafted_with_their_size_and_kept_as_one_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console_at_work(tmp_path) as console:
        asked = server_says(console, monkeypatch, few)
        section, panel = section_of(console)
        await until(lambda: panel.sizes.value[0] is not None and panel.keeping.value.groups)
        now = panel.sizes.value[0]
        assert now is not None
        assert now.kinds["contact"].rows > 3
        assert (asked, panel.keeping.value.is_all) == ([], True), "nobody is asked before something is drafted"
        first = panel.keeping.value.groups[0]
        panel.keep_all(is_all=False)
        panel.keep_group(first.id, is_kept=False)
        panel.keep_days(30)
        await until(lambda: panel.sizes.value[1] is not None)
        kept = [each.id for each in panel.keeping.value.groups if each.is_kept]
        assert asked[-1] == Rules(groups=kept, days=30)
        assert first.id not in kept
        lines = {line.name: line for line in lines_of(*panel.sizes.value)}
        assert (lines["Contacts"].after, lines["Messages"].after, lines["All else"].after) == (3, 2, 0)
        assert unnamed(section) == []
        for scheme in ("light", "dark") if os.environ.get("PATCHBAY_PICTURES") else ():
            wear(scheme, is_still=True)
            for width, height in ((1280, 800), (1920, 1080)):
                console.window.resize(width, height)
                console.window.grab().save(f"{os.environ['PATCHBAY_PICTURES']}/offline-{scheme}-{width}.png")
        button(section, "Keep this").click()
        await until(lambda: not panel.keeping.value.is_changed)
        (scope,) = await console.core.desk.read(device_scopes)
        assert (scope.device, scope.groups, scope.days) == (console.core.replica.device, sorted(kept), 30)
        assert not panel.keeping.value.is_all
        await console.core.desk.undo()
        await until(lambda: panel.keeping.value.is_all)


async def test_without_the_server_the_rules_can_be_changed_and_the_size_says_why_it_is_missing(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        section, panel = section_of(console)
        await until(lambda: panel.sizes.value[0] is not None)
        panel.keep_days(90)
        await until(lambda: bool(panel.problem.value))
        assert panel.sizes.value[1] is None
        button(section, "Put back").click()
        await until(lambda: not panel.keeping.value.is_changed)
        await until(lambda: not panel.problem.value)
        assert panel.keeping.value.days == 0


async def test_an_answer_that_comes_late_is_not_shown_for_another_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console_at_work(tmp_path) as console:
        _, panel = section_of(console)
        await until(lambda: panel.sizes.value[0] is not None)

        def late(rules: Rules) -> Size:
            if rules.days == 30:
                panel.keep_days(60)  # meanwhile something else is wanted
                return few(rules)
            raise NeedsServer

        asked = server_says(console, monkeypatch, late)
        panel.keep_days(30)
        await until(lambda: len(asked) >= 2 and bool(panel.problem.value))
        assert panel.sizes.value[1] is None


async def test_nothing_is_counted_while_nobody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console_at_work(tmp_path) as console:
        _, panel = section_of(console)
        await until(lambda: panel.sizes.value[0] is not None)
        before = panel.sizes.value[0]
        console.window.show_page("inbox")
        counted: list[bool] = []
        size = console.core.replica.size

        async def count() -> Size:
            counted.append(True)
            return await size()

        monkeypatch.setattr(console.core.replica, "size", count)
        await console.core.desk.run(CreateContact(contact_id=new_id(), name="Somebody"))
        await until(lambda: console.core.desk.connection.value.waiting >= 1)
        assert counted == []
        console.open_settings("storage")
        await until(lambda: panel.sizes.value[0] != before)
        assert counted


async def test_what_is_open_is_pinned_and_unpinned(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        desk = console.core.desk
        one = (await desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        firm = (await desk.read(lambda reader: accounts(reader, limit=1))).rows[0]
        console.open_contact(one.id)
        await until(lambda: (shown := console.shown.record) is not None and shown.id == one.id)
        console.window.actions_known.run("record.keep")
        console.open_account(firm.id)
        await until(lambda: (shown := console.shown.record) is not None and shown.id == firm.id)
        assert console.window.actions_known.get("record.keep").is_possible()
        console.offline.keep_shown()
        section, panel = section_of(console)
        await until(lambda: len(panel.pins.value) == 2)
        assert {(line.kind, line.title) for line in panel.pins.value} == {("contact", one.name), ("account", firm.name)}
        assert all(line.detail.endswith("on this device") for line in panel.pins.value)
        button(section, f"Unpin {one.name}").click()
        await until(lambda: [line.title for line in panel.pins.value] == [firm.name])
        console.open_account(firm.id)
        console.offline.keep_shown()
        console.open_settings("storage")
        await until(lambda: panel.pins.value == ())
        assert await desk.read(pins) == []
        console.window.show_page("calls")
        assert console.shown.record is None


async def test_an_agent_chooses_among_their_own_teams_and_a_supervisor_among_all(tmp_path: Path) -> None:
    async with console_at_work(tmp_path, email=cast.MAYA) as console:
        _, panel = section_of(console)
        await until(lambda: bool(panel.keeping.value.groups))
        mine = {each.name for each in await console.core.desk.read(teams) if console.core.desk.user_id in each.members}
        assert {each.name for each in panel.keeping.value.groups if each.is_team} == mine


async def test_the_room_is_told_and_files_can_be_let_go(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        section, panel = section_of(console)
        folder = console.core.sign_in.store.files_path / "kept"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "one").write_bytes(bytes(5_000))
        await panel.refresh()
        await until(lambda: panel.room.value.cached_bytes == 5_000)
        assert panel.room.value.file_bytes > 100_000
        button(section, "Empty the files").click()
        await until(lambda: panel.room.value.cached_bytes == 0)
        assert list(folder.iterdir()) == []
