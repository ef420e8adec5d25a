"""Two machines with a server process each share nothing but one PostgreSQL; one is cut off from it and comes back."""

import base64
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.contacts.commands import CreateContact, EditContact
from app.kernel.ids import new_id
from server.database.place import Place
from server.database.vault import VARIABLE
from tests.peers.network import Machine, NotPermitted, machines
from tests.peers.postgresql import postgresql
from tests.scale.fleet import caller, console, sign_in, until
from tests.server.world import PostgresqlDatabase

ROOT = Path(__file__).parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def hosts() -> Iterator[list[Machine]]:
    """Two, with cables."""
    with contextlib.ExitStack() as stack:
        try:
            made = stack.enter_context(machines(2))
        except NotPermitted as error:
            pytest.skip(f"network namespaces are not permitted here, so two hosts cannot be tested: {error}")
        yield made


@pytest.fixture
def database(hosts: list[Machine], tmp_path: Path) -> Iterator[tuple[PostgresqlDatabase, int]]:
    """Two workspaces in a PostgreSQL that both hosts reach, each over its own cable; and its port."""
    with postgresql(addresses=[host.database_side for host in hosts]) as peer:
        yield PostgresqlDatabase(peer.url(), tmp_path / "made"), peer.port


@contextlib.contextmanager
def served(host: Machine, place: Place, port: int, folder: Path) -> Iterator[str]:
    """A server on the machine, with a folder of its own; the secret key comes from the environment."""
    database = place.url.rpartition("/")[2]
    words = [
        sys.executable, "-m", "server", "serve", "--database", f"postgresql://owner@{host.database_side}:{port}/{database}",
        "--folder", str(folder), "--host", host.client_side, "--port", "0",
    ]  # fmt: skip
    with subprocess.Popen(
        host.command(words), stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, VARIABLE: KEY}
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://{host.client_side}:{process.stdout.readline().strip().rpartition(':')[2]}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=60)
            finally:
                process.kill()


@pytest.mark.timeout(600)
async def test_what_is_done_on_one_host_is_seen_on_the_other_also_after_one_was_cut_off(
    hosts: list[Machine], database: tuple[PostgresqlDatabase, int], tmp_path: Path
) -> None:
    made, port = database
    place, people = made.copy(tmp_path / "place"), made.people
    with served(hosts[0], place, port, tmp_path / "one") as one, served(hosts[1], place, port, tmp_path / "other") as other:
        ana, ben = await sign_in(one, "ana@acme.example"), await sign_in(other, "ben@acme.example")
        async with console(one, ana, tmp_path) as hers, console(other, ben, tmp_path) as his, caller(other, ben) as program:
            await hers.is_live()
            await his.is_live()
            first, second = new_id(), new_id()
            for desk, contact in ((hers, first), (his, second)):
                await desk.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=people.acme))
            await his.sees(first, "Ada")
            await hers.sees(second, "Ada")

            hosts[1].cut()
            await hers.replica.run(EditContact(contact_id=first, patch={"name": "Ada L."}))
            await hers.is_live()  # the other host's server goes on
            await his.replica.run(EditContact(contact_id=second, patch={"name": "Ada B."}))
            answer = await program.get("/contacts", timeout=120)  # not when TCP gives up, which takes a quarter of an hour
            assert (answer.status_code, answer.json()["key"]) == (503, "database_away")
            assert (await his.name_of(first), await his.name_of(second)) == ("Ada", "Ada B.")
            assert await hers.name_of(second) == "Ada"

            hosts[1].mend()
            await his.sees(first, "Ada L.")
            await hers.sees(second, "Ada B.")
            await until(lambda: his.syncer.state.waiting == 0, 60)
            await hers.replica.run(EditContact(contact_id=second, patch={"name": "Ada again"}))
            await his.sees(second, "Ada again")
