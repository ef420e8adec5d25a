"""One field, set to one value in all records that are chosen; a tag is added to those that they have."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.desk.rights import problem_text
from app.desk.wording import field_word
from app.kernel.errors import BadValue
from ui.features.acts import counted
from ui.widgets.buttons import Button
from ui.widgets.choices import Option, Segmented
from ui.widgets.coded import meant, words_of
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import label

WIDTH, TOP = 460, 140
FIELDS = {
    "contact": ("tags", "job_title", "language", "time_zone", "pinned_note", "is_vip"),
    "account": ("tags", "industry", "country"), "conversation": ("tags",),
}  # fmt: skip


class FieldSheet(PaneSheet):
    """`chosen`: the field and its value, as a patch; an empty text empties the field. Escape changes nothing."""

    chosen = Signal(object)

    def __init__(self, window: QWidget, pane: QWidget, kind: str, count: int) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self.field, self._value = Choice(self.tr("Field")), TextField(self.tr("Value"))
        self.text = self._value.input
        words = {"tags": self.tr("Add a tag"), "is_vip": self.tr("VIP")}
        for name in FIELDS[kind]:
            self.field.addItem(words.get(name) or field_word(name).capitalize(), name)
        self.is_vip = Segmented([Option(id="yes", text=self.tr("Yes")), Option(id="no", text=self.tr("No"))], self.tr("VIP"))
        self._values = QStackedWidget()
        self._values.addWidget(self._value)
        self._values.addWidget(framed(row(self.is_vip, None)))
        self.field.currentIndexChanged.connect(lambda _: self._turn())
        self.text.textChanged.connect(lambda _: self._show_field())
        self.set = Button(self.tr("Set it in {0}").replace("{0}", f"{count:,}"), "primary", height=34)
        self.set.clicked.connect(self._choose)
        self.text.returnPressed.connect(self._choose)
        title = self.tr("Set a field of {0}").replace("{0}", counted(kind, count))
        head = row(label(title, "title"), None, self.closing(), margins=(16, 14, 8, 20))
        body = column(self.field, self._values, spacing=12, margins=(4, 20, 16, 20))
        foot = framed(row(None, self.cancelling(), self.set, spacing=10, margins=(12, 16)), "foot")
        self.hold(column(head, body, foot, spacing=0))
        self.setAccessibleName(title)
        self._show_field()

    def _turn(self) -> None:
        self._value.show_problem("")
        self._value.suggest(words_of(self._name))
        self._show_field()

    def _show_field(self) -> None:
        """Which kind of value; a tag without a word is none."""
        self._values.setCurrentIndex(int(self._name == "is_vip"))
        is_tag = self._name == "tags"
        self.text.setPlaceholderText("" if is_tag else self.tr("Empty: nothing stands there any more"))
        self.set.setEnabled(not is_tag or bool(self.text.text().strip()))

    @property
    def _name(self) -> str:
        return str(self.field.currentData())

    def open(self) -> None:
        """Show it, with the focus on the field to choose."""
        self.rise()
        self.field.setFocus()

    def _choose(self) -> None:
        if not self.set.isEnabled():
            return
        name = self._name
        try:
            typed = meant(name, self.text.text())
        except BadValue as error:
            self._value.show_problem(problem_text(error))
            self.settle()
            return
        value: object = self.is_vip.value == "yes" if name == "is_vip" else {"add": [typed]} if name == "tags" else typed or None
        self.leave()
        self.chosen.emit({name: value})
