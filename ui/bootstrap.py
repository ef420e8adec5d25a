"""Starts the console: a painted window first, then whoever is to sign in, then everything else."""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QApplication

from ui.bridge.garbage import collect_from_here
from ui.shell.main_window import MainWindow
from ui.shell.sign_in_page import SignInPage

if TYPE_CHECKING:
    from app.desk.leaving import Leaving, Why
    from app.desk.sign_in import SignIn
    from ui.console.console import Console

log = logging.getLogger(__name__)
UNLOCK_EVERY_S = 10.0


class Typed(NamedTuple):
    """What somebody filled in to sign in; with a code, the password is chosen by it."""

    server: str
    workspace: str
    email: str
    password: str
    code: str


class Program:
    """One run of the console, from the first window to the last."""

    def __init__(self, window: MainWindow, folder: Path | None = None) -> None:
        self.window = window
        self.console: Console | None = None
        self.page: SignInPage | None = None
        self._folder = folder
        self._over = asyncio.Event()
        self._signed_in = asyncio.Event()
        self._asked = asyncio.Event()
        self._submitted: asyncio.Queue[Typed | None] = asyncio.Queue()
        window.leaving.connect(self._wants_to_leave)

    def _wants_to_leave(self) -> None:
        """At once while nobody is signed in; else when the console has nothing against it."""
        if self.console is None:
            self._over.set()
        else:
            self.console.run(self._leave(self.console))

    async def _leave(self, console: "Console") -> None:
        if await console.leaving.may_leave():
            self._over.set()

    async def run(self) -> int:
        """Until the person leaves."""
        await asyncio.sleep(0)
        from app.kernel.tasks import TaskRunner

        tasks = TaskRunner()
        starting = tasks.task(self._start(), name="start")
        leaving = tasks.task(self._over.wait(), name="leave")
        await asyncio.wait({starting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is not None:
            log.error("the console did not start", exc_info=starting.exception())
            return 1
        await leaving
        starting.cancel()
        await self.close()
        return 0

    async def _start(self) -> None:
        from app.desk.profile import ProfileStore
        from app.desk.sign_in import SignIn

        sign_in = SignIn(ProfileStore(self._folder))
        while not self._over.is_set():
            has_keyring = await asyncio.to_thread(sign_in.open_keyring)
            while not await self._open(sign_in, has_keyring=has_keyring):
                pass
            self._signed_in.set()
            if self.console is not None:
                await self._let_go(await self.console.core.wait_left())

    async def _let_go(self, told: "Leaving") -> None:
        """The data was let go: nothing of it stays in a window, either."""
        self._signed_in.clear()
        self._asked.clear()
        self.console, left = None, self.window
        self.window = first_window()
        self.window.leaving.connect(self._wants_to_leave)
        left.hide()
        left.deleteLater()
        if told.why != "locked":
            await self._tell_erased(told)

    async def _erase(self, sign_in: "SignIn", why: "Why") -> None:
        """It was locked, and may never be opened again: how much had not been sent nobody knows."""
        from app.desk.custody import erase
        from app.desk.leaving import Leaving

        await erase(sign_in)
        await self._tell_erased(Leaving(why=why, unsent=None))
        await asyncio.to_thread(sign_in.open_keyring)

    async def _tell_erased(self, told: "Leaving") -> None:
        from ui.console.erased import left_page

        gone_on = asyncio.Event()
        page = left_page(told)
        page.go_on.connect(gone_on.set)
        self.window.cover(page)
        await gone_on.wait()

    async def _open(self, sign_in: "SignIn", *, has_keyring: bool) -> bool:
        """One try to get in; says why when it fails and leaves the page for another."""
        from app.bootstrap import open_core
        from app.kernel.errors import PatchbayError
        from app.kernel.texts import text_of
        from app.protocol.sign_in import DeviceRevoked
        from app.replica.errors import ReplicaBusy
        from app.replica.lock import ask_forward

        try:
            if sign_in.is_locked:
                await self._unlock(sign_in)
            if not sign_in.can_resume:
                await self._ask(sign_in, has_keyring=has_keyring)
            core = await open_core(sign_in, come_forward=self.window.come_forward)
        except ReplicaBusy:
            if await ask_forward(sign_in.store.folder / "replica.lock"):
                self._over.set()
                return True
            self._say("Another Patchbay holds the data of this computer and does not answer.")
            return False
        except DeviceRevoked as error:
            await self._erase(sign_in, error.values["why"])
            return False
        except PatchbayError as error:
            self._say(text_of(error))
            return False
        self._show_console(core)
        return True

    def _show_console(self, core: object) -> None:
        from app.bootstrap import Core
        from ui.console.console import Console
        from ui.console.dress import dress

        if isinstance(core, Core):
            dress(core.sign_in.profile.appearance)
            self.console = Console(self.window, core)
            self.page = None
            self.window.cover(None)
            collect_from_here(self.window)

    async def _ask(self, sign_in: "SignIn", *, has_keyring: bool) -> None:
        """Show the page and wait for what is typed."""
        collect_from_here(self.window)
        if self.page is None:
            profile = sign_in.profile
            self.page = SignInPage()
            self.page.submitted.connect(lambda *fields: self._submitted.put_nowait(Typed(*fields)))
            self.page.resumed.connect(lambda: self._submitted.put_nowait(None))
            self.page.fill(server=profile.server_url, workspace=profile.workspace, email=profile.email, can_resume=False)
            self.page.show_notice(self._notice(self.page, sign_in, has_keyring=has_keyring))
            self.window.cover(self.page)
        self._asked.set()
        typed = await self._typed(sign_in)
        if typed is None:
            return
        if typed.code:
            await sign_in.choose_password(
                url=typed.server, workspace=typed.workspace, email=typed.email, code=typed.code, password=typed.password
            )
            self.page.code_used()
        if sign_in.is_known and not has_keyring and sign_in.store.secrets_path.exists():
            sign_in.open_file(typed.password)
            if sign_in.can_resume and await self._is_away(typed.server):
                return
        await sign_in.with_password(url=typed.server, workspace=typed.workspace, email=typed.email, password=typed.password)

    @staticmethod
    def _notice(page: SignInPage, sign_in: "SignIn", *, has_keyring: bool) -> str:
        if sign_in.is_locked:
            why = page.tr("This computer had no contact with the server for {0} days, so its data is locked.")
            locked = f"{why} {page.tr('It opens again as soon as there is a connection; nothing is lost.')}"
            return locked.replace("{0}", str(sign_in.opened_keys().lock_after_days))
        if sign_in.is_keyless and not sign_in.store.secrets_path.exists():
            why = page.tr(
                "The key to the data on this computer is not in its keyring. If it is in another one, leave and open that first."
            )
            return f"{why} {page.tr('Whoever signs in here now begins anew: what was not sent yet is lost.')}"
        return "" if has_keyring else page.tr("This computer has no keyring. Your keys go into a file that your password opens.")

    async def _typed(self, sign_in: "SignIn") -> "Typed | None":
        """What is typed; nothing when that is not needed, as when what is locked opens by itself."""
        while sign_in.is_locked:
            try:
                async with asyncio.timeout(UNLOCK_EVERY_S):
                    return await self._submitted.get()
            except TimeoutError:
                await self._unlock(sign_in)
        return None if sign_in.can_resume else await self._submitted.get()

    @staticmethod
    async def _unlock(sign_in: "SignIn") -> None:
        """Ask the server for its half of the key; without a connection it stays locked."""
        from app.kernel.errors import PatchbayError
        from app.protocol.sign_in import DeviceRevoked

        try:
            await sign_in.unlock()
        except DeviceRevoked:
            raise
        except PatchbayError as error:
            log.info("the data stays locked: %s", error.key)

    @staticmethod
    async def _is_away(server: str) -> bool:
        """Whether the server cannot be reached: then what is on this device must do."""
        import httpx

        try:
            async with httpx.AsyncClient(timeout=3) as http:
                await http.get(f"{server.rstrip('/')}/api/v1/health")
        except httpx.HTTPError:
            return True
        return False

    def _say(self, text: str) -> None:
        if self.page is not None:
            self.page.show_problem(text)

    async def wait_asked(self) -> None:
        """Until the sign-in page is there; for those who drive it."""
        await self._asked.wait()

    async def wait_signed_in(self) -> "Console":
        """Until the console is there; for those who drive it."""
        await self._signed_in.wait()
        if self.console is None:
            raise RuntimeError("the console was not opened")
        return self.console

    async def close(self) -> None:
        """Let everything go, windows last; hidden first, so that what they stop when they are hidden still can be."""
        self.window.hide()
        if self.console is not None:
            await self.console.core.close()
        self.window.deleteLater()


def first_window() -> MainWindow:
    """The frame, painted before anything but Qt was imported."""
    from ui.theme.apply import wear

    wear()
    window = MainWindow([])
    window.show()
    QApplication.processEvents()
    return window
