"""The fields that a role hides or makes read-only."""

from functools import partial

from PySide6.QtWidgets import QFrame, QWidget

from app.desk.rights import guarded_words
from app.desk.wording import field_word, kind_word
from app.kernel.permissions import HIDDEN, READ_ONLY
from ui.bridge.bind import bind
from ui.features.roles.viewmodel import Draft, RolesPanel
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Segmented
from ui.widgets.fields import Choice
from ui.widgets.layout import clear, column, framed, row
from ui.widgets.marks import IconView
from ui.widgets.text import ElidedLabel, label


class FieldsCard(QFrame):
    """One line a field; below them another is added."""

    def __init__(self, panel: RolesPanel) -> None:
        super().__init__()
        self._panel = panel
        self.setProperty("role", "card")
        self._lines = column(spacing=4)
        self._kind, self._field = Choice(self.tr("Of what")), Choice(self.tr("Which field"))
        self._kind.activated.connect(lambda _: self._offer_fields())
        self._add = Button(self.tr("Hide this field"), icon_name="eye-off", height=32)
        self._add.clicked.connect(lambda: panel.withhold(f"{self._kind.value}.{self._field.value}", HIDDEN))
        chosen = row(spacing=8)
        chosen.addWidget(self._kind, 1)
        chosen.addWidget(self._field, 1)
        chosen.addWidget(self._add)
        chosen.addStretch(1)
        note = self.tr(
            "A hidden field is in no answer, no search, no export and no file of theirs. It stays open to whom another role "
            "of theirs, that lets the record be read, shows it."
        )
        title = column(label(self.tr("Hidden and read-only fields"), "h1"), label(note, "small", "muted", wraps=True), spacing=1)
        self.setLayout(column(title, self._lines, chosen, spacing=12, margins=16))
        bind(self, panel.draft, self._show)

    def _show(self, draft: Draft | None) -> None:
        if draft is None:
            return
        clear(self._lines)
        for name, state in sorted(draft.fields.items()):
            self._lines.addWidget(self._line(name, state))
        kinds = sorted({kind for kind, _ in draft.offered_fields()}, key=kind_word)
        self._kind.fill([(kind, kind_word(kind).capitalize()) for kind in kinds], self._kind.value or "contact")
        self._offer_fields()

    def _offer_fields(self) -> None:
        draft, kind = self._panel.draft.value, self._kind.value
        offered = [name for each, name in draft.offered_fields() if each == kind] if draft is not None else []
        self._field.fill([(name, field_word(name)) for name in sorted(offered, key=field_word)], self._field.value)

    def _line(self, name: str, state: str) -> QWidget:
        kind, _, field = name.partition(".")
        words = guarded_words(kind, field)
        how = Segmented([Option(id=HIDDEN, text=self.tr("Hidden")), Option(id=READ_ONLY, text=self.tr("Read only"))], words)
        how.choose(state)
        how.chosen.connect(partial(self._panel.withhold, name))
        open_again = IconButton("x", self.tr("Open {0} again").replace("{0}", words), size=16, box=28)
        open_again.clicked.connect(partial(self._panel.withhold, name, None))
        line = row(IconView("eye-off" if state == HIDDEN else "lock", "text2", 16, box=28, soft="inset"), spacing=10)
        line.addWidget(ElidedLabel(words, "strong"), 1)
        line.addWidget(how)
        line.addWidget(open_again)
        return framed(line)
