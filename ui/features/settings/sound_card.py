"""Which microphone, speaker and ringer, each with what shows that it works."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from typing_extensions import override

from app.desk.profile import Profile
from softphone.api import Device, Diagnostics
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.section import card
from ui.features.settings.viewmodel import LevelWords, SettingsPanel, level_judged, loudness_of
from ui.theme.paint import CENTRE
from ui.theme.tokens import theme
from ui.widgets.buttons import Button
from ui.widgets.choices import Option, Segmented
from ui.widgets.fields import Choice
from ui.widgets.layout import Item, column, row
from ui.widgets.meter import LevelMeter
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

NAME_WIDTH = 84
TICK_MS = 100


class SoundCard(QWidget):
    """The levels are told only while this is shown."""

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._choices = {
            "microphone": _choice(self.tr("Microphone"), "mic"), "speaker": _choice(self.tr("Speaker"), "headphones"),
            "ringer": _choice(self.tr("Ringer"), "bell-ring"),
        }  # fmt: skip
        self._meter, self._words = LevelMeter(self.tr("Microphone level")), LevelWords()
        self._said = ElidedLabel("", "tiny", "muted", align=CENTRE, tabular=True)
        self._loudness, self._fault = self._loudness_choice(), label("", "small", "warning", wraps=True)
        self._plays = {
            "speaker": self._play("speaker", self.tr("Play a tone in the speaker")),
            "ringer": self._play("ringer", self.tr("Play the ring")),
        }
        self.setLayout(column(self._laid_out(), spacing=0))
        for name, choice in self._choices.items():
            choice.activated.connect(lambda _, name=name, choice=choice: self._use(**{name: choice.value}))
        bind(self, panel.devices, self._show_devices)
        bind(self, panel.profile, self._show_profile)
        bind(self, panel.diagnostics, self._show_faults)
        self._ticking = QTimer(self, interval=TICK_MS)  # a level that stays the same is told once
        self._ticking.timeout.connect(lambda: self._show_level(panel.phone.levels.value[0]))

    # ── laid out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _laid_out(self) -> QWidget:
        microphone, speaker, ringer = self._choices.values()
        return card(
            self.tr("Sound"),
            self.tr("Unplug a headset on a call and sound moves on within a second."),
            _line(microphone.accessibleName(), column(microphone, self._meter, self._scale(), spacing=5)),
            _line(speaker.accessibleName(), _wide(speaker, self._plays["speaker"])),
            _line(ringer.accessibleName(), column(_wide(ringer, self._plays["ringer"]), row(self._loudness, None), spacing=8)),
            self._fault,
        )  # fmt: skip

    def _scale(self) -> QHBoxLayout:
        ends = label(self.tr("−60"), "tiny", "muted", tabular=True), label(self.tr("0 dB"), "tiny", "muted", tabular=True)
        scale = row(ends[0], spacing=8)
        scale.addWidget(self._said, 1)
        scale.addWidget(ends[1])
        return scale

    def _loudness_choice(self) -> Segmented:
        made = Segmented(
            [
                Option(id="0", text=self.tr("Off")), Option(id="40", text=self.tr("Soft")),
                Option(id="70", text=self.tr("Medium")), Option(id="100", text=self.tr("Loud")),
            ],
            self.tr("How loud it rings"), height=28,
        )  # fmt: skip
        made.chosen.connect(lambda percent: self._use(ring_volume=int(percent)))
        return made

    def _play(self, which: str, name: str) -> Button:
        made = Button(self.tr("Play"), icon_name="play")
        made.setAccessibleName(name)
        made.clicked.connect(lambda: self._run(self._panel.play("ringer" if which == "ringer" else "speaker")))
        return made

    # ── shown ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_devices(self, devices: tuple[Device, ...]) -> None:
        audio = self._panel.profile.value.audio
        wanted = {"microphone": audio.microphone, "speaker": audio.speaker, "ringer": audio.ringer}
        for name, choice in self._choices.items():
            known = [(device.id, device.name) for device in devices if device.is_input is (name == "microphone")]
            usual = self.tr("The system's choice") if known else self.tr("No device found")
            if (gone := wanted[name]) and all(gone != each for each, _ in known):
                known.append((gone, self.tr("{0}, not plugged in").replace("{0}", gone)))
            choice.fill([("", usual), *known], gone)
            choice.setEnabled(bool(known))

    def _show_profile(self, profile: Profile) -> None:
        self._loudness.choose(str(loudness_of(profile.audio.ring_volume)))
        is_off = profile.audio.ring_volume == 0
        self._plays["ringer"].setEnabled(not is_off)
        set_tip(self._plays["ringer"], self.tr("The ring is off.") if is_off else "")
        self._show_devices(self._panel.devices.value)

    def _show_faults(self, found: Diagnostics | None) -> None:
        faults = [fault for fault in (found.sound, found.ringer) if fault] if found is not None else []
        self._fault.setText(self.tr("The phone says: {0}.").replace("{0}", "; ".join(faults)))
        self._fault.setVisible(bool(faults))

    def _show_level(self, level: float) -> None:
        self._meter.show_level(level)
        loudest = self._words.loudest(level)
        if loudest or self._words.is_full:  # silent is who was listened to for a while
            self._said.set_text(*level_judged(loudest))

    def _use(self, **changes: str | int) -> None:
        self._run(self._changed(**changes))

    async def _changed(self, **changes: str | int) -> None:
        try:
            await self._panel.use_sound(**changes)
        finally:
            self._show_profile(self._panel.profile.value)  # what was not kept is not shown as if it were

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._words = LevelWords()
        self._said.set_text("")
        self._ticking.start()
        self._run(self._panel.meter(is_on=True))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ticking.stop()
        self._run(self._panel.meter(is_on=False))


def _choice(name: str, icon_name: str) -> Choice:
    """A device's name may be long: it is cut, and the list shows it whole."""
    made = Choice(name, icon_name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    return made


def _wide(choice: Choice, beside: QWidget) -> QHBoxLayout:
    line = row(spacing=8)
    line.addWidget(choice, 1)
    line.addWidget(beside)
    return line


def _line(name: str, content: Item) -> QHBoxLayout:
    caption = label(name, "body", "text2")
    caption.setFixedSize(theme.scaled(NAME_WIDTH), 32)
    line = row(column(caption, None), spacing=12)
    line.addLayout(column(content, spacing=0), 1)
    return line
