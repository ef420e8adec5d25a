"""Effective access: whose records somebody sees, how far each right reaches and by which role, and what is hidden from them."""

from PySide6.QtWidgets import QFrame, QWidget

from app.desk.rights import (
    LEVEL_TONES,
    grid_nouns,
    grid_verbs,
    guarded_words,
    in_grid,
    level_sentence,
    level_word,
    noun_words,
    right_words,
    special_groups,
    verb_word,
)
from app.domain.roles.effective import EffectiveAccess, EffectiveRight
from app.kernel.permissions import HIDDEN
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.users.viewmodel import AccessState, UsersPanel
from ui.widgets.buttons import Button
from ui.widgets.grid import Grid, GridRow, Square
from ui.widgets.layout import Item, clear, column, framed, row, rule
from ui.widgets.marks import Chip, IconView
from ui.widgets.states import EmptyState, ErrorState, LoadingRows
from ui.widgets.text import ElidedLabel, label

REACH_ICONS = {
    "own": "user-round", "shared": "link", "everybody": "globe", "team": "users", "below": "list-tree", "territory": "building-2",
}  # fmt: skip


class AccessCard(QFrame):
    """What the server said last, and when it has not: why."""

    def __init__(self, panel: UsersPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self.setProperty("role", "card")
        again = Button(self.tr("Ask again"), "ghost", "refresh-cw", height=28)
        again.clicked.connect(lambda: run(panel.load_access()))
        note = self.tr("What all roles give together, as the server decides it: the widest level counts.")
        head = row(spacing=12)
        words = column(label(self.tr("Effective access"), "title"), label(note, "small", "muted", wraps=True), spacing=1)
        head.addLayout(words, 1)
        head.addWidget(again)
        self._loading, self._body, self._none = LoadingRows(34), column(spacing=14), column()
        self._loading.setMinimumHeight(200)
        self.setLayout(column(head, self._loading, self._none, self._body, spacing=12, margins=16))
        bind(self, panel.access, self._show)
        bind(self, panel.access_state, self._show_state)

    def _show_state(self, state: AccessState) -> None:
        self._loading.setVisible(state == "loading")
        if state == "loading":
            self._loading.begin()
        clear(self._none)
        words = {
            "needs_server": self.tr("This needs the server: only it knows every role and share. Roles above are as of then."),
            "refused": self.tr("Your roles don't let you see what others may do. Ask an administrator."),
            "failed": self._panel.problem,
        }  # fmt: skip
        if state not in words:
            return
        act = "" if state == "refused" else self.tr("Try again")
        icon_name = {"needs_server": "cloud", "refused": "lock"}.get(state, "")
        shown = ErrorState(words[state], act) if state == "failed" else EmptyState(words[state], act, icon_name=icon_name)
        shown.setMinimumHeight(140)
        shown.pressed.connect(lambda: self._run(self._panel.load_access()))
        self._none.addWidget(shown)

    def _show(self, access: EffectiveAccess | None) -> None:
        clear(self._body)
        if access is None:
            return
        if not access.is_active:
            self._body.addWidget(label(self.tr("Deactivated: may do and see nothing."), "body", "warning", wraps=True))
        rights = {f"{each.noun}:{each.verb}": each for each in access.rights}
        for part in (self._reach(access), self._grid(rights), self._specials(rights), self._fields(access)):
            self._body.addWidget(part)

    def _reach(self, access: EffectiveAccess) -> QWidget:
        """Whose records: in two columns."""
        sides = column(spacing=4), column(spacing=4)
        for place, each in enumerate(access.reach):
            line = row(IconView(REACH_ICONS.get(each.why, "circle"), "muted", 14), spacing=8)
            line.addWidget(ElidedLabel(each.text, "body", "text2"), 1)
            line.addWidget(Chip(level_word(each.level), *LEVEL_TONES[each.level][:1], fill=LEVEL_TONES[each.level][1] or "inset"))
            sides[place % 2].addLayout(line)
        both = row(spacing=28)
        for side in sides:
            side.addStretch(1)
            both.addLayout(side, 1)
        return framed(column(label(self.tr("Whose records count as own and team"), "h1"), both, spacing=8))

    def _grid(self, rights: dict[str, EffectiveRight]) -> QWidget:
        grid = Grid(self.tr("How far each right reaches"), is_tall=True)
        rows = [
            GridRow(name=noun_words(noun), squares=tuple(square_of(rights, noun, verb) for verb in grid_verbs()))
            for noun in grid_nouns()
        ]
        grid.show_rows([verb_word(verb) for verb in grid_verbs()], rows)
        return framed(column(rule(), grid, spacing=0))

    def _specials(self, rights: dict[str, EffectiveRight]) -> QWidget:
        """Those that are given, with the role that gives them; the rest in one quiet line a group."""
        columns = row(spacing=28)
        for heading, permissions in special_groups():
            given = [rights[each] for each in permissions if each in rights and rights[each].level != "none"]
            missing = [right_words(each) for each in permissions if each not in rights or rights[each].level == "none"]
            lines: list[Item] = [label(heading, "strong")]
            lines += [_given(each) for each in given]
            if missing:
                said = self.tr("Not: {0}").replace("{0}", "; ".join(each[:1].lower() + each[1:] for each in missing))
                lines.append(label(said, "small", "muted", wraps=True))
            columns.addLayout(column(*lines, None, spacing=6), 1)
        return framed(column(label(self.tr("What is given or not, whatever the record"), "h1"), columns, spacing=10))

    def _fields(self, access: EffectiveAccess) -> QWidget:
        parts: list[Item] = [label(self.tr("Hidden and read-only fields"), "h1")]
        if not access.fields:
            parts.append(label(self.tr("None: every field of what they see is shown."), "small", "muted"))
        for each in access.fields:
            is_hidden = each.state == HIDDEN
            chip = Chip(
                self.tr("Hidden") if is_hidden else self.tr("Read only"), "warning" if is_hidden else "text2",
                "eye-off" if is_hidden else "lock",
            )  # fmt: skip
            parts.append(row(label(guarded_words(each.kind, each.field), "body", "text2"), chip, None, spacing=8))
        return framed(column(*parts, spacing=6))


def square_of(rights: dict[str, EffectiveRight], noun: str, verb: str) -> Square:
    """A cell: the level, and below it the roles that give it."""
    found = rights.get(in_grid(noun, verb))
    if found is None:
        return Square()
    tone, fill = LEVEL_TONES[found.level]
    roles = ", ".join(found.roles)
    sentence = f"{verb_word(verb)}, {noun_words(noun)}: {level_sentence(found.level)}"
    return Square(
        text=level_word(found.level), note=roles, tone=tone, fill=fill, sentence=f"{sentence}. {roles}" if roles else sentence
    )


def _given(right: EffectiveRight) -> QWidget:
    line = row(IconView("check", "success", 14), spacing=7)
    said = label(right_words(f"{right.noun}:{right.verb}"), "body", "text2", wraps=True)
    line.addWidget(said, 1)
    by = column(label(", ".join(right.roles), "tiny", "muted", wraps=True), margins=(0, 0, 0, 21))
    held = framed(column(line, by, spacing=0))
    held.setAccessibleName(f"{said.text()}: {', '.join(right.roles)}")
    return held
