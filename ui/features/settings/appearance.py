"""How the console looks; each choice is worn at once."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.desk.profile import Appearance, Profile
from ui.bridge.bind import bind
from ui.features.settings.section import beside, setting
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.choices import Option, Segmented, Switch
from ui.widgets.fields import Choice
from ui.widgets.layout import Item, column, framed, rule

PERCENTS = (90, 100, 110, 120, 130)


class AppearanceSection(QWidget):
    """`changed`: wear this."""

    changed = Signal(object)

    def __init__(self, panel: SettingsPanel) -> None:
        super().__init__()
        self._panel = panel
        self._scheme = Segmented(
            [
                Option(id="system", text=self.tr("System"), icon="monitor"),
                Option(id="light", text=self.tr("Light"), icon="sun"),
                Option(id="dark", text=self.tr("Dark"), icon="moon"),
            ],
            self.tr("Colours"),
        )  # fmt: skip
        self._contrast = Segmented(
            [
                Option(id="system", text=self.tr("System")), Option(id="usual", text=self.tr("Usual")),
                Option(id="more", text=self.tr("More"), icon="contrast"),
            ],
            self.tr("Contrast"),
        )  # fmt: skip
        self._density = Segmented(
            [Option(id="comfortable", text=self.tr("Comfortable")), Option(id="compact", text=self.tr("Compact"))],
            self.tr("Density"),
        )
        self._percent, self._still = Choice(self.tr("Text size")), Switch(self.tr("Reduced motion"))
        self._percent.fill([(str(each), f"{each} %") for each in PERCENTS], "100")
        lines: tuple[tuple[str, str, QWidget], ...] = (
            (self.tr("Colours"), self.tr("System follows the computer, also when it changes by night."), self._scheme),
            (self.tr("Contrast"), self.tr("More draws stronger lines and darker second-rank text."), self._contrast),
            (self.tr("Density"), self.tr("Compact shows a quarter more rows in every list."), self._density),
            (self.tr("Text size"), self.tr("Rows grow with the text."), self._percent),
            (self.tr("Reduced motion"), self.tr("Nothing fades, rises or pulses."), self._still),
        )
        self.setLayout(column(beside(_lines_card(lines[:2]), _lines_card(lines[2:]))))
        for chooser in (self._scheme, self._contrast, self._density):
            chooser.chosen.connect(lambda _: self._look())
        self._percent.activated.connect(lambda _: self._look())
        self._still.clicked.connect(self._look)
        bind(self, panel.profile, self._show)

    def _show(self, profile: Profile) -> None:
        appearance = profile.appearance
        self._scheme.choose(appearance.scheme)
        self._contrast.choose(appearance.contrast)
        self._density.choose(appearance.density)
        self._percent.setCurrentIndex(max(0, self._percent.findData(str(appearance.text_percent))))
        self._still.setChecked(appearance.reduced_motion)

    def _look(self) -> None:
        appearance = Appearance(
            scheme=self._scheme.value, density=self._density.value, text_percent=int(self._percent.value),
            reduced_motion=self._still.isChecked(), contrast=self._contrast.value,
        )  # fmt: skip
        self._panel.look(appearance)
        self.changed.emit(appearance)


def _lines_card(lines: Sequence[tuple[str, str, QWidget]]) -> QFrame:
    items: list[Item] = []
    for name, note, widget in lines:
        items += [rule(), setting(name, note, widget)] if items else [setting(name, note, widget)]
    return framed(column(*items, spacing=12, margins=16), "card")
