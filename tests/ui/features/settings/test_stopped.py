"""An administrator sees whose deletions were stopped, and allows them; nobody else is shown any of it."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from app.desk.devices import Devices, HeldDevice
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.settings.devices import DevicesSection
from ui.features.settings.view import SettingsPage
from ui.widgets.buttons import Button


def section_of(console: Console) -> DevicesSection:
    console.open_settings("devices")
    page = console.window.stack.currentWidget()
    assert isinstance(page, SettingsPage)
    (section,) = page.findChildren(DevicesSection)
    return section


@pytest.mark.parametrize(("email", "is_shown"), [(cast.ADMINISTRATOR, True), (cast.MAYA, False)])
async def test_stopped_deletions_are_shown_to_who_may_allow_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, email: str, is_shown: bool
) -> None:
    async with console_at_work(tmp_path, email=email) as console:
        allowed: list[str] = []
        asked: list[bool] = []

        async def held(_self: Devices) -> list[HeldDevice]:
            asked.append(True)
            at = moment_from_us(system_now_us()) - timedelta(minutes=3)
            hold = HeldDevice(device="d1", user_id=FarServer(console).colleague, kind="contact", count=106, total=240, held_at=at)
            return [] if allowed else [hold]

        async def allow(_self: Devices, device: str) -> None:
            allowed.append(device)

        monkeypatch.setattr(Devices, "held", held)
        monkeypatch.setattr(Devices, "allow", allow)
        section = section_of(console)
        await until(lambda: bool(section._panel.problem.value))  # the devices themselves need the server
        if not is_shown:
            assert (asked, section._held.isVisible()) == ([], False)
            return
        await until(section._held.isVisible)
        (line,) = section._panel.holds.value
        assert (line.title, line.detail.startswith("106 of 240 contacts, stopped ")) == ("Maya Kapoor", True)
        assert unnamed(section) == []
        if folder := os.environ.get("PATCHBAY_PICTURES"):
            console.window.grab().save(f"{folder}/stopped.png")
        next(each for each in section.findChildren(Button) if each.text() == "Allow").click()
        await until(lambda: allowed == ["d1"] and not section._held.isVisible())
