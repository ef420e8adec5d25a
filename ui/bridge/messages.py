"""The one door through which the program speaks to the person."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer: its button says the result. `kind` as buttons have it."""

    id: str
    text: str
    kind: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that must be decided before the program goes on; `safe`: the answer that changes nothing, also Escape's."""

    title: str
    text: str
    choices: tuple[Choice, ...]
    safe: str
    icon: str = "triangle-alert"


class Messages(QObject):
    """Views and acts say what happened; the shell shows it. Never a dialog that stops everything."""

    said_done = Signal(str, bool)  # text, and whether it can be undone
    said_problem = Signal(str)
    said_undoable = Signal(str, object)  # text, and what makes the coroutine that takes it back
    asked = Signal(object, object)  # a Question, and what to call with the id of the answer

    def done(self, text: str, *, can_undo: bool = False) -> None:
        """It went well."""
        self.said_done.emit(text, can_undo)

    def problem(self, text: str) -> None:
        """It did not, and why."""
        self.said_problem.emit(text)

    def undoable(self, text: str, take_back: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """It went well, is no command, and can be taken back all the same."""
        self.said_undoable.emit(text, take_back)

    async def ask(self, question: Question) -> str:
        """Wait for an answer, while everything else goes on; the id of the choice."""
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def answer(choice_id: str) -> None:
            if not answered.done():
                answered.set_result(choice_id)

        self.asked.emit(question, answer)
        return await answered
