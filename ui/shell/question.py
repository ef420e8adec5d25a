"""A question over the pane: what happens, and a button for each answer. The phone above it stays live."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.bridge.messages import Question
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import IconView
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import label

WIDTH = 460


class QuestionSheet(PaneSheet):
    """Answers once; Escape is the answer that changes nothing."""

    def __init__(self, window: QWidget, pane: QWidget, question: Question, answer: Callable[[str], None]) -> None:
        super().__init__(window, pane, WIDTH, stays=True)
        self._question, self._answer = question, answer
        words = column(label(question.title, "title", wraps=True), label(question.text, "body", "text2", wraps=True), spacing=4)
        mark = IconView(question.icon, "warning", 18, box=36, soft="warning_soft")
        head = row(column(mark, None), spacing=14, margins=(18, 20))
        head.addLayout(words, 1)
        buttons = [self._button(choice.id, choice.text, choice.kind) for choice in question.choices]
        self.hold(column(head, framed(row(None, *buttons, spacing=10, margins=(12, 16)), "foot"), spacing=0))
        self.setAccessibleName(f"{question.title}. {question.text}")
        self._first = buttons[0]

    def _button(self, choice_id: str, text: str, kind: str) -> Button:
        made = Button(text, kind, keys=("Esc",) if choice_id == self._question.safe else (), height=34)
        made.clicked.connect(lambda: self._say(choice_id))
        return made

    def open(self) -> None:
        """Show it; the focus is on the first answer."""
        self.rise()
        self._first.setFocus()

    def _say(self, choice_id: str) -> None:
        super().leave()
        self._answer(choice_id)

    @override
    def leave(self) -> None:
        self._say(self._question.safe)
