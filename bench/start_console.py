"""The console exactly as `patchbay` starts it, with a stopwatch: `python -m bench.start_console start|ring`.

It says what it saw as lines of JSON, in microseconds of CLOCK_MONOTONIC. Nothing is imported here that the console would import
later, and nothing is put into the console but ears for paint events.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

import ui.__main__
import ui.bootstrap
from ui.shell.main_window import MainWindow

if TYPE_CHECKING:
    from app.desk.telephony import LiveCall
    from ui.console.console import Console

SETTLE_S = 2.0
PAGE_BYTES = resource.getpagesize()


def now_us() -> int:
    """The clock that the phone's process reads too."""
    return time.monotonic_ns() // 1000


def worked_ms() -> float:
    """What this process has worked since it began, without what other programs took."""
    return time.process_time() * 1_000


def say(what: str, **facts: Any) -> None:
    """One line to whoever started this."""
    sys.stdout.write(json.dumps({"what": what, **facts}) + "\n")
    sys.stdout.flush()


class Painted(QObject):
    """Calls once when a widget has been painted: with all its children, and with what it drew sent to the screen."""

    def __init__(self, widget: QWidget, then: Callable[[], None], is_it: Callable[[], bool] = lambda: True) -> None:
        super().__init__(widget)
        self._widget, self._then, self._is_it = widget, then, is_it
        widget.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._is_it():
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self._then)  # the loop comes round when the whole window was drawn
        return False


class SeenWindow(MainWindow):
    """Says when it was painted the first time."""

    _is_painted = False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, lambda: say("painted", at_us=now_us(), cpu_ms=worked_ms()))


class SeenProgram(ui.bootstrap.Program):
    """The program, followed by the stopwatch."""

    @override
    async def run(self) -> int:
        watching = asyncio.get_running_loop().create_task(self._watch(), name="stopwatch")
        code = await super().run()
        if watching.done():
            watching.result()
        watching.cancel()
        return code

    async def _watch(self) -> None:
        console = await self.wait_signed_in()
        inbox = console.inbox_page.list.list
        painted = asyncio.Event()
        Painted(inbox.viewport(), painted.set, lambda: inbox.model().rowCount() > 0)
        await painted.wait()
        say("usable", at_us=now_us(), cpu_ms=worked_ms(), rows=inbox.model().rowCount())
        await asyncio.sleep(SETTLE_S)
        say("settled", rss_mb=resident_mb())
        if sys.argv[1] == "ring":
            self._follow = Calls(console)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever started this lets go
            say("settled", rss_mb=resident_mb())
        self.window.leaving.emit()


class Calls:
    """Says for each call when it was heard of, when its card was made, and when it was painted."""

    def __init__(self, console: "Console") -> None:
        self._console, self._phone = console, console.core.calls
        self._heard_us: dict[int, int] = {}
        self._phone.calls.subscribe(self._hear)
        self._phone.registration.subscribe(lambda state: say("registration", state=state.state))
        console.calls.popped.connect(self._popped)
        say("registration", state=self._phone.registration.value.state)

    def _hear(self, calls: "tuple[LiveCall, ...]") -> None:
        for call in calls:
            if self._heard_us.setdefault(call.phone_id, now_us()) and call.card is not None:
                self._heard_us.setdefault(-call.phone_id, now_us())
        if not calls:
            say("quiet")

    def _popped(self, call: "LiveCall") -> None:
        from ui.shell.pop_card import PopCardView

        made_us = now_us()
        (card,) = self._console.window.findChildren(PopCardView, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1:]
        Painted(card, lambda: self._say(call, made_us))

    def _say(self, call: "LiveCall", made_us: int) -> None:
        painted_us, number = now_us(), call.phone_id
        say(
            "card", name=call.who, contact_id=str(call.card.contact_id if call.card else ""), invite_us=call.invite_read_us,
            heard_us=self._heard_us[number], found_us=self._heard_us[-number], made_us=made_us, painted_us=painted_us,
        )  # fmt: skip


def resident_mb() -> float:
    """What of this process is in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / 1e6


def main() -> int:
    """The console's own start."""
    vars(ui.bootstrap).update(MainWindow=SeenWindow, Program=SeenProgram)  # the console's own, with ears
    return ui.__main__.main()


if __name__ == "__main__":
    sys.exit(main())
