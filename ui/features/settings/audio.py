"""Which microphone and speaker, each with a meter that shows whether it works."""

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from softphone.api import Device
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.section import card
from ui.features.settings.viewmodel import SettingsPanel, level_words
from ui.widgets.fields import Choice
from ui.widgets.layout import column, framed, row
from ui.widgets.meter import LevelMeter
from ui.widgets.text import label

NAME_WIDTH = 96


class AudioSection(QWidget):
    """The levels are told only while this is shown."""

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._microphone, self._speaker = Choice(self.tr("Microphone")), Choice(self.tr("Speaker"))
        self._meters = LevelMeter(self.tr("Microphone level")), LevelMeter(self.tr("Speaker level"))
        self._words = label("", "tiny", "muted", tabular=True), label("", "tiny", "muted", tabular=True)
        sound = card(
            self.tr("Sound"), self.tr("Unplug a headset on a call and sound moves on within a few seconds."),
            self._line(self.tr("Microphone"), self._microphone, self._meters[0], self._words[0]),
            self._line(self.tr("Speaker"), self._speaker, self._meters[1], self._words[1]),
        )  # fmt: skip
        sound.setMaximumWidth(720)
        self.setLayout(column(sound, spacing=12))
        for choice in (self._microphone, self._speaker):
            choice.activated.connect(lambda _: self._use())
        bind(self, panel.devices, self._show_devices)
        bind(self, panel.phone.levels, self._show_levels)

    @staticmethod
    def _line(name: str, choice: Choice, meter: LevelMeter, words: QLabel) -> QWidget:
        caption = label(name, "body", "text2")
        caption.setFixedWidth(NAME_WIDTH)
        caption.setFixedHeight(choice.minimumHeight())
        line = row(column(caption, None), spacing=12)
        line.addLayout(column(choice, meter, words, spacing=5), 1)
        return framed(line)

    def _show_devices(self, devices: tuple[Device, ...]) -> None:
        audio = self._panel.profile.value.audio
        for choice, is_input, chosen in ((self._microphone, True, audio.microphone), (self._speaker, False, audio.speaker)):
            known = [(device.id, device.name) for device in devices if device.is_input is is_input]
            usual = self.tr("The system's choice") if known else self.tr("No device found")
            choice.fill([("", usual), *known], chosen)
            choice.setEnabled(bool(known))

    def _show_levels(self, levels: tuple[float, float]) -> None:
        for meter, words, level in zip(self._meters, self._words, levels, strict=True):
            meter.show_level(level)
            words.setText(level_words(level))

    def _use(self) -> None:
        self._run(self._panel.use_devices(microphone=self._microphone.value, speaker=self._speaker.value))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.refresh())
        self._run(self._panel.meter(is_on=True))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._run(self._panel.meter(is_on=False))
