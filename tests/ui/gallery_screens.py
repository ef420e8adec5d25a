"""Whole windows of the gallery: a ringing call, a call, the palette, offline with toasts, signing in."""

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtWidgets import QTextEdit, QWidget
from typing_extensions import override

from app.kernel.tasks import TaskRunner
from tests.ui.gallery_parts import inbox
from ui.shell.actions import Action
from ui.shell.main_window import MainWindow, Page
from ui.shell.palette import CommandPalette
from ui.shell.palette_rows import Findings
from ui.shell.phone_bar import BarKey, BarState
from ui.shell.pop_card import PopCard, PopCardView, PopChoice, PopLine
from ui.shell.sign_in_page import SignInPage
from ui.shell.strips import StatusItem

STATES = (("available", "Available"), ("busy", "Busy"), ("break", "Break"), ("offline", "Offline"))
PLACES = (
    ("inbox", "inbox", "Inbox", "G, I"), ("calls", "phone", "Calls", "G, L"), ("contacts", "users", "Contacts", "G, C"),
    ("pipeline", "square-kanban", "Pipeline", "G, P"), ("tickets", "ticket", "Tickets", "G, T"),
    ("wallboard", "gauge", "Wallboard", "G, W"), ("reports", "chart-column", "Reports", "G, R"),
)  # fmt: skip
LIVE = (StatusItem(tone="success_dot", text="Up to date · 10:42:07"), StatusItem(tone="success_dot", text="Phone registered"))
RINGING = BarState(
    tone="success", title="Luca Bianchi", word="Ringing", detail="Billing · +39 06 5550 142", who="Luca Bianchi",
    timer=lambda: "0:06",
)  # fmt: skip
CALL_KEYS = (
    BarKey(act="mute", name="Mute", icon="mic", key="Ctrl ⇧ M"), BarKey(act="hold", name="Hold", icon="pause", key="Ctrl ⇧ P"),
    BarKey(act="keypad", name="Keypad", icon="grip", key="Ctrl ⇧ K"),
    BarKey(act="transfer", name="Transfer", icon="phone-forwarded", key="Ctrl ⇧ T"),
    BarKey(act="end", name="End", icon="phone-off", kind="danger"),
)  # fmt: skip
ACTIVE = BarState(
    tone="success", title="Luca Bianchi", word="Line 1", detail="Billing · +39 06 5550 142", who="Luca Bianchi",
    timer=lambda: "04:12", keys=CALL_KEYS,
)  # fmt: skip
READY = BarState(
    tone="muted", title="Phone ready", detail="Line 1 · Jabra Evolve2 65",
    keys=(BarKey(act="keypad", name="Keypad", icon="grip"),),
)  # fmt: skip
CARD = PopCard(
    number="+39 06 5550 142", queue="Billing", chose="2 Invoices  ›  1 Question an invoice", consent="May record",
    has_voicemail=True, name="Luca Bianchi", is_vip=True, company="Bianchi Bike Hire S.r.l. · Fleet manager",
    how="mobile · 1 match", pinned_note="Disputed invoice 2026-0881 is with legal. Don’t promise a credit note.",
    lines=(
        PopLine(icon="ticket", tone="warning", title="8790 Invoice shows the wrong VAT number", when="due 2 h"),
        PopLine(icon="square-kanban", tone="accent_text", title="40 cargo bikes, Rome depot", when="€148,000"),
        PopLine(icon="mail", tone="email", title="“Re: invoice 2026-0881” to Priya", when="yesterday"),
    ),
    language="Italian, English", local_time="11:42, Rome", hint="Your typing stays with Amara",
)  # fmt: skip
SEVERAL = PopCard(
    number="+49 421 5550 120", queue="Sales",
    choices=(
        PopChoice(name="Henrik Lauritsen", detail="Werkstatt Nord GmbH · workshop lead"),
        PopChoice(name="Silke Brandt", detail="Werkstatt Nord GmbH · accounts"),
        PopChoice(name="Jonas Weber", detail="Private · last call 12 Nov"),
    ),
)  # fmt: skip
RESTRICTED = PopCard(number="+44 20 7946 0018", queue="Billing", is_restricted=True)
NOBODY = PopCard(number="+351 21 555 0188", queue="Orders", country="Portugal")


def _actions() -> list[Action]:
    said = (
        ("call.transfer", "Transfer call…", "On this call", "Ctrl+Shift+T", "phone-forwarded", "Pick a person, queue or number"),
        ("thread.translate", "Translate conversation to Polish", "This conversation", "", "languages", "On this device"),
        ("thread.assign", "Transfer ownership…", "This conversation", "A", "user-plus", "Refund for order #48190"),
        ("thread.reply", "Reply", "This conversation", "R", "reply", ""),
        ("thread.note", "Note", "This conversation", "N", "sticky-note", ""),
        ("thread.resolve", "Resolve", "This conversation", "E", "check", ""),
        ("thread.snooze", "Snooze", "This conversation", "Z", "clock", ""),
        ("help.keys", "All shortcuts", "Help", "?", "keyboard", ""),
    )
    hints = {"thread.reply", "thread.note", "thread.assign", "thread.resolve", "thread.snooze", "help.keys"}
    return [
        Action(id=act, title=title, group=group, keys=keys, icon=mark, detail=detail, run=lambda: None, is_hint=act in hints)
        for act, title, group, keys, mark, detail in said
    ]


def window(width: int, height: int, bar: BarState, page: Callable[[], QWidget]) -> MainWindow:
    """The shell with one page in it."""
    made = MainWindow(STATES)
    for place, mark, title, keys in PLACES:
        made.add_page(Page(id=place, title=title, icon=mark, keys=keys, build=page))
    made.add_page(Page(id="help", title="Shortcuts", icon="circle-question-mark", keys="?", build=page, is_low=True))
    made.add_page(Page(id="settings", title="Settings", icon="settings", keys="G, S", build=page, is_low=True))
    made.actions_known.add(*_actions())
    made.top.state.show_state("available", "Available", lambda: "12:04")
    made.top.bell.set_badge(2)
    made.top.me.show_person("Marta Kowalska")
    made.rail.set_badge("inbox", 3)
    made.strip.show_items(LIVE)
    made.top.phone.show_state(bar)
    made.resize(width, height)
    made.show_page("inbox")
    return made


def _ringing(card: PopCard) -> Callable[[int, int], QWidget]:
    def build(width: int, height: int) -> QWidget:
        made = window(width, height, RINGING, lambda: inbox(width))
        made.show()
        made.findChildren(QTextEdit)[0].setFocus()
        view = PopCardView(made, card, lambda: "0:38", is_compact=width < 1360)
        view.show()
        view.place(width - view.sheet_size.width() - 12, 60)
        return made

    return build


def call(width: int, height: int) -> QWidget:
    """Somebody is talked to."""
    made = window(width, height, ACTIVE, lambda: inbox(width))
    made.top.state.show_state("on_call", "On a call", lambda: "4:12")
    return made


def palette(width: int, height: int) -> QWidget:
    """Something is looked for during a call."""
    made = call(width, height)
    assert isinstance(made, MainWindow)

    async def nothing(_typed: str) -> Findings:
        return Findings()

    class Now(TaskRunner):
        """Runs nothing: the gallery has no loop."""

        @override
        def start(self, work: Coroutine[Any, Any, Any], *, name: str | None = None) -> None:
            work.close()

    made.show()
    opened = CommandPalette(made, made.actions_known, nothing, Now(), pane=made.pane, context="Call with Luca Bianchi")
    opened.open()
    opened.input.setText("tra")
    return made


def offline(width: int, height: int) -> QWidget:
    """The server does not answer; something was done that can be undone."""
    made = window(width, height, READY, lambda: inbox(width, draft="", is_focused=False, stamp="as of 10:42"))
    text = "Everything works. 5 changes wait in the outbox and go out when the server answers. Calls are not affected."
    made.banner.show_text("warning", "cloud-off", "Working offline, as of 10:42", text, act="Try now", right="Next try in 0:12")
    offline_item = StatusItem(tone="warning_dot", text="Offline since 10:42 · 5 in outbox", act="outbox", text_tone="warning")
    made.strip.show_items((offline_item, LIVE[1]))
    made.show()
    made.toasts.show("Resolved.", act="Undo", keys=("Ctrl", "Z"))
    made.toasts.show("The workshop refused the change: the order is closed already.", tone="danger")
    return made


def sign_in(width: int, height: int) -> QWidget:
    """Before anything else."""
    page = SignInPage()
    page.resize(width, height)
    page.fill(server="https://desk.halden.example", workspace="halden", email="marta@halden.example", can_resume=True)
    page.show_problem("That address and password do not go together.")
    page.show_notice("This computer keeps no secrets: you will be asked again next time.")
    return page


SCREENS: dict[str, Callable[[int, int], QWidget]] = {
    "a-incoming": _ringing(CARD), "a-several": _ringing(SEVERAL), "a-nobody": _ringing(NOBODY),
    "a-restricted": _ringing(RESTRICTED), "b-call": call,
    "f-palette": palette, "g-offline": offline, "sign-in": sign_in,
}  # fmt: skip
