"""The console exactly as `patchbay` starts it, with a stopwatch: `python -m bench.start_console start|ring|live`.

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
from PySide6.QtWidgets import QListView, QWidget
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
        shown = Rows(inbox) if sys.argv[1] == "live" else None
        say("settled", rss_mb=resident_mb(), shown=[str(row.id) for row in shown.visible()] if shown else [])
        if sys.argv[1] in {"ring", "live"}:
            self._follow = shown or Calls(console)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever started this lets go
            say("settled", rss_mb=resident_mb())
        self.window.leaving.emit()


class Rows(QObject):
    """Says when a row of the list was painted with another title than before."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._titles = {row.title for row in self.visible()}
        view.viewport().installEventFilter(self)

    def visible(self) -> list[Any]:
        """What is in sight."""
        model, inside = self._view.model(), self._view.viewport().rect()
        places = [model.index(number, 0) for number in range(model.rowCount())]
        return [
            place.data(Qt.ItemDataRole.UserRole) for place in places if inside.contains(self._view.visualRect(place).center())
        ]

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            titles = {row.title for row in self.visible()}
            fresh, self._titles = titles - self._titles, titles
            if fresh:
                QTimer.singleShot(0, lambda: self._say(fresh))
        return False

    @staticmethod
    def _say(titles: set[str]) -> None:
        at_us = now_us()
        for title in titles:
            say("row", title=title, at_us=at_us)


class Calls:
    """Says for each call when it was heard of, when its caller was found, and when all of its card was painted."""

    def __init__(self, console: "Console") -> None:
        self._phone = console.core.calls
        self._heard_us: dict[int, int] = {}
        self._found_us: dict[int, int] = {}
        self._card: QWidget | None = None
        self._painted_us = 0
        self._pop = self._phone.on_pop
        self._phone.on_pop = self._found
        self._watch_cards()
        self._phone.calls.subscribe(self._hear)
        self._phone.lines.default.subscribe(lambda state: say("registration", state=state.state))
        console.calls.popped.connect(self._popped)
        say("registration", state=self._phone.lines.default.value.state)

    def _watch_cards(self) -> None:
        from ui.console import calls
        from ui.shell.pop_card import PopCardView

        watch = self

        class SeenCard(PopCardView):
            """The console's own card, which says when its first paint event was over."""

            @override
            def paintEvent(self, event: QPaintEvent) -> None:
                super().paintEvent(event)
                if watch._card is not self:
                    watch._card, watch._painted_us = self, now_us()

        vars(calls)["PopCardView"] = SeenCard

    def _hear(self, calls: "tuple[LiveCall, ...]") -> None:
        for call in calls:
            self._heard_us.setdefault(call.phone_id, now_us())
        if not calls:
            say("quiet")

    def _found(self, call: "LiveCall") -> None:
        self._found_us[call.phone_id] = now_us()
        self._card = None
        self._pop(call)

    def _popped(self, call: "LiveCall") -> None:
        if self._card is None:
            raise RuntimeError("the console says that the card is on the screen, and it was never painted")
        said = now_us()  # later than the first paint event: the card's children and the way to the screen are in it
        say(
            "card", name=call.who, contact_id=str(call.card.contact_id if call.card else ""), invite_us=call.invite_read_us,
            heard_us=self._heard_us[call.phone_id], found_us=self._found_us[call.phone_id], first_us=self._painted_us,
            painted_us=said,
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
