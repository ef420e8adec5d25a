"""The line's quality in the call panel and the bar: there while one talks, and nothing else is drawn for it."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.desk.live_voice import RECOVERED, TURNED, WINDOW
from softphone.api import CallChanged, CallRinging, CallState, VoiceFigures
from softphone.scripted import ScriptedSoftphone
from tests.demo.story import LUCA_NUMBER
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console

FIRST = VoiceFigures(
    call_id=1, codec="G722", clock_rate_hz=16000, round_trip_ms=28.2, jitter_ms=3.0, lost=0, packets_in=50, packets_out=50
)

DEPTH = 20  # of widgets in one another, at the most


def phone_of(console: Console) -> ScriptedSoftphone:
    phone = console.core.phone
    assert isinstance(phone, ScriptedSoftphone)
    return phone


def change(console: Console, state: CallState, *, is_muted: bool = False) -> None:
    phone_of(console).say(
        CallChanged(
            call_id=1, sip_call_id="1@x", state=state, number=LUCA_NUMBER, direction="in", line=1, is_muted=is_muted
        )
    )  # fmt: skip


async def talk(console: Console) -> None:
    phone_of(console).say(
        CallRinging(call_id=1, sip_call_id="1@x", number=LUCA_NUMBER, name="", queue="Billing", line=1, invite_read_us=1)
    )
    await until(lambda: console.calls._card is not None)
    assert console.call_panel.quality.words == ("", "")
    change(console, "active")
    await until(console.call_panel.isVisible)


def tell(console: Console, seconds: int, last: VoiceFigures, *, lost: int = 0) -> VoiceFigures:
    for _ in range(seconds):
        last = msgspec.structs.replace(last, packets_in=last.packets_in + 50 - lost, lost=last.lost + lost)
        phone_of(console).say(last)
    return last


async def test_the_panel_says_the_line_while_one_talks_and_not_on_hold(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await talk(console)
        panel = console.call_panel
        tell(console, 1, FIRST)
        assert panel.quality.words == ("", "")
        last = tell(console, 2, FIRST)
        assert panel.quality.words == ("Good line", "G.722 · 28 ms · 0.0 % loss")
        assert panel.quality.accessibleName() == "Good line"
        assert "Jitter 3 ms" in panel.quality.toolTip()
        assert not panel.hint.isVisible()
        last = tell(console, WINDOW, last, lost=10)
        assert panel.quality.words[0] == "Poor line"
        assert panel.hint.isVisible()
        assert panel.hint.property("tone") == "danger"
        change(console, "held")
        assert panel.quality.words == ("", "")
        assert panel.quality.toolTip() == ""
        assert not panel.hint.isVisible()
        change(console, "active")
        tell(console, 2, last)
        assert panel.quality.words[0] == "Good line"
        change(console, "ended")
        assert panel.quality.words == ("", "")


async def test_the_bar_says_that_the_line_has_turned_poor_and_takes_it_back(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await talk(console)
        bar = console.window.top.phone
        last = tell(console, 1, FIRST)
        last = tell(console, TURNED, last, lost=10)
        assert bar.accessibleName().startswith("Poor line")
        assert "cable" in bar.toolTip()
        change(console, "active", is_muted=True)
        assert bar.accessibleName().startswith("Muted · Poor line")
        change(console, "active")
        tell(console, WINDOW + RECOVERED, last)
        assert bar.accessibleName().startswith("Line 1")


class LaidOut(QObject):
    """Which widgets were asked to lay out anew."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[QObject] = set()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.seen.add(watched)
        return False


def settle() -> None:
    """One layout that changes asks the one around it."""
    for _ in range(DEPTH):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


async def test_a_second_of_figures_moves_nothing_but_its_own_widget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console_at_work(tmp_path) as console:
        await talk(console)
        last = tell(console, 2, FIRST)
        shown, asked = list[str](), LaidOut()
        console.core.calls.calls.subscribe(lambda _: shown.append("calls"))
        monkeypatch.setattr(console.call_panel.quality, "update", lambda: shown.append("line"))
        settle()
        for widget in (console.call_panel, *console.call_panel.findChildren(QWidget)):
            widget.installEventFilter(asked)
        last = tell(console, 1, last, lost=1)
        settle()
        assert (shown, asked.seen) == (["line"], set())
        tell(console, WINDOW, last, lost=10)  # what helps comes, and does take room
        settle()
        assert asked.seen
