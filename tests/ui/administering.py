"""A console for tests of the administrator's screens: connected as far as it knows, with a server that works out access."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch
from uuid import UUID

from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.domain.roles.adding import AddPerson
from app.domain.roles.effective import effective_access
from app.domain.shares.queries import ShareRow
from app.domain.users.queries import user
from app.kernel.clock import system_now_us
from app.kernel.command import Command
from app.kernel.errors import NeedsServer, NotAllowed
from app.kernel.ids import new_id
from app.protocol.envelopes import Outcome
from app.protocol.live import Presence
from app.protocol.password_codes import CodeCard, NewCode
from app.protocol.sign_in import WrongPassword
from app.sync.errors import ServerAway, ServerTrouble
from server.sync.monitor import who_is_here
from tests.demo import cast
from tests.demo.fill import BENCH_TENANT
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.settings.view import SettingsPage
from ui.shell.question import QuestionSheet
from ui.widgets.buttons import Button

S = TypeVar("S", bound=QWidget)


class AccessServer:
    """Answers by the rules of the product over the console's own copy, unless it is told to be away or in trouble."""

    def __init__(self, console: Console) -> None:
        self._desk, self._replica = console.core.desk, console.core.replica
        self.asked: list[str] = []
        self.late: list[Command] = []
        self.shares: list[ShareRow] = []
        self.said: list[tuple[Presence, int]] = []
        self.no_codes = False
        self.codes: dict[UUID, CodeCard] = {}
        self.added: set[UUID] = set()
        self.mood = "well"

    async def get(self, path: str, _kind: type) -> Any:
        self.asked.append(path)
        if self.mood == "away":
            raise ServerAway(hint="gone")
        if self.mood == "troubled":
            raise ServerTrouble(status=500)
        if self.mood == "strict":
            raise NotAllowed(permission="role:read")
        if path == "/presences":
            now = self._desk.clock.now()
            return await self._desk.read(lambda reader: who_is_here(reader, self.said, now))
        if path.startswith("/shares/of/"):
            return self.shares
        if path == "/password-codes":
            return list(self.codes.values())
        user_id = UUID(path.split("/")[2])
        return await self._desk.read(lambda reader: effective_access(reader, user_id))

    async def post(self, path: str, body: Any, _kind: Any = None) -> Any:
        """Codes and passwords, as the server gives them."""
        self.asked.append(path)
        if self.mood == "away" or self.no_codes:
            raise ServerAway(hint="gone")
        if path == "/password":
            if body.old != "the old password":
                raise WrongPassword
            return None
        now, user_id = self._desk.clock.now(), UUID(path.split("/")[2])
        until = now + timedelta(days=7)
        self.codes[user_id] = CodeCard(
            user_id=user_id,
            is_reset=user_id not in self.added,
            created_at=now,
            created_by=self._desk.user_id,
            expires_at=until,
            is_over=False,
        )
        person = await self._desk.read(lambda reader: user(reader, user_id))
        return NewCode(code=f"ABCD-EFGH-{len(self.asked):04}-XYZ2", workspace="halden", email=person.email, expires_at=until)

    async def delete(self, path: str) -> None:
        """A code is taken back."""
        self.asked.append(path)
        del self.codes[UUID(path.split("/")[2])]

    async def ask(self, command: Command) -> Outcome:
        """Carries it out over the console's own copy, by the same lines as a server, as if the rows had come back at once."""
        if self.mood == "away":
            raise NeedsServer
        if self.mood == "late":
            self.late.append(command)
            return Outcome(command_id=new_id(), status="applied", version=0)
        if isinstance(command, AddPerson):
            self.added.add(command.user_id)
        with patch.object(type(command), "offline", new=True):
            issued = await self._replica.run(command)
        return Outcome(command_id=issued.id, status="applied", version=0)

    async def bring(self) -> None:
        """What was done late is seen here at last."""
        self.mood = "well"
        while self.late:
            await self.ask(self.late.pop(0))


@asynccontextmanager
async def administrator_at_work(folder: Path, *, email: str = cast.ADMINISTRATOR) -> AsyncIterator[tuple[Console, AccessServer]]:
    """Signed in with every right (or as somebody else), and live."""
    async with console_at_work(folder, email=email) as console:
        console.core.syncer.start = lambda: None  # type: ignore[method-assign]  # nobody looks for the server meanwhile
        server = AccessServer(console)
        console.core.rest = server  # type: ignore[assignment]
        console.core.desk._ask = server.ask
        connect(console)
        yield console, server


def connect(console: Console, *, is_live: bool = True) -> None:
    """From now on the console takes itself for connected, or not."""
    console.core.syncer._set(kind="live" if is_live else "offline", as_of_us=system_now_us())


def somebody(email: str) -> UUID:
    """The id of one of the cast."""
    return cast.user_id(BENCH_TENANT, email)


def shown(console: Console, section: str, kind: type[S]) -> S:
    """A section of the settings."""
    console.open_settings(section)
    page = console.window.findChild(SettingsPage)
    assert page is not None
    found = page.findChild(kind)
    assert found is not None
    return found


def button(root: QWidget, text: str) -> Button:
    """The button that says this, visible or not yet."""
    return next(each for each in root.findChildren(Button) if text in {each.text(), each.accessibleName()})


async def pick(words: str) -> None:
    """Choose this of the menu that is open."""
    await until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(each for each in menu.actions() if words in each.iconText())
    menu.close()
    action.trigger()


async def answer(console: Console, words: str) -> str:
    """Answer the question that is asked; what it says."""

    def asked() -> list[QuestionSheet]:
        return [each for each in console.window.findChildren(QuestionSheet) if not each.isHidden()]

    await until(asked)
    [sheet] = asked()
    said = sheet.accessibleName()
    button(sheet, words).click()
    return said
