"""Which microphone and speaker, with a meter that shows whether one is heard."""

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from typing_extensions import override

from softphone.api import Device
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.section import card
from ui.features.settings.viewmodel import LevelWords, SettingsPanel, level_judged
from ui.theme.paint import CENTRE
from ui.widgets.fields import Choice
from ui.widgets.layout import Item, column, row
from ui.widgets.meter import LevelMeter
from ui.widgets.text import ElidedLabel, label

NAME_WIDTH = 84


class SoundCard(QWidget):
    """The levels are told only while this is shown."""

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._microphone = _choice(self.tr("Microphone"), "mic")
        self._speaker = _choice(self.tr("Speaker"), "headphones")
        self._meter, self._words = LevelMeter(self.tr("Microphone level")), LevelWords()
        self._said = ElidedLabel("", "tiny", "muted", align=CENTRE, tabular=True)
        sound = card(
            self.tr("Sound"), self.tr("Unplug a headset on a call and sound moves on within a few seconds."),
            _line(self._microphone.accessibleName(), column(self._microphone, self._meter, self._scale(), spacing=5)),
            _line(self._speaker.accessibleName(), self._speaker),
        )  # fmt: skip
        self.setLayout(column(sound, spacing=0))
        for choice in (self._microphone, self._speaker):
            choice.activated.connect(lambda _: self._use())
        bind(self, panel.devices, self._show_devices)
        bind(self, panel.phone.levels, lambda levels: self._show_level(levels[0]))

    def _scale(self) -> QHBoxLayout:
        ends = label(self.tr("−60"), "tiny", "muted", tabular=True), label(self.tr("0 dB"), "tiny", "muted", tabular=True)
        scale = row(ends[0], spacing=8)
        scale.addWidget(self._said, 1)
        scale.addWidget(ends[1])
        return scale

    def _show_devices(self, devices: tuple[Device, ...]) -> None:
        audio = self._panel.profile.value.audio
        for choice, is_input, chosen in ((self._microphone, True, audio.microphone), (self._speaker, False, audio.speaker)):
            known = [(device.id, device.name) for device in devices if device.is_input is is_input]
            usual = self.tr("The system's choice") if known else self.tr("No device found")
            choice.fill([("", usual), *known], chosen)
            choice.setEnabled(bool(known))

    def _show_level(self, level: float) -> None:
        self._meter.show_level(level)
        self._said.set_text(*level_judged(self._words.loudest(level)))

    def _use(self) -> None:
        self._run(self._panel.use_devices(microphone=self._microphone.value, speaker=self._speaker.value))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.meter(is_on=True))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._run(self._panel.meter(is_on=False))


def _choice(name: str, icon_name: str) -> Choice:
    """A device's name may be long: it is cut, and the list shows it whole."""
    made = Choice(name, icon_name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    return made


def _line(name: str, content: Item) -> QHBoxLayout:
    caption = label(name, "body", "text2")
    caption.setFixedSize(NAME_WIDTH, 32)
    line = row(column(caption, None), spacing=12)
    line.addLayout(column(content, spacing=0), 1)
    return line
