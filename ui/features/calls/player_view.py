"""Listening to a call: a key while nobody listens, and the waveform of both sides once somebody does."""

from uuid import UUID

from PySide6.QtWidgets import QFrame

from app.desk.playing import SPEEDS, Playback, Player
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.calls.recording_words import gap_words, place_words, playback_words, speed_words
from ui.features.calls.waveform import Waveform
from ui.features.when import duration_text
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import column, framed, row, set_role
from ui.widgets.text import label

OPEN = frozenset({"ready", "playing"})


class RecordingPlayer(QFrame):
    """Of one call; several may be on the screen, and one of them is listened to."""

    def __init__(self, player: Player, call_id: UUID, seconds: float, run: Run) -> None:
        super().__init__()
        self._player, self._call_id, self._run = player, call_id, run
        words = self.tr("Listen to the recording, {0}").replace("{0}", duration_text(seconds))
        self.listen = Button(words, icon_name="play", height=28)
        self.listen.clicked.connect(self._begin)
        self.play = IconButton("play", self.tr("Play"), "Space", size=17, is_outlined=True)
        self.wave = Waveform(self.tr("Recording: agent above, customer below"))
        self._time = label("", "small", "text2", tabular=True)
        self.speed = Button(speed_words(1.0), "ghost", height=26)
        self._sides = column(
            None, label(self.tr("Agent"), "tiny", "accent_text"), None, label(self.tr("Customer"), "tiny", "voice"), None
        )
        self._note = label("", "tiny", "muted", wraps=True)
        self._before, self._after = (
            IconButton(f"chevron-{way}", name, size=15, box=26)
            for way, name in (("left", self.tr("Part before")), ("right", self.tr("Next part")))
        )
        self._stop = IconButton("x", self.tr("Stop listening"), size=15, box=26)
        self._lay_out()
        self._connect()
        bind(self, player.playback, self._show)

    def _lay_out(self) -> None:
        line = row(self.play, spacing=10, margins=(6, 10))
        line.addLayout(self._sides)
        line.addWidget(self.wave, 1)
        line.addLayout(column(None, self._time, self._note_line(), None, spacing=2))
        for widget in (self._before, self._after, self.speed, self._stop):
            line.addWidget(widget)
        self._open = framed(line, "card")
        self._closed = framed(row(self.listen, None))
        self._open.setVisible(False)
        self.setLayout(column(self._closed, self._open, self._note, spacing=4))

    def _note_line(self) -> QFrame:
        self._gaps = label("", "tiny", "warning")
        return framed(row(self._gaps, None))

    def _connect(self) -> None:
        player = self._player
        self.play.clicked.connect(lambda: self._run(player.toggle()))
        self.wave.toggled.connect(lambda: self._run(player.toggle()))
        self.wave.moved.connect(lambda at_s: self._run(player.seek(at_s)))
        self.speed.clicked.connect(lambda: self._run(player.use_speed(_next_speed(player.playback.value.speed))))
        self._before.clicked.connect(lambda: self._go(-1))
        self._after.clicked.connect(lambda: self._go(1))
        self._stop.clicked.connect(lambda: self._run(player.close()))

    @property
    def is_mine(self) -> bool:
        """Whether this call is listened to."""
        return self._player.playback.value.call_id == self._call_id

    def _begin(self) -> None:
        self._run(self._open_and_play())

    async def _open_and_play(self) -> None:
        await self._player.open(self._call_id)
        if self.is_mine and self._player.playback.value.state == "ready":
            await self._player.play()

    def _go(self, step: int) -> None:
        self._run(self._player.open(self._call_id, self._player.playback.value.part + step))

    def _show(self, playback: Playback) -> None:
        is_open = self.is_mine and playback.state in OPEN
        was_open, had_focus = self._open.isVisibleTo(self), self.listen.hasFocus()
        self._open.setVisible(is_open)
        self._closed.setVisible(not is_open)
        self.listen.set_loading(self.is_mine and playback.state in {"fetching", "reading"})
        words, tone = playback_words(playback) if self.is_mine else ("", "muted")
        self._note.setText(words)
        self._note.setVisible(bool(words))
        set_role(self._note, "tone", tone)
        if is_open:
            self._show_open(playback)
            if not was_open and had_focus:
                self.wave.setFocus()

    def _show_open(self, playback: Playback) -> None:
        file, is_on = playback.file, playback.state == "playing"
        gaps = file.gaps if file is not None else ()
        self.wave.show_sound(playback.peaks, gaps, playback.seconds)
        self.wave.show_place(playback.at_s, place_words(playback))
        self._time.setText(place_words(playback))
        self._gaps.setText(gap_words(len(gaps)) if gaps else "")
        self._gaps.setVisible(bool(gaps))
        self.play.set_icon("pause" if is_on else "play")
        self.play.set_name(self.tr("Pause") if is_on else self.tr("Play"), "Space")
        self.speed.set_words(speed_words(playback.speed))
        self.speed.setAccessibleName(self.tr("Speed {0}").replace("{0}", speed_words(playback.speed)))
        for button, is_there in ((self._before, playback.part > 0), (self._after, playback.part + 1 < len(playback.parts))):
            button.setVisible(len(playback.parts) > 1)
            button.setEnabled(is_there)


def _next_speed(speed: float) -> float:
    return SPEEDS[(SPEEDS.index(speed) + 1) % len(SPEEDS)]
