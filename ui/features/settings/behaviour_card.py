"""The card of how the phone behaves: each line takes effect at once."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QKeySequenceEdit, QLabel, QLineEdit, QWidget

from app.desk.profile import KeyState, Profile
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.behaviour_panel import AFTER_S, BehaviourPanel, after_words, escape_words, key_words
from ui.features.settings.section import card
from ui.theme.fonts import font
from ui.widgets.buttons import IconButton
from ui.widgets.choices import Switch
from ui.widgets.fields import Choice
from ui.widgets.layout import column, framed, row, rule, set_role
from ui.widgets.text import label

TONES = ("muted", "danger")


class BehaviourCard(QWidget):
    """Draws what the panel says."""

    def __init__(self, panel: BehaviourPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._background = Switch(self.tr("Answer shortcut works while Patchbay is in the background"))
        self._asks = Switch(self.tr("Ask before hanging up with Esc"))
        self._after = Choice(self.tr("Answer by itself"))
        self._after.fill([(str(each), after_words(each)) for each in AFTER_S], "0")
        self._key_note, self._asks_note = label("", "small", "muted", wraps=True), label("", "small", "muted", wraps=True)
        self._change = IconButton("pencil", self.tr("Change key"), size=15, box=28)
        self._capture, self._problem = self._field(), label("", "small", "danger", wraps=True)
        self._asking = framed(column(self._capture, self._problem, spacing=4))
        self._asking.hide()
        self.setLayout(column(self._card(), spacing=0))
        self._connect()
        bind(self, panel.settings.profile, self._show)
        bind(self, panel.state, self._show_key)

    def _card(self) -> QFrame:
        after_note = label(self.tr("Only while you are available and no other call is on."), "small", "muted", wraps=True)
        background = _line(self._background.accessibleName(), self._key_note, self._change, self._background)
        return card(
            self.tr("Behaviour"), "", column(background, self._asking, spacing=8),
            rule(), _line(self._asks.accessibleName(), self._asks_note, self._asks),
            rule(), _line(self._after.accessibleName(), after_note, self._after),
        )  # fmt: skip

    def _field(self) -> QKeySequenceEdit:
        made = QKeySequenceEdit()
        made.setMaximumSequenceLength(1)
        made.setFont(font())
        made.setAccessibleName(self.tr("Press the new key"))
        for line in made.findChildren(QLineEdit):
            line.setAccessibleName(self.tr("Press the new key"))
            line.setPlaceholderText(self.tr("Press the new key, or Tab to leave it"))
        return made

    def _connect(self) -> None:
        self._background.clicked.connect(lambda is_on: self._run(self._panel.answer_in_background(is_on=is_on)))
        self._asks.clicked.connect(lambda is_on: self._run(self._panel.ask_before_hanging_up(is_on=is_on)))
        self._after.activated.connect(lambda _: self._run(self._panel.answer_after(int(self._after.value))))
        self._change.clicked.connect(self._ask)
        self._capture.editingFinished.connect(self._captured)

    def _ask(self) -> None:
        is_asking = self._asking.isHidden()
        self._asking.setVisible(is_asking)
        self._problem.hide()
        self._capture.clear()
        if is_asking:
            self._capture.setFocus(Qt.FocusReason.OtherFocusReason)

    def _captured(self) -> None:
        keys = self._capture.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if keys:
            self._run(self._bind(keys))

    async def _bind(self, keys: str) -> None:
        problem = await self._panel.bind_key(keys)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._asking.setVisible(bool(problem))
        self._capture.clear()

    def _show(self, profile: Profile) -> None:
        habits = profile.habits
        self._background.setChecked(habits.answers_in_background)
        self._asks.setChecked(habits.asks_before_hanging_up)
        self._asks_note.setText(escape_words(asks=habits.asks_before_hanging_up))
        self._after.setCurrentIndex(max(0, self._after.findData(str(habits.answers_after_s))))
        self._show_key(self._panel.state.value)

    def _show_key(self, state: KeyState) -> None:
        words, tone = key_words(self._panel.habits.background_key, state)
        self._key_note.setText(words)
        set_role(self._key_note, "tone", tone)
        self._background.setEnabled(state != "no_system")
        self._change.setVisible(state != "no_system")


def _line(name: str, note: QLabel, *controls: QWidget) -> QHBoxLayout:
    words = label(name, "strong", wraps=True)
    line = row(spacing=12)
    line.addLayout(column(words, note, spacing=1), 1)
    for control in controls:
        line.addWidget(control)
    return line
