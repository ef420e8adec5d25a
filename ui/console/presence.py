"""Who else is in the open conversation, below its head; and what this person does, for the others."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.desk.presence import TYPING, VIEWING, PresenceDesk
from app.domain.conversations.queries import ConversationRow
from ui.features.conversations.others import others_text

if TYPE_CHECKING:
    from ui.console.console import Console

TICK_MS, AGAIN_MS = 1000, 240_000  # who looks for long says so again before it is forgotten


class PresenceGlue(QObject):
    """Ages are counted while somebody is there, and only then."""

    def __init__(self, console: "Console", presence: PresenceDesk) -> None:
        super().__init__(console)
        self._console, self._presence = console, presence
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show)
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._say_again)
        self._again.start()
        presence.others.subscribe(lambda _: self._changed())
        console.thread_panel.header.subscribe(self._opened)
        console.inbox_page.talk.composer.text.textChanged.connect(self._typed)

    def _opened(self, header: ConversationRow | None) -> None:
        self._console.run(self._presence.say(VIEWING if header is not None else "", header.id if header is not None else None))
        self._changed()

    def _say_again(self) -> None:
        header = self._console.thread_panel.header.value
        if header is not None:
            self._console.run(self._presence.say(VIEWING, header.id))

    def _typed(self) -> None:
        composer = self._console.inbox_page.talk.composer
        header = self._console.thread_panel.header.value
        if header is not None and composer.text.hasFocus() and composer.text.toPlainText().strip():
            self._console.run(self._presence.say(TYPING, header.id))

    def _changed(self) -> None:
        self._console.inbox.others.set({each.about: each.name for each in self._presence.others.value if each.about is not None})
        self._show()

    def _show(self) -> None:
        header = self._console.thread_panel.header.value
        here = self._presence.about(header.id) if header is not None else ()
        text = others_text(here, self._console.core.desk.clock.now())
        self._console.inbox_page.talk.show_others(text)
        if text:
            self._tick.start()
        else:
            self._tick.stop()
