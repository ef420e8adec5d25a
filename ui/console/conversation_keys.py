"""What is done with the conversation that is shown, and with its list, with the keys for it."""

from typing import TYPE_CHECKING

from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


def conversation_actions(console: "Console") -> list[Action]:
    """What is possible while the inbox is shown, or one conversation in it."""
    group, talk, page = console.tr("This conversation"), console.inbox_page.talk, console.inbox_page

    def is_open() -> bool:
        return console.window.page == "inbox" and console.thread_panel.header.value is not None

    return [
        Action(
            id="thread.reply",
            title=console.tr("Reply"),
            group=group,
            keys="R",
            icon="reply",
            run=lambda: talk.composer.begin(is_note=False),
            is_possible=is_open,
            is_hint=True,
        ),
        Action(
            id="thread.note",
            title=console.tr("Note"),
            group=group,
            keys="N",
            icon="sticky-note",
            run=lambda: talk.composer.begin(is_note=True),
            is_possible=is_open,
            is_hint=True,
        ),
        Action(
            id="thread.assign",
            title=console.tr("Assign"),
            group=group,
            keys="A",
            icon="user-plus",
            run=console.choosing.assignee,
            is_possible=is_open,
            is_hint=True,
        ),
        Action(
            id="thread.resolve",
            title=console.tr("Resolve"),
            group=group,
            keys="E",
            icon="check",
            run=talk.toggle_resolved,
            is_possible=is_open,
            is_hint=True,
        ),
        Action(
            id="thread.snooze",
            title=console.tr("Snooze"),
            group=group,
            keys="Z",
            icon="clock",
            run=console.choosing.snooze,
            is_possible=is_open,
            is_hint=True,
        ),
        Action(
            id="thread.take",
            title=console.tr("Take it"),
            group=group,
            icon="user-round",
            run=lambda: console.run(console.thread_panel.take(), console.tr("It is yours."), undo=True),
            is_possible=is_open,
        ),
        Action(
            id="thread.attach",
            title=console.tr("Attach files"),
            group=group,
            keys="Ctrl+Shift+F",
            icon="paperclip",
            run=talk.choose_files,
            is_possible=is_open,
        ),
        Action(
            id="thread.unread",
            title=console.tr("Mark as unread"),
            group=group,
            keys="U",
            icon="mail",
            run=lambda: console.run(console.thread_panel.mark_unread()),
            is_possible=is_open,
        ),
        Action(
            id="thread.next",
            title=console.tr("Next conversation"),
            group=group,
            keys="J",
            icon="chevron-down",
            run=lambda: page.list.step(1),
            is_possible=lambda: console.window.page == "inbox",
        ),
        Action(
            id="thread.previous",
            title=console.tr("Previous conversation"),
            group=group,
            keys="K",
            icon="chevron-up",
            run=lambda: page.list.step(-1),
            is_possible=lambda: console.window.page == "inbox",
        ),
        Action(
            id="thread.side",
            title=console.tr("Side panel"),
            group=group,
            keys="]",
            icon="panel-right",
            run=page.toggle_side,
            is_possible=lambda: console.window.page == "inbox",
        ),
    ]
