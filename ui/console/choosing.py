"""What is asked about the open conversation: whom to give it to, and until when it sleeps."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject

from app.domain.users.queries import users
from ui.widgets.menus import Menu

if TYPE_CHECKING:
    from ui.console.console import Console


class Choosing(QObject):
    """Opens menus beside the thread."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console

    def assignee(self) -> None:
        """Whom to give the conversation to."""
        self._console.run(self._offer_people())

    async def _offer_people(self) -> None:
        people = await self._console.core.desk.read(users)
        menu = Menu(self._console.window, self.tr("Assign to"))
        me = self._console.core.desk.user_id
        choices: list[tuple[str, UUID | None]] = [(self.tr("Me"), me), (self.tr("Nobody"), None)]
        choices += [(person.name, person.id) for person in people if person.is_active and person.id != me]
        for name, user_id in choices:
            menu.add_choice(name, partial(self._assign, user_id, name))
        self._open(menu)

    def _assign(self, user_id: UUID | None, name: str) -> None:
        self._console.run(self._console.thread_panel.assign(user_id), self.tr("Assigned: {0}.").replace("{0}", name), undo=True)

    def times(self) -> list[tuple[str, datetime]]:
        """Until when a conversation may sleep."""
        now = self._console.core.desk.now()
        tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        monday = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7)
        return [
            (self.tr("In an hour"), now + timedelta(hours=1)), (self.tr("Tomorrow, 09:00"), tomorrow),
            (self.tr("Monday, 09:00"), monday),
        ]  # fmt: skip

    def snooze(self) -> None:
        """Until when the conversation sleeps."""
        menu = Menu(self._console.window, self.tr("Snooze"))
        for text, until in self.times():
            menu.add_choice(text, partial(self._snooze, until))
        self._open(menu)

    def _snooze(self, until: datetime) -> None:
        self._console.run(self._console.thread_panel.set_status("snoozed", until), self.tr("Snoozed."), undo=True)

    def _open(self, menu: Menu) -> None:
        talk = self._console.inbox_page.talk
        menu.popup(talk.mapToGlobal(talk.rect().topRight()) - talk.rect().topLeft())
