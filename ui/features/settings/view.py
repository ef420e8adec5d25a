"""The settings page: the phone's line, sound with a level meter, and the look; saved as they are changed."""

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.desk.profile import Appearance, Profile, SipSettings
from softphone.api import Device, Diagnostics, RegistrationChanged
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.buttons import Button
from ui.widgets.choices import Option, Segmented, Switch
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import Item, column, framed, row, scrolling
from ui.widgets.marks import Chip, IconView
from ui.widgets.meter import LevelMeter
from ui.widgets.text import label

TRANSPORTS = ("tcp", "tls", "udp")
SRTP = ("off", "optional", "mandatory")
PERCENTS = (90, 100, 110, 120, 130)


class SettingsPage(QFrame):
    """`appearance_changed`: wear another look at once."""

    appearance_changed = Signal(object)

    def __init__(self, panel: SettingsPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._state = Chip(" ")
        self._user, self._domain = TextField(self.tr("User")), TextField(self.tr("Domain"))
        self._proxy, self._port = TextField(self.tr("Proxy"), hint=self.tr("as the domain")), TextField(self.tr("Port"))
        self._password = TextField(self.tr("Password"), hint=self.tr("unchanged"), is_password=True)
        self._transport, self._srtp = Choice(self.tr("Transport")), Choice(self.tr("Encrypted voice"))
        self._warning = label("", "small", "warning", wraps=True)
        self._microphone, self._speaker = Choice(self.tr("Microphone")), Choice(self.tr("Speaker"))
        self._meter_in, self._meter_out = LevelMeter(self.tr("Microphone level")), LevelMeter(self.tr("Speaker level"))
        self._missing = label("", "small", "text2", wraps=True)
        self._scheme = Segmented(
            [
                Option(id="system", text=self.tr("System"), icon="monitor"),
                Option(id="light", text=self.tr("Light"), icon="sun"),
                Option(id="dark", text=self.tr("Dark"), icon="moon"),
            ],
            self.tr("Colours"),
        )  # fmt: skip
        self._density = Segmented(
            [Option(id="comfortable", text=self.tr("Comfortable")), Option(id="compact", text=self.tr("Compact"))],
            self.tr("Density"),
        )
        self._percent, self._still = Choice(self.tr("Text size")), Switch(self.tr("Reduced motion"))
        self.setLayout(self._lay_out())
        self._connect()

    def _lay_out(self) -> QVBoxLayout:
        left = column(self._phone_card(), self._look_card(), None, spacing=12)
        right = column(self._sound_card(), self._diagnostics_card(), None, spacing=12)
        columns = row(spacing=12)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        inner = QWidget()
        title = column(
            label(self.tr("Settings"), "title"),
            label(self.tr("Settings of this computer only. Saved as you change them."), "body", "muted"), spacing=2,
        )  # fmt: skip
        body = column(title, columns, spacing=16, margins=20)
        body.setStretch(1, 1)
        inner.setLayout(body)
        return column(scrolling(inner), spacing=0)

    @staticmethod
    def _card(*items: Item) -> QWidget:
        return framed(column(*items, spacing=12, margins=16), "card")

    def _phone_card(self) -> QWidget:
        self._transport.fill([(each, each.upper()) for each in TRANSPORTS], "tcp")
        words = (self.tr("Off"), self.tr("When the other side can"), self.tr("Always"))
        self._srtp.fill(list(zip(SRTP, words, strict=True)), "off")
        save = Button(self.tr("Save and sign in"), height=32)
        save.clicked.connect(self._save_sip)
        return self._card(
            row(label(self.tr("Phone line"), "h1"), None, self._state),
            label(self.tr("The lamp tells what the server last said, in words."), "small", "muted"),
            _pair(self._user, self._domain), _pair(self._proxy, self._port), self._password,
            _pair(_named(self.tr("Transport"), self._transport), _named(self.tr("Encrypted voice"), self._srtp)),
            self._warning, row(None, save),
        )  # fmt: skip

    def _sound_card(self) -> QWidget:
        return self._card(
            label(self.tr("Sound"), "h1"),
            label(self.tr("Unplug a headset on a call and sound moves on within a few seconds."), "small", "muted"),
            _named(self.tr("Microphone"), self._microphone), self._meter_in,
            _named(self.tr("Speaker"), self._speaker), self._meter_out,
        )  # fmt: skip

    def _diagnostics_card(self) -> QWidget:
        line = row(IconView("stethoscope", "muted", 16), spacing=10, margins=(10, 12))
        line.addWidget(self._missing, 1)
        return framed(line, "inset")

    def _look_card(self) -> QWidget:
        self._percent.fill([(str(each), f"{each} %") for each in PERCENTS], "100")
        return self._card(
            label(self.tr("Look"), "h1"),
            _setting(self.tr("Colours"), self._scheme), _setting(self.tr("Density"), self._density),
            _setting(self.tr("Text size"), self._percent), _setting(self.tr("Reduced motion"), self._still),
        )  # fmt: skip

    def _connect(self) -> None:
        for chooser in (self._scheme, self._density):
            chooser.chosen.connect(lambda _: self._look())
        self._percent.activated.connect(lambda _: self._look())
        self._still.clicked.connect(self._look)
        for choice in (self._microphone, self._speaker):
            choice.activated.connect(lambda _: self._use_devices())
        self._transport.activated.connect(lambda _: self._warn())
        bind(self, self._panel.profile, self._show_profile)
        bind(self, self._panel.devices, self._show_devices)
        bind(self, self._panel.diagnostics, self._show_diagnostics)
        bind(self, self._panel.phone.registration, self._show_state)
        bind(self, self._panel.phone.levels, self._show_levels)

    # ── showing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_profile(self, profile: Profile) -> None:
        sip, appearance = profile.sip, profile.appearance
        for field, text in (
            (self._user, sip.user),
            (self._domain, sip.domain),
            (self._proxy, sip.proxy_host),
            (self._port, str(sip.proxy_port)),
        ):
            field.set_text(text)
        self._transport.setCurrentIndex(max(0, self._transport.findData(sip.transport)))
        self._srtp.setCurrentIndex(max(0, self._srtp.findData(sip.srtp)))
        self._scheme.choose(appearance.scheme)
        self._density.choose(appearance.density)
        self._percent.setCurrentIndex(max(0, self._percent.findData(str(appearance.text_percent))))
        self._still.setChecked(appearance.reduced_motion)
        self._warn()

    def _show_devices(self, devices: tuple[Device, ...]) -> None:
        audio = self._panel.profile.value.audio
        for choice, is_input, chosen in ((self._microphone, True, audio.microphone), (self._speaker, False, audio.speaker)):
            known = [(device.id, device.name) for device in devices if device.is_input is is_input]
            usual = self.tr("The system's choice") if known else self.tr("No device found")
            choice.fill([("", usual), *known], chosen)
            choice.setEnabled(bool(known))

    def _show_diagnostics(self, found: Diagnostics | None) -> None:
        if found is None:
            self._missing.setText(self.tr("The phone is being asked what it can do."))
            return
        parts = [self.tr("Not on this computer: {0}.").replace("{0}", ", ".join(found.missing))] if found.missing else []
        if found.is_null_sound:
            parts.append(self.tr("No sound device is open: calls connect, but nothing is heard. {0}").replace("{0}", found.sound))
        codecs = ", ".join(codec.split("/")[0] for codec in found.codecs)
        parts.append(self.tr("Codecs: {0}. SIP library {1}.").replace("{0}", codecs).replace("{1}", found.version))
        if found.refused_requests or found.dropped_messages:
            refused = self.tr("Kept out since the start: {0} calls not from the proxy, {1} broken messages.")
            parts.append(refused.replace("{0}", str(found.refused_requests)).replace("{1}", str(found.dropped_messages)))
        self._missing.setText(" ".join(parts))

    def _show_state(self, state: RegistrationChanged) -> None:
        words = {
            "registered": (self.tr("Registered"), "success", "circle-check"), "registering": (self.tr("Signing in…"), "info", ""),
            "failed": (state.reason or self.tr("Failed"), "danger", "circle-alert"),
            "unregistered": (self.tr("Not signed in"), "muted", ""),
        }  # fmt: skip
        text, tone, mark = words[state.state]
        self._state.show_text(text, tone, mark)

    def _show_levels(self, levels: tuple[float, float]) -> None:
        self._meter_in.show_level(levels[0])
        self._meter_out.show_level(levels[1])

    def _warn(self) -> None:
        is_udp = self._transport.value == "udp"
        self._warning.setText(
            self.tr("UDP: one very large message can end the phone. It starts again by itself; TCP or TLS is safer.")
        )
        self._warning.setVisible(is_udp)

    # ── changing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _save_sip(self) -> None:
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

    def _use_devices(self) -> None:
        self._run(self._panel.use_devices(microphone=self._microphone.value, speaker=self._speaker.value))

    def _look(self) -> None:
        appearance = Appearance(
            scheme=self._scheme.value, density=self._density.value, text_percent=int(self._percent.value),
            reduced_motion=self._still.isChecked(),
        )  # fmt: skip
        self._panel.look(appearance)
        self.appearance_changed.emit(appearance)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.refresh())
        self._run(self._panel.meter(is_on=True))

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._run(self._panel.meter(is_on=False))


def _pair(left: QWidget, right: QWidget) -> QHBoxLayout:
    line = row(spacing=12)
    line.addWidget(left, 1)
    line.addWidget(right, 1)
    return line


def _named(name: str, widget: QWidget) -> QWidget:
    return framed(column(label(name, "small_strong", "text2"), widget, spacing=4))


def _setting(name: str, widget: QWidget) -> QHBoxLayout:
    return row(label(name, "body"), None, widget)
