"""The settings: a list of sections at the side, and the one that was chosen."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from ui.features.settings.section import GROUPS, Section
from ui.widgets.choices import Option, SideList
from ui.widgets.fields import SearchField
from ui.widgets.layout import column, framed, row, scrolling
from ui.widgets.text import label

SIDE_WIDTH, WIDEST = 236, 1120


class SettingsPage(QFrame):
    """Shows the sections that it was given; it knows nothing of what is in them. `turned`: to this one."""

    turned = Signal(str)

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._known = {each.id: each for group in GROUPS for each in sections if each.group == group}
        self._shown: dict[str, QWidget] = {}
        self.search = SearchField(self.tr("Find a setting"))
        self.list = SideList(self._options(self._possible()), self.tr("Settings"))
        self._nothing = label(self.tr("No setting has this name."), "small", "muted", wraps=True)
        self._nothing.hide()
        self._stack = QStackedWidget()
        side = column(label(self.tr("Settings"), "h1"), self.search, self.list, self._nothing, None, spacing=10, margins=(14, 12))
        layout = row(framed(side, "left", width=SIDE_WIDTH), spacing=0)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(self.list.setFocus)
        self.list.chosen.connect(self.show_section)
        self.show_section(self.list.value)

    @property
    def section(self) -> str:
        """Which one is shown."""
        return self.list.value

    def _possible(self) -> list[Section]:
        """Those that the person may see now."""
        return [each for each in self._known.values() if each.is_possible()]

    def may_show(self, section_id: str) -> bool:
        """Whether there is such a section for the person."""
        return any(each.id == section_id for each in self._possible())

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Rights may have changed since it was shown last."""
        super().showEvent(event)
        offered = {each.id for each in self._possible()}
        if not self.search.text() and offered != {option.id for option in self.list.options}:
            self._find("")

    def show_section(self, section_id: str) -> QWidget:
        """Go there, which must be possible; a section is built when it is first shown."""
        if section_id not in self._shown:
            shown = scrolling(_dressed(self._known[section_id]))
            self._shown[section_id] = shown
            self._stack.addWidget(shown)
        if all(option.id != section_id for option in self.list.options):
            self.search.clear()
            self.list.set_options(self._options(self._possible()))
        self.list.choose(section_id)
        self._stack.setCurrentWidget(self._shown[section_id])
        self.turned.emit(section_id)
        return self._shown[section_id]

    def _find(self, typed: str) -> None:
        wanted = typed.casefold().split()
        found = [
            each
            for each in self._possible()
            if all(word in f"{each.title} {each.note} {each.words}".casefold() for word in wanted)
        ]
        self.list.setVisible(bool(found))
        self._nothing.setVisible(not found)
        if found:
            self.list.set_options(self._options(found))
            self.show_section(self.list.value)

    def _options(self, sections: Iterable[Section]) -> list[Option]:
        words = {
            "you": self.tr("You"), "device": self.tr("This device"), "people": self.tr("People & access"),
            "company": self.tr("Company"),
        }  # fmt: skip
        return [Option(id=each.id, text=each.title, icon=each.icon, group=words[each.group]) for each in sections]


def _dressed(section: Section) -> QWidget:
    """The section's widget below its title, no wider than can be read."""
    title = [label(section.title, "title"), *([label(section.note, "body", "muted", wraps=True)] if section.note else [])]
    head = row(spacing=12)
    head.addLayout(column(*title, spacing=2), 1)
    if section.side is not None:
        head.addWidget(section.side())
    body: QVBoxLayout = column(head, section.build(), None, spacing=16)
    inner = QWidget()
    inner.setLayout(body)
    inner.setMaximumWidth(WIDEST)
    held = row(spacing=0, margins=20)
    held.addStretch(1)
    held.addWidget(inner, 1000)  # in the middle of a window that is wider
    held.addStretch(1)
    holder = QWidget()
    holder.setLayout(held)
    return holder
