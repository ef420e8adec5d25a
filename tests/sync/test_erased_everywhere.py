"""A person is erased on a real server: two consoles over real sockets, and the server's own files, lose every byte of them."""

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

from app.domain.contacts.queries import contact
from app.domain.notes.commands import AddNote
from app.kernel.erasing import ErasedPerson
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.replica.thread import ReplicaThread
from app.sync.syncer import Syncer
from server.commands.audit import verify_audit
from server.database.place import Place
from tests.replica.pages import opened
from tests.server.erasing import SECRETS, acquaint, in_files, is_over, traces
from tests.server.world import SqliteDatabase, World, running
from tests.sync.service import until

PATIENCE_S = 60.0


@contextlib.asynccontextmanager
async def console(world: World, folder: Path, email: str, user: UUID, device: str, key: bytes) -> AsyncIterator[Any]:
    """Somebody's replica that follows the server when it is told to."""
    token = (await world.try_sign_in("acme", email, device=device)).raise_for_status().json()["access_token"]

    async def give() -> str:
        return str(token)

    path = folder / f"{device}.db"
    replica = await ReplicaThread.open(path, key, tenant_id=world.people.acme, actor_id=user, device=device)

    @contextlib.asynccontextmanager
    async def live() -> AsyncIterator[Syncer]:
        syncer = Syncer(replica, world.address, token=give, refresh=give)
        syncer.start()
        try:
            await until(lambda: syncer.state.kind == "live" and syncer.state.waiting == 0, PATIENCE_S)
            yield syncer
        finally:
            await syncer.stop()

    yield replica, live, path
    await replica.close()


async def name_of(replica: ReplicaThread, contact_id: UUID) -> str:
    try:
        return (await replica.read(lambda reader: contact(reader, contact_id))).name
    except NotHere:
        return ""


def said_in(path: Path, key: bytes) -> set[str]:
    held = opened(path, key).lower()
    return {secret for secret in SECRETS if secret.lower().encode() in held}


async def test_two_consoles_and_the_server_lose_every_byte(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "made")
    place = database.copy(tmp_path / "place")
    async with running(place, database.people) as world:
        await _erase_everywhere(world, place, tmp_path)


async def _erase_everywhere(world: World, place: Place, tmp_path: Path) -> None:
    store, key = world.server.stores.of(world.people.acme), os.urandom(32)
    known = await acquaint(store, world.people.ana)
    folder = tmp_path / "consoles"
    folder.mkdir()
    async with (
        console(world, folder, "ana@acme.example", world.people.ana, "c1", key) as (here, here_live, here_path),
        console(world, folder, "ben@acme.example", world.people.ben, "c2", key) as (there, there_live, there_path),
    ):
        async with there_live():
            assert await name_of(there, known.contact) == "Maddalena Quirrel"
        offline = AddNote(note_id=new_id(), text="mellow saxophone", contact_id=known.contact)
        await there.run(offline)  # while he is away
        async with here_live():
            assert await name_of(here, known.contact) == "Maddalena Quirrel"
            assert {"Maddalena Quirrel", "ledger enclosed"} <= said_in(here_path, key)
            async with world.signed_in("acme", "ana@acme.example") as ana:
                assert (await ana.post(f"/contacts/{known.contact}/erase", json={})).status_code == 200
            await until(lambda: is_erased(here, known.contact), PATIENCE_S)
        async with there_live():
            await until(lambda: is_erased(there, known.contact), PATIENCE_S)
        [refused] = await there.outbox()
        assert (refused.error, refused.command) == (ErasedPerson.key, None)
        await until(lambda: is_over(store), PATIENCE_S)
    assert (said_in(here_path, key), said_in(there_path, key)) == (set(), set())
    assert traces(place, store.tenant_id) == {}
    assert in_files(place.blobs) == set()
    out = io.StringIO()
    assert await verify_audit(world.server.stores, out, "") == 0, out.getvalue()
    assert in_files(place.folder) == set()


async def is_erased(replica: ReplicaThread, contact_id: UUID) -> bool:
    return await name_of(replica, contact_id) == "Erased person"
