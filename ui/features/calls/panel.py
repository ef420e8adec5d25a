"""The call panel: the running time, the keys, a note while one talks, and how the call ended."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QTextEdit, QVBoxLayout, QWidget

from app.desk.desk import Desk
from app.desk.live_voice import LiveVoice
from app.desk.taping import Taping
from app.desk.telephony import LiveCall, PhoneDesk
from app.domain.calls.rules import DISPOSITIONS
from app.domain.notes.commands import AddNote
from app.kernel.ids import new_id
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.calls.line_view import LineHint, LineQualityView
from ui.features.calls.tape_view import TapeStrip
from ui.features.when import duration_text
from ui.theme.fonts import font
from ui.widgets.buttons import Button, CallKey
from ui.widgets.layout import column, framed, row, rule
from ui.widgets.marks import Dot
from ui.widgets.text import ElidedLabel, label

KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


class CallPanel(QFrame):
    """Follows the current call, then its wrap-up. `transfer_wanted` and `fix_wanted` ask the shell."""

    finished = Signal()

    def __init__(self, phone: PhoneDesk, voice: LiveVoice, desk: Desk, run: Run, taping: Taping) -> None:
        super().__init__()
        self.setProperty("role", "right")
        self._phone, self._desk, self._run = phone, desk, run
        self._dot, self._word = Dot("success_dot", 8), label("", "strong", "success", weight=600)
        self._line, self.quality = label("", "body", "text2"), LineQualityView(voice)
        self.hint, self.tape = LineHint(voice), TapeStrip(taping, phone, run)
        self._time, self._who = label("0:00", "timer", tabular=True), ElidedLabel("", "title")
        self._detail = ElidedLabel("", "small", "muted", tabular=True)
        self._mute = self._key("mic", self.tr("Mute"), "Ctrl ⇧ M", self.toggle_mute, is_toggle=True)
        self._hold = self._key("pause", self.tr("Hold"), "Ctrl ⇧ P", self.toggle_hold, is_toggle=True)
        self._pad = self._key("grip", self.tr("Keypad"), "Ctrl ⇧ K", self.toggle_keypad, is_toggle=True)
        self._end = CallKey("phone-off", self.tr("End"), "Ctrl ⇧ H", is_end=True)
        self._end.clicked.connect(self.end)
        self._keypad, self._note, self._codes = self._make_keypad(), QTextEdit(), self._make_codes()
        self.setLayout(self._lay_out())
        self._tick = QTimer(self)
        self._tick.setInterval(500)
        self._tick.timeout.connect(self._ticked)
        self._tick.start()
        bind(self, phone.calls, lambda _: self._show())
        bind(self, phone.wrap_up, lambda _: self._show())

    def _key(self, icon_name: str, text: str, key: str, act: Callable[[], None], *, is_toggle: bool = False) -> CallKey:
        made = CallKey(icon_name, text, key)
        made.setCheckable(is_toggle)
        made.clicked.connect(act)
        return made

    def _lay_out(self) -> QVBoxLayout:
        self._note.setFont(font())
        self._note.setAcceptRichText(False)
        self._note.setPlaceholderText(self.tr("Notes on this call"))
        self._note.setAccessibleName(self.tr("Notes on this call"))
        self._note.setFixedHeight(88)
        self._note.setTabChangesFocus(True)
        finish = Button(self.tr("Save and finish"), "primary", keys=("Ctrl", "↵"), height=34)
        finish.clicked.connect(self.finish)
        head = column(
            row(self._dot, self._word, self._line, None, spacing=7), row(self._time, self.quality), self._who, self._detail,
            self.hint, spacing=4,
        )  # fmt: skip
        keys = row(self._mute, self._hold, self._pad, self._end, spacing=8)
        note = framed(column(self._note, margins=(8, 10)), "composer")
        notes = column(label(self.tr("Notes"), "small_strong"), note, spacing=6)
        wrap = column(
            row(label(self.tr("Wrap-up"), "small_strong"), label(self.tr("can be set during the call"), "small", "muted"), None),
            self._codes, spacing=8,
        )  # fmt: skip
        body = column(
            head, keys, self.tape, self._keypad, rule(), notes, rule(), wrap, None, spacing=14, margins=(18, 16, 12, 16)
        )
        foot = framed(row(None, finish, margins=(12, 16)), "foot")
        layout = column(spacing=0)
        layout.addLayout(body, 1)
        layout.addWidget(foot)
        return layout

    def _make_keypad(self) -> QWidget:
        pad, grid = QWidget(), QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for place, digit in enumerate(KEYPAD):
            button = Button(digit, height=36, stretches=True)
            button.clicked.connect(lambda _=False, digit=digit: self.press(digit))
            grid.addWidget(button, place // 3, place % 3)
        pad.setLayout(grid)
        pad.hide()
        return pad

    def _make_codes(self) -> QWidget:
        codes, grid = QWidget(), QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        words = (
            self.tr("Resolved"), self.tr("Follow-up"), self.tr("Escalated"), self.tr("Callback"), self.tr("Misrouted"),
            self.tr("No reply"),
        )  # fmt: skip
        self._chosen = DISPOSITIONS[0]
        self._code_buttons: dict[str, Button] = {}
        for place, (code, word) in enumerate(zip(DISPOSITIONS, words, strict=True)):
            button = Button(word, keys=(str(place + 1),), height=32, stretches=True, is_small=True)
            button.clicked.connect(lambda _=False, code=code: self.choose(code))
            self._code_buttons[code] = button
            grid.addWidget(button, place // 3, place % 3)
        codes.setLayout(grid)
        return codes

    # ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def choose(self, code: str) -> None:
        """How the call ended."""
        self._chosen = code
        for each, button in self._code_buttons.items():
            button.set_kind("soft" if each == code else "default")

    def write_note(self, text: str) -> None:
        """Put a text into the call's note."""
        self._note.setPlainText(text)

    def begin_note(self) -> None:
        """Put the caret into the call's note: what is typed on a call goes there."""
        self._note.setFocus()

    def toggle_mute(self) -> None:
        """Close or open the microphone."""
        if call := self._phone.current:
            self._run(self._phone.set_mute(call, is_on=not call.is_muted))

    def toggle_hold(self) -> None:
        """Let them wait, or talk on."""
        if call := self._phone.current:
            self._run(self._phone.set_hold(call, is_on=call.state == "active"))

    def toggle_keypad(self) -> None:
        """Show the keys or put them away; digits go to the call only while they are there."""
        self._keypad.setVisible(not self._keypad.isVisible())
        self._pad.setChecked(self._keypad.isVisible())

    def press(self, digit: str) -> None:
        """Send a key."""
        if call := self._phone.current:
            self._run(self._phone.press(call, digit))

    def end(self) -> None:
        """Hang up."""
        if call := self._phone.current:
            self._run(self._phone.hang_up(call))

    def finish(self) -> None:
        """Keep the note and how it ended; the agent is available again."""
        self._run(self._finish(), self.tr("Call saved."))

    async def keep_note(self) -> None:
        """What was typed becomes a note on the customer and in the call's conversation."""
        call = self._phone.wrap_up.value or self._phone.current
        text = self._note.toPlainText().strip()
        if call is not None and text:
            contact_id = call.card.contact_id if call.card else None
            conversation_id = self._phone.conversation_of(call)
            await self._desk.run(AddNote(note_id=new_id(), text=text, contact_id=contact_id, conversation_id=conversation_id))
            self._note.clear()

    async def _finish(self) -> None:
        await self.keep_note()
        if self._phone.wrap_up.value is not None:
            await self._phone.finish(self._chosen)
            self.choose(DISPOSITIONS[0])
            self.finished.emit()

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _call(self) -> LiveCall | None:
        return self._phone.current or self._phone.wrap_up.value

    def _show(self) -> None:
        call = self._call()
        if call is None:
            return
        tones = {"active": "success", "held": "warning", "ended": "info"}
        words = {
            "active": self.tr("On a call"), "held": self.tr("On hold"), "ended": self.tr("Wrap-up"),
            "ringing": self.tr("Ringing"), "dialling": self.tr("Calling…"),
        }  # fmt: skip
        tone = tones.get(call.state, "info")
        self._dot.set_tone(f"{tone}_dot")
        self._word.setText(words[call.state])
        self._word.setProperty("tone", tone)
        self._word.style().polish(self._word)
        line = self.tr("Line {0}").replace("{0}", str(call.line))
        self._line.setText(f"{line} · {call.account_name}" if call.account_name else line)
        self._who.set_text(call.who)
        self._detail.set_text(
            " · ".join(part for part in (call.queue, call.card.number_shown if call.card else call.number) if part)
        )
        is_on = call.state in {"active", "held"}
        for key in (self._mute, self._hold, self._pad):
            key.setEnabled(is_on)
        self._end.setEnabled(call.state != "ended")
        self._mute.setChecked(call.is_muted)
        self._mute.set_words(
            self.tr("Unmute") if call.is_muted else self.tr("Mute"), "Ctrl ⇧ M", "mic-off" if call.is_muted else "mic"
        )
        self._hold.setChecked(call.state == "held")
        self._hold.set_words(self.tr("Resume") if call.state == "held" else self.tr("Hold"), "Ctrl ⇧ P")
        self._ticked()

    def _ticked(self) -> None:
        call = self._call()
        if call is not None:
            end = call.ended_at or self._desk.clock.now()
            self._time.setText(duration_text((end - (call.answered_at or call.started_at)).total_seconds()))
