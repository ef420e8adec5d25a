"""Who is signed in, where, and how this computer keeps their keys."""

from PySide6.QtWidgets import QWidget

from app.desk.desk import Desk
from app.desk.profile import Profile
from ui.bridge.bind import bind
from ui.features.settings.section import beside, card
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import AvatarView
from ui.widgets.text import ElidedLabel, label

NAME_WIDTH = 130


class AccountSection(QWidget):
    """All but the password is read only: people are changed by whoever may change them, for everybody at once."""

    def __init__(self, panel: SettingsPanel, desk: Desk, password: QWidget) -> None:
        super().__init__()
        self._panel, self._desk = panel, desk
        self._avatar, self._name, self._email = AvatarView(size=44), ElidedLabel("", "h1"), ElidedLabel("", "small", "muted")
        self._values = {name: label("", "body", wraps=True) for name in ("workspace", "server", "zone", "keys", "device")}
        who = row(self._avatar, spacing=14)
        who.addLayout(column(None, self._name, self._email, None, spacing=2), 1)
        names = {
            "workspace": self.tr("Workspace"), "server": self.tr("Server"), "zone": self.tr("Time zone"),
            "keys": self.tr("Keys are kept"), "device": self.tr("This device"),
        }  # fmt: skip
        lines = [self._line(names[name], value) for name, value in self._values.items()]
        about = card(self.tr("Signed in as"), "", who, *lines)
        self.setLayout(column(beside(about, password)))
        bind(self, panel.profile, self._show_profile)
        bind(self, desk.me, lambda _: self._show_person())
        bind(self, desk.workspace, lambda _: self._show_person())

    @staticmethod
    def _line(name: str, value: QWidget) -> QWidget:
        caption = label(name, "body", "text2")
        caption.setFixedWidth(NAME_WIDTH)
        line = row(caption, spacing=12)
        line.addWidget(value, 1)
        return framed(line)

    def _show_profile(self, profile: Profile) -> None:
        self._values["server"].setText(profile.server_url)
        self._values["device"].setText(profile.device)
        in_file = self.tr("In a file that your password opens: this computer has no keyring.")
        self._values["keys"].setText(in_file if profile.keeps_keys_in_file else self.tr("In the computer's keyring."))
        self._show_person()

    def _show_person(self) -> None:
        me, place, profile = self._desk.me.value, self._desk.workspace.value, self._panel.profile.value
        self._name.set_text(me.name if me else profile.email)
        self._email.set_text(me.email if me else profile.email)
        self._avatar.show_person(me.name if me else profile.email)
        self._values["workspace"].setText(place.name if place else profile.workspace)
        self._values["zone"].setText(me.time_zone if me else self.tr("Not known before the first download."))
