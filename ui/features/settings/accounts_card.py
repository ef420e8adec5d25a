"""The phone's line: where it signs in, and what the server last said."""

import msgspec
from PySide6.QtWidgets import QFrame, QWidget

from app.desk.profile import Profile, SipSettings
from softphone.api import RegistrationChanged
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.section import card, named, pair
from ui.features.settings.viewmodel import SettingsPanel, lamp_of
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import Chip, IconView
from ui.widgets.text import label

TRANSPORTS = ("tcp", "tls", "udp")
SRTP = ("off", "optional", "mandatory")


class AccountsCard(QFrame):
    """One line; what is typed is taken when it is saved, because half of it would sign the line out."""

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._lamp = Chip(" ")
        self._user, self._domain = TextField(self.tr("User")), TextField(self.tr("Domain"))
        self._proxy, self._port = TextField(self.tr("Proxy"), hint=self.tr("as the domain")), TextField(self.tr("Port"))
        self._password = TextField(self.tr("Password"), hint=self.tr("unchanged"), is_password=True)
        self._transport, self._srtp = Choice(self.tr("Transport")), Choice(self.tr("Encrypted voice"))
        self._udp = label(
            self.tr("UDP: one very large message can end the phone. It starts again by itself; TCP or TLS is safer."),
            "small", "warning", wraps=True,
        )  # fmt: skip
        self._trouble_words = label("", "body", wraps=True)
        self._trouble = self._trouble_box()
        self.setLayout(column(self._line_card(), spacing=0))
        self._transport.activated.connect(lambda _: self._warn())
        bind(self, panel.profile, self._show_profile)
        bind(self, panel.phone.registration, self._show_state)

    def _line_card(self) -> QWidget:
        self._transport.fill([(each, each.upper()) for each in TRANSPORTS], "tcp")
        words = (self.tr("Off"), self.tr("When the other side can"), self.tr("Always"))
        self._srtp.fill(list(zip(SRTP, words, strict=True)), "off")
        save = Button(self.tr("Save and sign in"), "primary", height=32)
        save.clicked.connect(self._save)
        return card(
            self.tr("Line"), self.tr("The lamp tells what the server last said, in words."),
            self._trouble, pair(self._user, self._domain), pair(self._proxy, self._port), self._password,
            pair(named(self.tr("Transport"), self._transport), named(self.tr("Encrypted voice"), self._srtp)),
            self._udp, row(None, save), side=self._lamp,
        )  # fmt: skip

    def _trouble_box(self) -> QWidget:
        enter = Button(self.tr("Enter password"), height=30)
        enter.clicked.connect(self._password.input.setFocus)
        line = row(IconView("circle-alert", "danger", 16), spacing=10, margins=(8, 8, 8, 12))
        line.addWidget(self._trouble_words, 1)
        line.addWidget(enter)
        return framed(line, "bad")

    def _show_profile(self, profile: Profile) -> None:
        sip = profile.sip
        fields = (
            (self._user, sip.user),
            (self._domain, sip.domain),
            (self._proxy, sip.proxy_host),
            (self._port, str(sip.proxy_port)),
        )
        for field, text in fields:
            field.set_text(text)
        self._transport.setCurrentIndex(max(0, self._transport.findData(sip.transport)))
        self._srtp.setCurrentIndex(max(0, self._srtp.findData(sip.srtp)))
        self._warn()

    def _show_state(self, state: RegistrationChanged) -> None:
        lamp = lamp_of(state)
        self._lamp.show_text(lamp.text, lamp.tone, lamp.icon)
        self._trouble.setVisible(lamp.wants_password)
        self._trouble_words.setText(self.tr("The server refused the password. This line gets no calls until it is right."))

    def _warn(self) -> None:
        self._udp.setVisible(self._transport.value == "udp")

    def _save(self) -> None:
        if not self._port.text.strip().isdigit():
            self._port.show_problem(self.tr("A port is a number, usually 5060."))
            return
        old = self._panel.profile.value.sip
        values = {
            "user": self._user.text.strip(), "domain": self._domain.text.strip(), "proxy_host": self._proxy.text.strip(),
            "proxy_port": int(self._port.text), "transport": self._transport.value, "srtp": self._srtp.value,
        }  # fmt: skip
        sip = msgspec.convert(msgspec.structs.asdict(old) | values, SipSettings)
        self._run(self._panel.save_sip(sip, self._password.text), self.tr("Line saved."))
        self._password.set_text("")
