"""The event loop: Qt's, with asyncio on top (qasync); one coroutine is the program."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtWidgets import QApplication

log = logging.getLogger(__name__)


def run(application: QApplication, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run the program until its coroutine ends; windows and tasks live on the same loop."""
    from qasync import QEventLoop

    loop = QEventLoop(application)
    asyncio.set_event_loop(loop)
    application.setQuitOnLastWindowClosed(False)  # the program ends by its coroutine, never in the middle of a task
    with loop:
        code: int = loop.run_until_complete(main())
    return code
