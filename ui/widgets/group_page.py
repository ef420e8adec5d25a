"""The page of a group of people: its name, who is in it, and who could be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from ui.widgets.buttons import Button
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import Item, clear, column, framed, row
from ui.widgets.marks import AvatarView
from ui.widgets.sub_page import SubPage
from ui.widgets.text import ElidedLabel, label

Named = tuple[str, str]  # an id and a name
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWords:
    """What the page calls things."""

    back: str
    create: str
    members: str
    note: str
    nobody: str
    add: str
    remove: str  # with {0} for the name


class GroupPage(SubPage):
    """`left`: back to all; `saved`: this name; `added` and `removed`: the id of somebody."""

    left = Signal()
    saved = Signal(str)
    added = Signal(str)
    removed = Signal(str)

    def __init__(self, words: GroupWords, *extras: Item, acts: Sequence[QWidget] = ()) -> None:
        """`extras` stand between name and members; `acts` beside the name."""
        super().__init__()
        self._words, self._shown, self._may_choose = words, "", False
        self.name = TextField(self.tr("Name"))
        self.save = Button(words.create, "primary", keys=("Ctrl", "↵"), height=32)
        self.choice = Choice(words.add)
        self.add = Button(words.add, icon_name="user-plus", height=32)
        self._told, self._lines = label("", "small", "warning", wraps=True), column(spacing=2)
        self._members = self._members_card()
        self._lay_out(extras, acts)
        self.name.input.textEdited.connect(lambda _: self._weigh())
        self.save.clicked.connect(lambda: self.saved.emit(self.name.text))
        self.add.clicked.connect(lambda: self.added.emit(self.choice.value))

    def _lay_out(self, extras: Sequence[Item], acts: Sequence[QWidget]) -> None:
        back = self.way_back(self._words.back)
        named = row(spacing=12)
        named.addWidget(self.name, 1)
        named.addLayout(row(*acts, self.save, spacing=8, margins=(20, 0, 0, 0)))
        self.setLayout(column(row(back, None), named, self._told, *extras, self._members, spacing=14))

    def _members_card(self) -> QFrame:
        chosen = row(spacing=8)
        chosen.addWidget(self.choice, 1)
        chosen.addWidget(self.add)
        chosen.addStretch(1)
        words = self._words
        title = column(label(words.members, "h1"), label(words.note, "small", "muted", wraps=True), spacing=1)
        return framed(column(title, self._lines, chosen, spacing=12, margins=16), "card")

    def show_group(self, name: str, members: Sequence[Named], offered: Sequence[Named], *, is_new: bool) -> None:
        """Show one; a new one has a name first and members then."""
        self._shown = name
        if self.name.text.strip() != name or is_new:
            self.name.set_text(name)
        self.name.show_problem("")
        self.save.set_words(self._words.create if is_new else self.tr("Rename"))
        self._members.setVisible(not is_new)
        clear(self._lines)
        for member in members:
            self._lines.addWidget(self._line(*member))
        if not members:
            self._lines.addWidget(label(self._words.nobody, "body", "muted", wraps=True))
        self.choice.fill(list(offered), self.choice.value)
        self._weigh()

    def _line(self, member_id: str, name: str) -> QWidget:
        line = row(AvatarView(name, 28), spacing=10, margins=(2, 0))
        line.addWidget(ElidedLabel(name, "strong"), 1)
        out = Button(self.tr("Remove"), "ghost", height=26)
        out.setAccessibleName(self._words.remove.replace("{0}", name))
        out.setEnabled(self._may_choose)
        out.clicked.connect(partial(self.removed.emit, member_id))
        line.addWidget(out)
        return framed(line)

    def allow(self, *, naming: bool, choosing: bool, why_not: str) -> None:
        """What can be changed now."""
        self._may_choose = choosing
        self._told.setText(why_not)
        self._told.setVisible(bool(why_not))
        self.name.input.setEnabled(naming)
        for widget in (self.choice, self.add, *(each for each in self._members.findChildren(Button) if each is not self.add)):
            widget.setEnabled(choosing)
        self._weigh()

    def _weigh(self) -> None:
        """Only another name is worth saving."""
        is_other = bool(self.name.text.strip()) and self.name.text.strip() != self._shown
        self.save.setEnabled(is_other and self.name.input.isEnabled())
        self.add.setEnabled(self._may_choose and bool(self.choice.value))

    @override
    def leave(self) -> None:
        self.left.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in RETURNS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.save.click()
        else:
            super().keyPressEvent(event)
