"""The real list of conversations on a screen, in a process of its own: `python -m bench.painted_list REPLICA STEPS`."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from typing_extensions import override

from app.desk.desk import Desk
from app.kernel.clock import ServerClock
from app.kernel.tasks import TaskRunner
from app.replica.thread import ReplicaThread
from tests.demo import cast
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT
from ui.bridge.acts import Run
from ui.bridge.loop import run
from ui.bridge.messages import Messages
from ui.features.conversations.inbox import InboxList
from ui.features.conversations.list_view import ConversationListView
from ui.theme.apply import wear

FRAME_S = 1 / 60
STEP_PIXELS = 132  # two rows: a notch of the wheel
SETTLE_S = 0.5
OPENINGS = 7


class Painted(QObject):
    """Knows when the list last drew rows."""

    def __init__(self, view: ConversationListView) -> None:
        super().__init__(view)
        self._view = view
        self.drawn = asyncio.Event()
        view.list.viewport().installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._view.list.model().rowCount():
            asyncio.get_event_loop().call_soon(self.drawn.set)  # after this very paint
        return False


async def open_list(desk: Desk, tasks: TaskRunner) -> tuple[ConversationListView, float]:
    """From nothing to painted rows: view, model, first page and counts."""
    began = time.perf_counter()
    inbox = InboxList(desk)
    view = ConversationListView(inbox, desk, Run(tasks, Messages()), tasks)
    painted = Painted(view)
    inbox.view.set("all")
    view.resize(330, 800)
    view.show()
    tasks.start(inbox.count(), name="counts")
    async with asyncio.timeout(30):
        await painted.drawn.wait()
    return view, (time.perf_counter() - began) * 1_000


async def scroll(view: ConversationListView, steps: int) -> tuple[list[float], list[float]]:
    """One notch a frame: its time from the notch until it is painted, and from when it was due, so that a busy loop counts."""
    bar, frames_ms, late_ms = view.list.verticalScrollBar(), list[float](), list[float]()
    due = time.perf_counter() + FRAME_S
    for _ in range(steps):
        while bar.maximum() - bar.value() < STEP_PIXELS:  # the end of what has come: wait for the next page, as a hand would
            bar.setValue(bar.maximum())
            await asyncio.sleep(0.001)
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        began = time.perf_counter()
        bar.setValue(bar.value() + STEP_PIXELS)
        view.list.viewport().repaint()
        frames_ms.append((time.perf_counter() - began) * 1_000)
        late_ms.append((time.perf_counter() - due) * 1_000)
        due = max(due + FRAME_S, time.perf_counter())
    return frames_ms, late_ms


async def measure(path: Path, steps: int) -> dict[str, Any]:
    """Open some times, then scroll."""
    user_id, tasks = cast.user_id(BENCH_TENANT, cast.SUPERVISOR), TaskRunner()
    replica = await ReplicaThread.open(path, BENCH_KEY, tenant_id=BENCH_TENANT, actor_id=user_id, device=BENCH_DEVICE)
    desk = Desk(replica, user_id=user_id, tenant_id=BENCH_TENANT, clock=ServerClock(), tasks=tasks)
    opened_ms = []
    view, first_ms = await open_list(desk, tasks)
    for _ in range(OPENINGS):
        view.close()
        view.deleteLater()
        await asyncio.sleep(SETTLE_S)
        view, took_ms = await open_list(desk, tasks)
        opened_ms.append(took_ms)
    await asyncio.sleep(SETTLE_S)
    frames_ms, late_ms = await scroll(view, steps)
    rows = view.list.model().rowCount()
    view.close()
    await tasks.close()
    await replica.close()
    return {"first_ms": first_ms, "opened_ms": opened_ms, "frames_ms": frames_ms, "late_ms": late_ms, "rows": rows}


def main(path: str, steps: str) -> None:
    """The process."""
    application = QApplication(["patchbay", "-style", "Fusion"])
    wear("light")
    told: dict[str, Any] = {}

    async def all_of_it() -> int:
        told.update(await measure(Path(path), int(steps)))
        return 0

    run(application, all_of_it)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
