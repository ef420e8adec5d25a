"""A real server in a process of its own, over a tenant that is generated once a machine."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.protocol.cursor import layout_now
from server.database.engines import prepare
from server.database.founding import found_tenant
from server.database.migrate import TENANT
from server.database.place import Place, read_place
from server.database.store import Stores
from server.database.vault import open_vault
from server.web.gate import Tickets
from server.web.passwords import Passwords
from tests.demo import cast
from tests.demo.dataset import GENERATOR, Sizes
from tests.demo.fill import KEPT, fill_tenant, give_passwords
from tests.peers.postgresql import postgresql

PASSWORD = "a bench needs no secrets"  # noqa: S105  # of a tenant that lives as long as the bench
FULL = Sizes(contacts=100_000, accounts=10_000, identities=200_000)
QUICK = Sizes(contacts=2_000, accounts=200, identities=4_000)
START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the server answers, and one person's way in."""

    url: str
    process_id: int
    tenant_id: UUID
    user_id: UUID
    token: str

    async def bring_token(self) -> str:
        """As the syncer asks for it."""
        return self.token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextlib.contextmanager
def served(
    name: str, sizes: Sizes, folder: Path, *, email: str = cast.SUPERVISOR, before: Callable[[Place], None] = lambda _place: None
) -> Iterator[Served]:
    """The server over a copy of the kept tenant, until the block ends; `before` may change the copy."""
    place = copy_of(name, sizes, folder / "server")
    before(place)
    with serving(place, folder, email=email) as server:
        yield server


@contextlib.contextmanager
def serving(place: Place, folder: Path, *, workers: int = 1, email: str = cast.SUPERVISOR) -> Iterator[Served]:
    """`patchbay-server serve --workers`, until the block ends."""
    log = folder / f"server-{workers}.log"
    words = ["serve", "--database", place.url, "--folder", str(place.folder), "--port", "0", "--workers", str(workers)]
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", "server", *words], stdout=subprocess.PIPE, stderr=said, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if " on http" not in line:
            raise RuntimeError(f"the server did not start: {line} {log.read_text(encoding='utf-8')}")
        url = line.split()[3]
        told = sign_in(url, email, "bench")
        yield Served(url=url, process_id=process.pid, tenant_id=told.tenant_id, user_id=told.user_id, token=told.access_token)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


@contextlib.contextmanager
def on_postgresql(sizes: Sizes, folder: Path) -> Iterator[Place]:
    """The tenant in a PostgreSQL that lives as long as the block."""
    with postgresql() as peer:
        place = read_place(peer.create_database("bench"), folder / "patchbay.d")
        asyncio.run(_make(place, sizes))
        peer.run("ANALYZE", "bench")  # as it does by itself within a minute
        yield place


def sign_in(url: str, email: str, device: str) -> Tickets:
    """Somebody's way in, from another device."""
    body = {"workspace": "velora-bikes", "email": email, "password": PASSWORD, "device": device}
    answer = httpx.post(f"{url}/api/v1/sign-in", json=body, timeout=START_TIMEOUT_S).raise_for_status()
    return msgspec.json.decode(answer.content, type=Tickets)


def place_of(folder: Path) -> Place:
    """Where the server that was started in this folder has its files."""
    return _place(folder / "server")


def copy_of(name: str, sizes: Sizes, folder: Path) -> Place:
    """A copy of the kept tenant."""
    shutil.copytree(_kept(name, sizes), folder)
    return _place(folder)


def _place(folder: Path) -> Place:
    return read_place(f"sqlite:///{folder}/patchbay.db")


def _kept(name: str, sizes: Sizes) -> Path:
    kept = KEPT / f"server-{name}-{GENERATOR}-{layout_now():08x}-{TENANT.head}"
    if not kept.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as text:
            part = Path(text) / "whole"
            asyncio.run(_make(_place(part), sizes))
            part.replace(kept)
    return kept


async def _make(place: Place, sizes: Sizes) -> None:
    prepare(place)
    place.folder.mkdir(parents=True, exist_ok=True)
    stores, passwords, now = Stores(place), Passwords(), moment_from_us(system_now_us())
    try:
        open_vault(place.key_file)
        store = await found_tenant(stores, cast.COMPANY, country=cast.COUNTRY, time_zone=cast.TIME_ZONE)
        await store.write(lambda: fill_tenant(store.engine, store.tenant_id, sizes, now=now))
        password_hash = await passwords.hash(PASSWORD)
        await store.change(lambda each: give_passwords(each, store.tenant_id, password_hash, now))
    finally:
        passwords.close()
        stores.close()
