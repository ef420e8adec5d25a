"""How a click becomes a coroutine: started, watched, and what it refuses told to the person in words."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from shiboken6 import isValid

from app.desk.rights import refusal_text
from app.kernel.errors import PatchbayError
from app.kernel.tasks import TaskRunner
from ui.bridge.messages import Messages

log = logging.getLogger(__name__)


class Run:
    """Called with a coroutine by every view; nobody starts one otherwise."""

    def __init__(self, tasks: TaskRunner, messages: Messages, language: str = "en") -> None:
        self._tasks, self._messages, self._language = tasks, messages, language

    def __call__(self, work: Coroutine[Any, Any, Any], done: str = "", undo: bool = False) -> None:
        """Do it; `done` is said when it went well, with a way back when `undo`."""
        self._start(work, lambda _: done, can_undo=undo)

    def telling(self, work: Coroutine[Any, Any, str], *, undo: bool = False) -> None:
        """Do it, and say what it returns."""
        self._start(work, str, can_undo=undo)

    def undoable(self, work: Coroutine[Any, Any, Callable[[], Coroutine[Any, Any, Any]]], done: str) -> None:
        """Do it, and say that it is done, with the way back that it returned."""
        self._start(self._with_way_back(work, done), str, can_undo=False)

    async def _with_way_back(self, work: Coroutine[Any, Any, Callable[[], Coroutine[Any, Any, Any]]], done: str) -> str:
        take_back = await work
        if isValid(self._messages):
            self._messages.undoable(done, take_back)
        return ""

    def _start(self, work: Coroutine[Any, Any, Any], words: Callable[[Any], str], *, can_undo: bool) -> None:
        task = self._tasks.task(self._watched(work, words, can_undo=can_undo), name="act")
        task.add_done_callback(lambda _: work.close())  # one that was ended before it began would complain of never running

    async def _watched(self, work: Coroutine[Any, Any, Any], words: Callable[[Any], str], *, can_undo: bool) -> None:
        try:
            result = await work
        except PatchbayError as error:
            log.info("refused: %s", error.key)
            if isValid(self._messages):  # not when the window is closing
                self._messages.problem(refusal_text(error.key, error.values, self._language))
        except Exception:
            log.exception("an act failed")
            self._messages.problem(self._messages.tr("Something went wrong. It is in the log; nothing was half-done."))
        else:
            if done := words(result):
                self._messages.done(done, can_undo=can_undo)
