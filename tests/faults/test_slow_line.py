"""A first download over a line as people have them at home: it goes on after cuts, says how far it is, and holds nobody up."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.domain.contacts.commands import CreateContact
from app.domain.contacts.records import Contact
from app.kernel.ids import new_id
from app.replica.thread import ReplicaThread
from app.sync.state import SyncState
from app.sync.syncer import Syncer
from bench.served import QUICK, copy_of, sign_in
from server.database.place import Place
from tests.demo import cast
from tests.demo.fill import count_of
from tests.faults.own_server import ROOT
from tests.faults.wire import Wire
from tests.peers.network import NotPermitted
from tests.peers.slow_line import SlowLine, slow_line
from tests.scale.fleet import KEY, until
from tests.server.world import stores_of

PATIENCE_S = 240.0


@pytest.fixture
def line() -> Iterator[SlowLine]:
    """So slow that a small workspace takes some seconds."""
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(slow_line(mbit_s=1, round_trip_s=0.08, loss=0.01))
        except NotPermitted as error:
            pytest.skip(f"network namespaces are not permitted here, so no line can be made slow: {error}")
        yield made


@contextlib.contextmanager
def served(line: SlowLine, place: Place) -> Iterator[str]:
    """A server at the far end of the line; its address."""
    words = [
        sys.executable, "-m", "server", "serve", "--database", place.url, "--folder", str(place.folder),
        "--host", line.address, "--port", "0",
    ]  # fmt: skip
    with subprocess.Popen(line.command(words), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[3]
        finally:
            process.kill()


@contextlib.asynccontextmanager
async def console(url: str, wire: Wire, folder: Path) -> AsyncIterator[tuple[ReplicaThread, Syncer]]:
    """Somebody's replica, empty, over the wire."""
    me = sign_in(url, cast.SUPERVISOR, "home")

    async def token() -> str:
        return me.access_token

    replica = await ReplicaThread.open(folder / "home.db", KEY, tenant_id=me.tenant_id, actor_id=me.user_id, device="home")
    syncer = Syncer(replica, wire.url, token=token, refresh=token)
    try:
        yield replica, syncer
    finally:
        await syncer.stop()
        await replica.close()


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_first_download_over_a_slow_line_that_is_cut_goes_on_and_holds_no_act_up(line: SlowLine, tmp_path: Path) -> None:
    place = await asyncio.to_thread(copy_of, "quick", QUICK, tmp_path / "server")  # it may have to be made first
    with stores_of(place) as stores:
        before = await stores.all()[0].look(lambda connection: count_of(connection, Contact))
    with served(line, place) as url:
        far = urlsplit(url)
        async with Wire(far.port or 0, to_host=str(far.hostname)) as wire, console(url, wire, tmp_path) as (replica, syncer):
            told: list[SyncState] = []
            syncer.subscribe(told.append)
            syncer.start()
            acts = []
            for share in (0.2, 0.4, 0.6):
                await until(lambda share=share: is_past(told, share), PATIENCE_S)  # type: ignore[misc]
                acts.append(new_id())
                await replica.run(CreateContact(contact_id=acts[-1], name="Meanwhile"))
                await until(lambda: syncer.state.waiting == 0 or syncer.state.kind == "live", PATIENCE_S)
                wire.cut()
            await until(lambda: syncer.state.kind == "live" and syncer.state.waiting == 0, PATIENCE_S)
            coming = [state for state in told if state.kind == "catching_up" and state.done]
            first = coming[: coming.index(max(coming, key=lambda state: state.done)) + 1]
            assert [state.done for state in first] == sorted(state.done for state in first), "it never goes back"
            assert len({state.total for state in first}) <= 2, "what it will be was known from the beginning"
            assert [state.waiting for state in first if state.waiting] == [1] * len([state for state in first if state.waiting])
            people = await replica.read(lambda reader: count_of(reader.connection, Contact))
            assert people == before + len(acts)


def is_past(told: list[SyncState], share: float) -> bool:
    return bool(told) and told[-1].kind == "catching_up" and told[-1].done > share * told[-1].total > 0
