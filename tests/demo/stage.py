"""What the demo plays on: a server with a tenant, a registrar, and a simulated customer with a recorded voice."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from server.database.founding import found_tenant
from server.database.place import Place, read_place
from server.database.store import Stores
from server.database.vault import open_vault
from server.web.passwords import Passwords
from softphone.api import Account, CallChanged, Dial, Event, HangUp, Register, RegistrationChanged, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.demo import cast
from tests.demo.dataset import Sizes
from tests.demo.fill import fill_tenant, give_passwords
from tests.demo.recordings import add_recordings
from tests.demo.story import LUCA, LUCA_NUMBER
from tests.peers.baresip import Baresip, make_voice
from tests.peers.kamailio import DOMAIN, Kamailio
from tests.peers.process import Peer, answers, free_port

PASSWORD = "patchbay-demo"
WORKSPACE = "velora-bikes"
AGENT_LINE, AGENT_PASSWORD, LINE_NAME = "maya", "maya-line", "Care desk"
CUSTOMER_PASSWORD = "luca-line"
LINES = {AGENT_LINE: AGENT_PASSWORD, LUCA_NUMBER: CUSTOMER_PASSWORD}
START_S = 60.0


async def make_tenant(place: Place, sizes: Sizes) -> None:
    """A founded tenant with the demo's people, customers and a year of work."""
    place.folder.mkdir(parents=True, exist_ok=True)
    stores, passwords, now = Stores(place), Passwords(), moment_from_us(system_now_us())
    try:
        open_vault(place.key_file)
        store = await found_tenant(stores, cast.COMPANY, country=cast.COUNTRY, time_zone=cast.TIME_ZONE)
        await store.write(lambda: fill_tenant(store.engine, store.tenant_id, sizes, now=now))
        await store.write(lambda: add_recordings(store, now))
        password_hash = await passwords.hash(PASSWORD)
        await store.change(lambda each: give_passwords(each, store.tenant_id, password_hash, now))
    finally:
        passwords.close()
        stores.close()


@dataclass
class DemoServer:
    """The server in a process of its own; stopped and started again on the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Peer | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def place(self) -> Place:
        """Its database: SQLite."""
        return read_place(f"sqlite:///{self.folder}/patchbay.db")

    def command(self, *words: str, said: str = "") -> str:
        """Run one of its commands; `said` goes to standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "server", *words, "--database", self.place.url],
            input=said, stdout=subprocess.PIPE, text=True, timeout=60, check=True,
        )  # fmt: skip
        return done.stdout

    def start(self) -> None:
        """Serve."""
        words = [sys.executable, "-m", "server", "serve", "--database", self.place.url, "--port", str(self.port)]
        self.process = Peer(words, self.folder, name="server", environment={"PYTHONPATH": str(Path.cwd())})
        self.process.wait_ready(lambda: answers(self.port), START_S)

    def stop(self) -> None:
        """Go away, as servers do."""
        if self.process is not None:
            self.process.kill(signal.SIGTERM)
            self.process.stop()


class Customer:
    """Luca, on a softphone of his own that plays a recorded voice."""

    def __init__(self, folder: Path, proxy: Kamailio) -> None:
        self._folder, self._proxy = folder, proxy
        self._phone = SoftphoneProcess()
        self._call_id: int | None = None
        self.is_talking, self.is_over = asyncio.Event(), asyncio.Event()
        self._is_ready = asyncio.Event()

    async def start(self) -> None:
        """Sign in at the registrar."""
        voice = self._folder / "voice.wav"
        await asyncio.to_thread(make_voice, voice, rate=16000)
        self._phone.subscribe(self._hear)
        await self._phone.start()
        await self._phone.do(UseSound(sound=Sound(is_silent=True, play_file=str(voice))))
        account = Account(
            user=LUCA_NUMBER, domain=DOMAIN, password=CUSTOMER_PASSWORD, display_name=LUCA, proxy_host="127.0.0.1",
            proxy_port=self._proxy.port,
        )  # fmt: skip
        await self._phone.do(Register(account=account))
        async with asyncio.timeout(60):
            await self._is_ready.wait()

    def _hear(self, event: Event) -> None:
        if isinstance(event, RegistrationChanged) and event.state == "registered":
            self._is_ready.set()
        if isinstance(event, CallChanged):
            self._call_id = event.call_id
            if event.state == "active":
                self.is_talking.set()
            if event.state == "ended":
                self.is_over.set()

    async def call(self) -> None:
        """Ring the agent."""
        self.is_talking.clear()
        self.is_over.clear()
        await self._phone.do(Dial(number=AGENT_LINE))

    async def hang_up(self) -> None:
        """End the call."""
        if self._call_id is not None:
            await self._phone.do(HangUp(call_id=self._call_id))

    async def close(self) -> None:
        """Put the phone away."""
        await self._phone.close()


class BaresipCustomer:
    """Luca on baresip: another hand's SIP, for the proof."""

    def __init__(self, peer: Baresip) -> None:
        self._peer = peer
        self._watching: asyncio.Task[None] | None = None
        self.is_talking, self.is_over = asyncio.Event(), asyncio.Event()

    async def call(self) -> None:
        """Ring the agent."""
        self.is_talking.clear()
        self.is_over.clear()
        before = len(self._peer.process.log())
        await asyncio.to_thread(self._peer.call, AGENT_LINE)
        self._watching = asyncio.get_running_loop().create_task(self._watch(before))

    async def _watch(self, before: int) -> None:
        """baresip says in its log how the call stands."""
        while not self.is_over.is_set():
            said = self._peer.process.log()[before:]
            if "Call established" in said:
                self.is_talking.set()
            if "session closed" in said or ("Call with" in said and "terminated" in said):
                self.is_over.set()
            await asyncio.sleep(0.05)

    async def hang_up(self) -> None:
        """End the call."""
        await asyncio.to_thread(self._peer.hang_up)

    async def close(self) -> None:
        """Look no longer."""
        self.is_over.set()
        if self._watching is not None:
            await self._watching
