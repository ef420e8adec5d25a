"""Effective access: whose records somebody sees, how far each right reaches and by which role, and what is hidden from them."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

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
    special_subjects,
    verb_word,
)
from app.domain.roles.effective import EffectiveAccess, EffectiveRight
from app.kernel.permissions import HIDDEN
from app.kernel.words import tr
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.users.viewmodel import AccessState, UsersPanel
from ui.widgets.buttons import Button
from ui.widgets.grid import Grid, GridRow, Square
from ui.widgets.layout import Item, clear, column, framed, row, rule
from ui.widgets.marks import Chip, IconView
from ui.widgets.states import EmptyState, ErrorState, LoadingRows
from ui.widgets.text import ElidedLabel, label

COLUMNS, MOST_ROLES = 3, 112  # MOST_ROLES: pixels for their names
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
        """By what they are about, in columns of about the same height: given by which roles, or not."""
        columns, subjects = row(spacing=28), special_subjects()
        share = sum(1 + len(permissions) for _, permissions in subjects) / COLUMNS
        sides, height = [column(spacing=14) for _ in range(COLUMNS)], 0.0
        for heading, permissions in subjects:
            size = 1 + len(permissions)
            sides[int((height + size / 2) / share)].addLayout(_subject(heading, permissions, rights))
            height += size
        for side in sides:
            side.addStretch(1)
            columns.addLayout(side, 1)
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


def _subject(heading: str, permissions: tuple[str, ...], rights: dict[str, EffectiveRight]) -> QVBoxLayout:
    given = {each: rights[each].roles for each in permissions if each in rights and rights[each].level != "none"}
    count = tr("{0} of {1}").replace("{0}", str(len(given))).replace("{1}", str(len(permissions)))
    head = row(label(heading, "strong"), None, label(count, "tiny", "muted", tabular=True))
    return column(head, *(_right(each, given.get(each)) for each in permissions), spacing=5)


def _right(permission: str, roles: list[str] | None) -> QWidget:
    """One that these roles give, or none."""
    words, is_given = right_words(permission), roles is not None
    said = label(words, "body", "text2" if is_given else "muted", wraps=True)
    mark: QWidget = IconView("check", "success", 14) if is_given else label("–", "body", "muted")
    mark.setFixedWidth(14)
    line = row(mark, spacing=7)
    line.addWidget(said, 1)
    by = ", ".join(roles or ())
    if by:
        held = ElidedLabel(by, "tiny", "muted", hugs=True)
        held.setMaximumWidth(MOST_ROLES)
        line.addWidget(held)
    shown = framed(line)
    shown.setAccessibleName(f"{words}: {by if is_given else tr('not given')}")
    return shown
