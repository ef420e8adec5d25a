"""Sheets of widgets in all their states, and the softphone bar in every state of the design's table."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from tests.ui.gallery_screens import ACTIVE, CALL_KEYS, READY, RINGING
from ui.shell.phone_bar import BarKey, BarState, PhoneBar
from ui.widgets.buttons import KINDS, Button, CallKey, IconButton
from ui.widgets.choices import Option, Segmented, Switch, Tabs
from ui.widgets.fields import Choice, SearchField, TextField
from ui.widgets.layout import Item, column, framed, row
from ui.widgets.marks import AvatarView, Chip, Dot, KeyCaps
from ui.widgets.meter import LevelMeter
from ui.widgets.states import EmptyState, ErrorState, LoadingRows
from ui.widgets.text import label
from ui.widgets.thread import timeline_item

TONES = ("text2", "accent_text", "success", "warning", "danger", "info")


def _sheet(*parts: Item, width: int = 900) -> QWidget:
    made = framed(column(*parts, None, spacing=16, margins=24), "pane")
    made.resize(width, made.sizeHint().height())
    return made


def buttons() -> QWidget:
    """Every kind, usual, with keys, working, switched off."""
    lines: list[Item] = []
    for kind in KINDS:
        usual, with_icon, working, off = (
            Button("Resolve", kind), Button("Resolve", kind, "check", keys=("Ctrl", "↵")), Button("Resolve", kind, "check"),
            Button("Resolve", kind),
        )  # fmt: skip
        working.set_loading(True)
        off.setEnabled(False)
        lines.append(row(label(kind, "small", "muted"), 12, usual, with_icon, working, off, None))
    icons = [IconButton("clock", "Snooze", "Z"), IconButton("mail", "E-mail", is_outlined=True), IconButton("mic", "Mute")]
    icons[2].setCheckable(True)
    icons[2].setChecked(True)
    icons[0].set_badge(12)
    held, keypad = CallKey("pause", "Hold"), CallKey("grip", "Keypad")
    held.setCheckable(True)
    held.setChecked(True)
    keypad.setEnabled(False)
    calls = row(CallKey("mic", "Mute"), held, keypad, CallKey("phone-off", "End", is_end=True), None)
    return _sheet(*lines, row(*icons, None), calls)


def marks() -> QWidget:
    """Chips, avatars, dots, keys, choosers and fields."""
    views = [Option(id="mine", text="Mine", count="12"), Option(id="all", text="All", count="41")]
    kinds = [Option(id="reply", text="Reply", icon="reply"), Option(id="note", text="Note", icon="sticky-note")]
    wrong, choice = TextField("E-mail", hint="name@company.example"), Choice("Microphone")
    wrong.show_problem("There is no @ in it.")
    choice.fill([("1", "Jabra Evolve2 65 · Link 380"), ("2", "Built-in")], "1")
    off = QLineEdit("Switched off")
    off.setEnabled(False)
    meter = LevelMeter("Microphone")
    meter.show_level(0.13)
    people = [
        AvatarView("Amara Okafor", 36, channel="whatsapp"), AvatarView("佐藤 健一", 36, channel="chat"),
        AvatarView("Ferreira & Filhos Lda.", 36, is_company=True), AvatarView("+39 06 5550 142", 36, channel="voice"),
        *(AvatarView("Priya Raghunathan", 36, presence=state) for state in ("available", "busy", "away", "wrap_up", "offline")),
    ]  # fmt: skip
    return _sheet(
        row(*(Chip(tone, tone, "timer") for tone in TONES), Chip("3", "on_accent", is_pill=True, height=18), None),
        row(*people, None, spacing=14), row(Dot(), Dot("warning_dot"), Dot("edge"), KeyCaps("Ctrl", "⇧", "A"), None),
        row(Tabs(views, "View"), 20, Segmented(kinds, "Kind"), 20, Switch("On", is_on=True), Switch("Off"), None),
        row(TextField("Name"), wrong, spacing=16), row(SearchField("Find a setting"), choice, off, spacing=16), meter,
    )  # fmt: skip


def bars() -> QWidget:
    """The softphone bar, state by state."""
    muted = (BarKey(act="mute", name="Unmute", icon="mic-off", is_on=True), *CALL_KEYS[1:])
    who, fix = "Luca Bianchi", BarKey(act="fix", name="Fix", icon="settings", kind="default")
    states = (
        BarState(tone="danger", title="Wrong password", detail="next try 0:08", keys=(fix,)), READY,
        BarState(tone="info", title=who, word="Calling…", detail="+39 06 5550 142", who=who, timer=lambda: "0:04",
                 keys=CALL_KEYS[-1:]),
        RINGING, ACTIVE,
        BarState(tone="success", title=who, word="Muted", detail="Billing", who=who, timer=lambda: "04:12", keys=muted),
        BarState(tone="warning", title=who, word="On hold", detail="Billing", who=who, timer=lambda: "0:51", keys=CALL_KEYS[1:]),
        BarState(tone="info", title=who, word="Wrap-up", detail="Billing", who=who, timer=lambda: "0:31", left=lambda: 0.6,
                 keys=(BarKey(act="finish", name="Finish", icon="check", kind="default"),)),
        BarState(tone="danger", title="Call lost: phone restarted", keys=(BarKey(act="back", name="Call back", icon="phone",
                 kind="default"),)),
    )  # fmt: skip
    shown = []
    for state in states:
        bar = PhoneBar()
        bar.show_state(state)
        shown.append(row(bar, None))
    return _sheet(*shown)


def places() -> QWidget:
    """What stands where nothing does, and a timeline."""
    loading = LoadingRows()
    loading.begin()
    loading.setFixedHeight(140)
    return _sheet(
        EmptyState("Inbox zero. 41 wait in Team.", "Go to Team", keys=("G", "T")),
        ErrorState("The list could not be read. Calls and writing still work.", "Read again"), loading,
        timeline_item(icon_name="mail", tone="email", title="Re: Invoice 2026-0881", meta="to Priya Raghunathan",
                      when="Yesterday 16:20", body="“We cannot pay before the VAT number is right.”"),
        timeline_item(icon_name="phone-incoming", tone="voice", title="Inbound call, answered", meta="6:48 · Marta Kowalska",
                      when="Mon 23 Nov 09:12", is_last=True),
    )  # fmt: skip


SHEETS: dict[str, Callable[[], QWidget]] = {"w-buttons": buttons, "w-marks": marks, "w-bars": bars, "w-places": places}
