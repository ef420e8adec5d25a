"""A whole console in its windows, signed in as the administrator to a server that is a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app.bootstrap import open_core
from app.desk.profile import ProfileStore
from app.desk.secrets import MemorySecrets
from app.desk.sign_in import SignIn
from server.database.place import read_place
from softphone.scripted import ScriptedSoftphone
from tests.faults.own_server import ADMIN, PASSWORD, WORKSPACE, OwnServer, found
from tests.sync.service import until
from ui.console.console import Console
from ui.shell.main_window import MainWindow


@contextmanager
def server(folder: Path) -> Iterator[OwnServer]:
    """Over a SQLite file; whoever asks for it may stop it and start it again."""
    folder.mkdir()
    own = OwnServer(read_place(f"sqlite:///{folder}/patchbay.db"), folder)
    with ThreadPoolExecutor(1) as aside:  # the loop of the windows is this thread's
        aside.submit(asyncio.run, found(own.place)).result()
    own.start()
    try:
        yield own
    finally:
        assert own.process is not None
        own.process.stop()


async def signed_in(own: OwnServer, home: Path) -> SignIn:
    """On a new device."""
    sign_in = SignIn(ProfileStore(home))
    sign_in.use(MemorySecrets())
    await sign_in.with_password(url=own.url, workspace=WORKSPACE, email=ADMIN, password=PASSWORD)
    return sign_in


@asynccontextmanager
async def console_of(sign_in: SignIn) -> AsyncIterator[Console]:
    """At work, with a line or without."""
    core = await open_core(sign_in, phone=ScriptedSoftphone())
    window = MainWindow([])
    window.show()
    console = Console(window, core)
    try:
        yield console
    finally:
        window.hide()
        await core.close()
        window.deleteLater()
        await asyncio.sleep(0.01)


async def comes(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Waits until it holds; a slow machine is no failure."""
    await until(holds, 120)


async def is_live(console: Console) -> None:
    """Everything is exchanged."""
    await comes(lambda: console.core.syncer.state.kind == "live" and not console.core.syncer.state.waiting)


async def is_cut(console: Console) -> None:
    """The line is gone, and the console knows."""
    await comes(lambda: console.core.desk.connection.value.state == "offline")
