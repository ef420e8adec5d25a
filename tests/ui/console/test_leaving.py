"""A whole console against a real server: the device is removed, and the window shows no data any more, only why."""

import asyncio
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from tests.server.world import PASSWORD, SqliteDatabase, World, running
from tests.ui.conftest import until
from ui.bootstrap import Program, first_window
from ui.console.console import Console
from ui.features.settings.devices import DevicesSection
from ui.shell.left_page import LeftPage
from ui.widgets.marks import Chip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A running server, on a loop and a thread of its own as in life."""
    (tmp_path / "made").mkdir()
    database = SqliteDatabase(tmp_path / "made")
    ready, over = threading.Event(), threading.Event()
    found: list[World] = []

    async def serve() -> None:
        async with running(database.copy(tmp_path / "place"), database.people) as made:
            found.append(made)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(60)
        yield found[0]
    finally:
        over.set()
        thread.join(60)


LONG_S, ALL_S = 90.0, 240.0  # a whole server and a whole console, on a machine that is busy


def words(widget: QWidget) -> str:
    """All that stands on it."""
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.text())


def picture(widget: QWidget, name: str) -> None:
    """For who wants to look: PATCHBAY_PICTURES names the folder."""
    if folder := os.environ.get("PATCHBAY_PICTURES"):
        widget.grab().save(f"{folder}/{name}.png")


@pytest.mark.timeout(600)
async def test_a_removed_device_shows_why_and_what_was_not_sent_and_then_the_sign_in(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    program = Program(first_window(), tmp_path / "home")
    running_program = asyncio.ensure_future(program.run())  # noqa: TID251 - the test is what holds it
    try:
        async with asyncio.timeout(ALL_S):
            await _remove_and_look(program, world, tmp_path)
    finally:
        program.window.leaving.emit()
        async with asyncio.timeout(LONG_S):
            assert await running_program == 0


def _is_answered(program: Program, page: QWidget, told: str) -> bool:
    return program.console is not None or words(page) != told


async def _sign_in(program: Program, world: World) -> Console:
    """As a person does it, who tries again when the page says that it did not go: on a slow machine a moment was too long."""
    async with asyncio.timeout(LONG_S):
        await program.wait_asked()
    page = program.page
    assert page is not None
    for _ in range(3):
        page.show_problem("")
        told = words(page)
        page.submitted.emit(world.address, "acme", "ben@acme.example", PASSWORD, "")
        await until(partial(_is_answered, program, page, told), LONG_S)
        if program.console is not None:
            return program.console
    pytest.fail(f"nobody was signed in: {words(page)}")


async def _remove_and_look(program: Program, world: World, tmp_path: Path) -> None:
    console = await _sign_in(program, world)
    await until(lambda: console.core.syncer.state.kind == "live", LONG_S)
    section = console.window.show_page("settings")
    console.open_settings("devices")
    shown = section.findChild(DevicesSection)
    assert isinstance(shown, DevicesSection)
    await until(lambda: shown.findChild(Chip) is not None, LONG_S)
    picture(program.window, "devices")
    console.open_settings("storage")
    await asyncio.sleep(0.1)
    picture(program.window, "storage")
    await console.core.syncer.stop()
    await console.core.desk.run(CreateContact(contact_id=new_id(), name="Only Here"))
    async with world.signed_in("acme", "ana@acme.example") as ana:
        await ana.post(f"/users/{world.people.ben}/devices/revoke", json={"reason": "retired"})
    first = program.window
    console.core.syncer.start()
    await until(lambda: program.window is not first and program.window.findChild(LeftPage) is not None, LONG_S)
    page = program.window.findChild(LeftPage)
    assert isinstance(page, LeftPage)
    assert "Not sent: 1" in words(page)
    picture(program.window, "left")
    saved = tmp_path / "not-sent.json"
    page.saved.emit(str(saved))
    assert b"Only Here" in saved.read_bytes()
    assert not (tmp_path / "home" / "replica.db").exists()
    page.next.click()
    await until(lambda: program.page is not None, LONG_S)
