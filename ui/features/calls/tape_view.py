"""The recording of a call that is on: a dot, how it stands and for how long, and the key that begins, pauses and goes on."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame

from app.desk.taping import Tape, Taping
from app.desk.telephony import LiveCall, PhoneDesk
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.calls.recording_words import tape_act, tape_words
from ui.features.when import duration_text
from ui.widgets.buttons import Button
from ui.widgets.layout import column, row, set_role
from ui.widgets.marks import Dot
from ui.widgets.text import label

KEYS = ("Ctrl", "⇧", "R")
TICK_MS = 500


class TapeStrip(QFrame):
    """Takes room only while the call may be recorded, or is."""

    def __init__(self, taping: Taping, phone: PhoneDesk, run: Run) -> None:
        super().__init__()
        self._taping, self._phone, self._run = taping, phone, run
        self._dot, self._word = Dot("danger_dot", 8), label("", "small_strong", "muted")
        self._time = label("", "small", "text2", tabular=True)
        self._say = label("", "tiny", "muted", wraps=True)
        self.key = Button(self.tr("Record"), icon_name="circle-dot", keys=KEYS, height=28, is_small=True)
        self.key.clicked.connect(self.toggle)
        line = row(self._dot, spacing=7)
        line.addWidget(self._word)
        line.addWidget(self._time)
        line.addStretch(1)
        line.addWidget(self.key)
        self.setLayout(column(line, self._say, spacing=4))
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._ticked)
        bind(self, taping.tapes, lambda _: self._show())
        bind(self, phone.calls, lambda _: self._show())

    def toggle(self) -> None:
        """Begin, pause, or go on."""
        call = self._phone.current
        if call is not None and self._taping.may(call):
            self._run(self._taping.toggle(call))

    def _show(self) -> None:
        call = self._phone.current
        tape, may = self._taping.tape(call), self._taping.may(call)
        words, tone = tape_words(tape)
        self.setVisible(call is not None and (may or bool(words)))
        self._dot.set_tone({"recording": "danger_dot", "paused": "warning_dot"}.get(tape.state, "edge"))
        short = {"recording": self.tr("Recording"), "paused": self.tr("Paused"), "failed": self.tr("Not recorded")}
        self._word.setText(short.get(tape.state, words) or self.tr("Not being recorded"))
        set_role(self._word, "tone", tone)
        act, icon_name = tape_act(tape)
        self.key.set_words({"recording": self.tr("Pause"), "paused": self.tr("Record on")}.get(tape.state, self.tr("Record")))
        self.key.setAccessibleName(act)
        self.key.set_icon(icon_name)
        self.key.setVisible(may)
        self.key.setEnabled(tape.state != "starting")
        self._show_more(call, tape)
        is_on = tape.state in {"recording", "paused"}
        self._time.setVisible(is_on)
        if is_on:
            self._tick.start()
        else:
            self._tick.stop()
        self._ticked()

    def _show_more(self, call: LiveCall | None, tape: Tape) -> None:
        """Why it is not recorded; else what is to be said before it is."""
        is_due = call is not None and (tape.state == "off" or call.recorded_how == "always")
        text = (
            self.tr("Say: “{0}”").replace("{0}", call.announcement) if call is not None and is_due and call.announcement else ""
        )
        text = tape.reason if tape.state == "failed" else text
        set_role(self._say, "tone", "danger" if tape.state == "failed" else "muted")
        self._say.setText(text)
        self._say.setVisible(bool(text))

    def _ticked(self) -> None:
        tape = self._taping.tape(self._phone.current)
        if tape.state in {"recording", "paused"}:
            self._time.setText(duration_text(tape.seconds_at(time.monotonic())))
