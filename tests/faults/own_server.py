"""Our own server as it is run: a process, over a workspace with one administrator, killed and started again on one port."""

import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx

from server.database.engines import prepare
from server.database.founding import Person, found_tenant
from server.database.place import Place
from server.database.store import Stores
from tests.peers.process import Peer, free_port
from tests.server.world import quick_passwords

ROOT = Path(__file__).parents[2]
WORKSPACE, ADMIN, PASSWORD = "acme", "ana@acme.example", "correct horse battery"


async def found(place: Place) -> None:
    """The workspace and its administrator."""
    prepare(place)
    stores, passwords = Stores(place), quick_passwords()
    try:
        known = await passwords.hash(PASSWORD)
        admin = Person(name="Ana", email=ADMIN, role="administrator", password_hash=known)
        await found_tenant(stores, "Acme", country="GB", admin=admin)
    finally:
        passwords.close()
        stores.close()


class OwnServer:
    """`patchbay-server serve` over a place that is set up; its log grows over all its starts."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place, self.port, self._folder = place, free_port(), folder
        self.process: Peer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Returns when it answers."""
        command = [
            sys.executable, "-m", "server", "serve", "--database", self.place.url, "--folder", str(self.place.folder),
            "--port", str(self.port),
        ]  # fmt: skip
        environment = {"PYTHONPATH": str(ROOT), "PATCHBAY_LOG": "info"}
        self.process = Peer(command, self._folder, name="server", environment=environment)
        self.process.wait_ready(lambda: is_healthy(self.url), 240)

    def kill(self) -> None:
        """At once, without a word (SIGKILL), as a power cut does."""
        assert self.process is not None
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.stop()

    def log(self) -> str:
        assert self.process is not None
        return self.process.log()

    def __enter__(self) -> Self:
        asyncio.run(found(self.place))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.stop()


def is_healthy(url: str) -> bool:
    """Whether something answers there."""
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/health", timeout=10).status_code == 200
    return False


def sign_in(url: str, device: str = "d1") -> dict[str, str]:
    """The tickets of the administrator on a device; waits for a server that is being started."""
    body = {"workspace": WORKSPACE, "email": ADMIN, "password": PASSWORD, "device": device}
    end = time.monotonic() + 240
    while True:
        try:
            answer = httpx.post(f"{url}/api/v1/sign-in", json=body, timeout=120)
            return dict(answer.raise_for_status().json())
        except httpx.TransportError:
            assert time.monotonic() < end
            time.sleep(0.1)
