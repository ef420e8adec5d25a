"""One role: its name, how far each right reaches, what else it gives, and which fields it withholds."""

from functools import partial

from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.desk.access import Leave
from app.desk.rights import (
    LEVEL_TONES,
    grid_nouns,
    grid_verbs,
    in_grid,
    level_sentence,
    level_word,
    noun_words,
    right_words,
    special_groups,
    verb_word,
)
from app.kernel.named import listed
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Choice as Answer
from ui.bridge.messages import Messages, Question
from ui.features.roles.fields import FieldsCard
from ui.features.roles.viewmodel import Draft, RolesPanel
from ui.widgets.buttons import Button
from ui.widgets.check import Check
from ui.widgets.choices import Switch
from ui.widgets.fields import TextField
from ui.widgets.grid import Grid, GridRow, Square
from ui.widgets.layout import Item, column, framed, row, rule
from ui.widgets.marks import Chip
from ui.widgets.sub_page import SubPage
from ui.widgets.text import label
from ui.widgets.tip import set_tip

DIGITS = ("none", "own", "team", "all")  # the keys 0 to 3
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RoleEditor(SubPage):
    """Nothing is given before it is saved. Going back asks when something would be lost."""

    def __init__(self, panel: RolesPanel, run: Run, messages: Messages) -> None:
        super().__init__()
        self._panel, self._run, self._messages = panel, run, messages
        self._is_filling = False
        self.name = TextField(self.tr("Name"), hint=self.tr("What the people who have it do"))
        self.name.input.textEdited.connect(panel.rename)
        self._mark, self._held = (
            Chip(self.tr("Everybody has it"), "accent_text", "users"),
            label("", "small", "muted", wraps=True),
        )
        self._told = label("", "small", "warning", wraps=True)
        self.save = Button(self.tr("Save"), "primary", keys=("Ctrl", "↵"), height=32)
        self.save.clicked.connect(lambda: run(self._save()))
        self._like = Button(self.tr("New role like this"), "ghost", "copy", height=32)
        self._like.clicked.connect(lambda: panel.create(panel.draft.value))
        self.delete = Button(self.tr("Delete"), "dangerline", "trash-2", height=32)
        self.delete.clicked.connect(lambda: run(self._delete()))
        self._everything = Switch(self.tr("Everything, also what comes later"))
        self._everything.clicked.connect(lambda: panel.set_everything(is_on=self._everything.isChecked()))
        self.grid = Grid(self.tr("How far each right reaches"), is_editable=True)
        self.grid.pressed_key.connect(lambda digit: self._set_chosen(DIGITS[digit]))
        self._levels = [self._level_button(place, level) for place, level in enumerate(DIGITS)]
        self._checks: dict[str, Check] = {}
        self._fields = FieldsCard(panel)
        self.setLayout(column(*self._head(), self._grid_card(), self._special_card(), self._fields, spacing=14))
        bind(self, panel.draft, self._show)
        bind(self, panel.leave_of.leave, self._show_leave)
        bind(self, panel.unsaved, lambda _: self._show_leave(panel.leave_of.leave.value))

    def _head(self) -> list[Item]:
        back = self.way_back(self.tr("Roles"))
        named = row(spacing=12)
        named.addWidget(self.name, 1)
        acts = row(self._mark, self._like, self.delete, self.save, spacing=8, margins=(20, 0, 0, 0))
        named.addLayout(acts)
        return [row(back, None), named, self._held, self._told]

    def _level_button(self, place: int, level: str) -> Button:
        words = self.tr("None") if level == "none" else level_word(level)
        made = Button(words, keys=(str(place),), height=28, is_small=True)
        set_tip(made, level_sentence(level))
        made.setAccessibleName(self.tr("Chosen cells: {0}").replace("{0}", words))
        made.clicked.connect(partial(self._set_chosen, level))
        return made

    def _grid_card(self) -> QWidget:
        note = self.tr(
            "Choose cells, a row by its name or a column by its head, then how far. Own: what one owns, and what is shared with "
            "one. Team: that, and what belongs to one's teams, to people below one, to one's territories and to everybody."
        )
        head = row(spacing=10)
        words = column(label(self.tr("Over which records"), "h1"), label(note, "small", "muted", wraps=True), spacing=1)
        head.addLayout(words, 1)
        everything = row(self._everything, label(self.tr("Everything, also what comes later"), "body", "text2"), None, spacing=10)
        for made in self._levels:
            everything.addWidget(made)
        return framed(column(head, everything, column(rule(), self.grid, spacing=0), spacing=12, margins=16), "card")

    def _special_card(self) -> QWidget:
        columns = row(spacing=24)
        for heading, rights in special_groups():
            lines: list[Item] = [label(heading, "strong")]
            for right in rights:
                self._checks[right] = check = Check(right_words(right))
                check.clicked.connect(partial(self._give, right))
                lines.append(check)
            columns.addLayout(column(*lines, None, spacing=0), 1)
        title = label(self.tr("What is given or not, whatever the record"), "h1")
        return framed(column(title, columns, spacing=10, margins=16), "card")

    def _give(self, right: str) -> None:
        self._panel.set_level([right], "all" if self._checks[right].isChecked() else "none")

    def _set_chosen(self, level: str) -> None:
        """The cells that are chosen reach so far."""
        nouns, verbs = grid_nouns(), grid_verbs()
        rights = [in_grid(nouns[line], verbs[place]) for line, place in self.grid.chosen()]
        if self._panel.may_save and not self._everything.isChecked():
            self._panel.set_level([right for right in rights if right], level)

    def begin(self) -> None:
        """The caret in the name of a new one, else on the cells."""
        draft = self._panel.draft.value
        (self.name.input if draft is not None and draft.id is None else self.grid).setFocus()

    def _show(self, draft: Draft | None) -> None:
        if draft is None:
            return
        if self.name.text != draft.name:
            self.name.set_text(draft.name)
        self.name.show_problem("")
        self._mark.setVisible(draft.is_baseline)
        held = self.tr("Held by {0}.").replace("{0}", listed(draft.holders, at_most=8)) if draft.holders else ""
        everybody = self.tr("Everybody has this role without being given it: whatever it gives, all may.")
        self._held.setText(everybody if draft.is_baseline else held or self.tr("Nobody has it yet."))
        self._everything.setChecked(draft.has_everything)
        self.grid.show_rows([verb_word(verb) for verb in grid_verbs()], grid_rows(draft))
        for right, check in self._checks.items():
            check.setChecked(draft.level(right) != "none")
        self._show_leave(self._panel.leave_of.leave.value)

    def _show_leave(self, leave: Leave) -> None:
        draft, may = self._panel.draft.value, self._panel.may_save
        self._told.setText(leave.why_not)
        self._told.setVisible(bool(leave.why_not))
        is_open = may and not (draft is not None and draft.has_everything)
        controls: dict[QWidget, bool] = dict.fromkeys((*self._levels, *self._checks.values()), is_open)
        controls |= dict.fromkeys((self.name.input, self._everything, self._fields), may)
        for widget, is_enabled in controls.items():
            widget.setEnabled(is_enabled)
        is_known = draft is not None and draft.id is not None
        self.save.setEnabled(may and self._panel.is_changed)
        self._like.setVisible(is_known)
        self._like.setEnabled(leave.may("role:create"))
        self.delete.setVisible(is_known and draft is not None and not draft.is_baseline)
        self.delete.setEnabled(leave.may("role:delete"))

    async def _save(self) -> None:
        if not self.name.text.strip():
            self.name.show_problem(self.tr("Give the role a name."))
            self.name.input.setFocus()
            return
        self._messages.done(await self._panel.save(), can_undo=True)

    async def _delete(self) -> None:
        if said := await self._panel.delete():
            self._messages.done(said, can_undo=True)

    @override
    def leave(self) -> None:
        self._run(self._leave())

    async def _leave(self) -> None:
        if self._panel.is_changed and self._panel.may_save and await self._messages.ask(self._question()) != "drop":
            return
        self._panel.leave()

    def _question(self) -> Question:
        return Question(
            title=self.tr("Leave without saving?"), text=self.tr("What you changed in this role is not given or taken yet."),
            choices=(
                Answer(id="stay", text=self.tr("Go on editing"), kind="primary"),
                Answer(id="drop", text=self.tr("Drop the changes")),
            ),
            safe="stay",
        )  # fmt: skip

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in RETURNS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.save.click()
        else:
            super().keyPressEvent(event)


def grid_rows(draft: Draft) -> list[GridRow]:
    """The cells of a role: how far each right reaches."""
    return [
        GridRow(name=noun_words(noun), squares=tuple(_square(draft, noun, verb) for verb in grid_verbs()))
        for noun in grid_nouns()
    ]


def _square(draft: Draft, noun: str, verb: str) -> Square:
    right = in_grid(noun, verb)
    if not right:
        return Square()
    level = draft.level(right)
    tone, fill = LEVEL_TONES[level]
    sentence = f"{verb_word(verb)}, {noun_words(noun)}: {level_sentence(level)}"
    return Square(text=level_word(level), tone=tone, fill=fill, sentence=sentence)
