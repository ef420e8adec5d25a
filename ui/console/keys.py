"""The acts of the console with their keys (the keyboard map of the design)."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from ui.console.conversation_keys import conversation_actions
from ui.console.narrowing import narrowed_page, narrowing_actions
from ui.shell.actions import Action, takes_letters

if TYPE_CHECKING:
    from ui.console.console import Console


def console_actions(console: "Console") -> list[Action]:
    """All of them; the palette shows those that are possible now."""
    return [*_on_the_phone(console), *conversation_actions(console), *_places(console), *_everywhere(console)]


def _on_the_phone(console: "Console") -> list[Action]:
    phone, act, group = console.core.calls, console.calls.act, console.tr("On this call")

    def is_ringing() -> bool:
        return phone.ringing is not None

    def is_on() -> bool:
        return phone.current is not None

    def is_talking() -> bool:
        return phone.current is not None and phone.current.state in {"active", "held"}

    return [
        Action(
            id="call.answer",
            title=console.tr("Answer"),
            group=group,
            keys="Ctrl+Shift+A",
            icon="phone",
            run=lambda: act("answer"),
            is_possible=is_ringing,
            is_hint=True,
        ),
        Action(
            id="call.end",
            title=console.tr("Hang up or decline"),
            group=group,
            keys="Ctrl+Shift+H",
            icon="phone-off",
            run=lambda: act("end"),
            is_possible=is_on,
            is_hint=True,
        ),
        Action(
            id="call.mute",
            title=console.tr("Mute"),
            group=group,
            keys="Ctrl+Shift+M",
            icon="mic",
            run=lambda: act("mute"),
            is_possible=is_talking,
            is_hint=True,
        ),
        Action(
            id="call.hold",
            title=console.tr("Hold"),
            group=group,
            keys="Ctrl+Shift+P",
            icon="pause",
            run=lambda: act("hold"),
            is_possible=is_talking,
            is_hint=True,
        ),
        Action(
            id="call.keypad",
            title=console.tr("Keypad"),
            group=group,
            keys="Ctrl+Shift+K",
            icon="grip",
            run=lambda: act("keypad"),
            is_possible=is_talking,
        ),
        Action(
            id="call.finish",
            title=console.tr("Finish wrap-up"),
            group=group,
            icon="check",
            run=lambda: act("finish"),
            is_possible=lambda: phone.wrap_up.value is not None,
        ),
        Action(
            id="call.card",
            title=console.tr("Open card"),
            group=group,
            keys="Ctrl+J",
            icon="user-round",
            run=console.calls.open_card,
            is_possible=is_on,
            is_hint=True,
        ),
        Action(
            id="call.put_away",
            title=console.tr("Put the card away"),
            group=group,
            icon="x",
            run=lambda: act("put_away"),
            is_possible=is_ringing,
        ),
    ]


def _places(console: "Console") -> list[Action]:
    group = console.tr("Go to")
    return [
        Action(
            id=f"go.{page.id}",
            title=page.title,
            group=group,
            keys=page.keys,
            icon=page.icon,
            run=partial(console.window.show_page, page.id),
        )
        for page in console.pages.all
    ]


def _everywhere(console: "Console") -> list[Action]:
    group = console.tr("Everywhere")
    states = [
        Action(
            id=f"state.{state}",
            title=console.tr("Be {0}").replace("{0}", word.lower()),
            group=console.tr("Agent state"),
            icon="activity",
            run=partial(console.choose_state, state),
        )
        for state, word in (
            ("available", console.tr("Available")),
            ("busy", console.tr("Busy")),
            ("away", console.tr("Away")),
            ("break", console.tr("On break")),
        )
    ]
    picks = [
        Action(
            id=f"pick.{digit}",
            title=console.tr("Choose {0}").replace("{0}", str(digit)),
            group=group,
            keys=str(digit),
            run=partial(console.calls.pick, digit - 1),
            in_palette=False,
            is_possible=lambda: console.core.calls.ringing is not None,
        )
        for digit in range(1, 10)
    ]
    return [
        Action(
            id="palette",
            title=console.tr("Search or run a command"),
            group=group,
            keys="Ctrl+K",
            icon="search",
            run=console.palette.open,
            in_palette=False,
        ),
        Action(
            id="search",
            title=console.tr("Search"),
            group=group,
            keys="/",
            icon="search",
            run=console.palette.search,
            in_palette=False,
        ),
        Action(
            id="filter",
            title=console.tr("Find in this view"),
            group=group,
            keys="Ctrl+F",
            icon="list-filter",
            run=console.finder.find_in_view,
        ),
        *narrowing_actions(console),
        Action(
            id="contact.new", title=console.tr("New contact"), group=group, keys="C", icon="user-plus", run=console.sheets.create
        ),
        Action(
            id="contact.change",
            title=console.tr("Edit contact"),
            group=group,
            keys="Ctrl+E",
            icon="pencil",
            run=console.sheets.edit_shown,
            is_possible=lambda: console.shown.person is not None,
            is_hint=True,
        ),
        Action(
            id="contact.identity",
            title=console.tr("Add a number or address"),
            group=group,
            icon="phone",
            run=console.sheets.add_identity,
            is_possible=lambda: (person := console.shown.person) is not None and person.card.erased_at is None,
        ),
        Action(
            id="contact.erase",
            title=console.tr("Erase personal data…"),
            group=group,
            icon="trash-2",
            run=console.sheets.erase_shown,
            is_possible=lambda: console.sheets.can_erase,
        ),
        Action(
            id="contact.merge",
            title=console.tr("Merge with another contact"),
            group=group,
            keys="Ctrl+M",
            icon="git-merge",
            run=console.sheets.merge_shown,
            is_possible=lambda: console.shown.person is not None and console.core.desk.may("contact:delete"),
        ),
        Action(
            id="undo",
            title=console.tr("Undo"),
            group=group,
            keys="Ctrl+Z",
            icon="undo-2",
            run=console.undo,
            is_possible=lambda: bool(console.core.desk.last_acts.value),
        ),
        Action(
            id="outbox", title=console.tr("Outbox"), group=group, keys="Ctrl+Shift+O", icon="send", run=console.outbox_glue.open
        ),
        Action(
            id="conflicts",
            title=console.tr("Decide conflicts"),
            group=group,
            keys="Ctrl+Shift+D",
            icon="git-merge",
            run=console.outbox_glue.decide,
            is_possible=lambda: bool(console.conflicts.cards.value),
        ),
        Action(
            id="state.menu",
            title=console.tr("Agent state"),
            group=group,
            keys="Ctrl+Shift+S",
            icon="activity",
            run=console.window.top.state.open_menu,
        ),
        Action(
            id="sync.now", title=console.tr("Sync now"), group=group, keys="F5", icon="refresh-cw", run=console.core.syncer.wake
        ),
        Action(
            id="quit", title=console.tr("Close Patchbay"), group=group, keys="Ctrl+Q", icon="log-out", run=console.window.close
        ),
        Action(
            id="shortcuts",
            title=console.tr("All shortcuts"),
            group=group,
            keys="F1",
            icon="keyboard",
            run=console.palette.open,
            is_hint=True,
        ),
        Action(
            id="leave",
            title=console.tr("Leave the field"),
            group=group,
            keys="Esc",
            icon="x",
            in_palette=False,
            run=lambda: leave_field(console),
        ),
        *states,
        *picks,
    ]


def leave_field(console: "Console") -> None:
    """Escape puts a card away, or leaves the field for the list; it never ends a call: it asks, for who wants that."""
    focused = QApplication.focusWidget()
    if console.core.calls.ringing is not None and focused is None:
        console.calls.act("put_away")
    elif console.calls.asks_to_end and not takes_letters(focused):
        console.run(console.calls.ask_to_end(console.messages))
    elif (page := narrowed_page(console)) is not None:
        if focused is not None:
            focused.clearFocus()  # also where the list is empty and takes none
        page.go_to_list()
