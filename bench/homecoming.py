"""A thousand consoles come back in the same moment: each pushes what it did meanwhile, pulls what the others did, and stays."""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import psutil

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.notes.commands import AddNote
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.command import Command, Issued, body_of
from app.kernel.ids import new_id
from app.protocol.cursor import Cursor
from app.protocol.version import PROTOCOL
from app.sync.server import ServerLink
from app.sync.state import SyncState
from app.sync.syncer import Syncer
from bench.light_replica import Held, LightReplica, held_of
from bench.report import Row, percentile
from bench.served import QUICK, Served, served
from server.commands.serving import allow_many_sockets
from server.database.place import Place
from server.database.sessions import REFRESH_AGE, DeviceSession, SignedIn, add_session
from server.database.store import Stores
from server.database.vault import open_vault
from server.web.tokens import Tokens
from tests.demo import cast as people

CONSOLES, QUICK_CONSOLES = 1_000, 50
CHANGES, QUICK_CHANGES = 500, 50
ACTS = 3
PATIENCE_S = 600.0
LOOK_S = 0.1


@dataclass(slots=True, kw_only=True)
class Home:
    """One console: who it is, where it stands, and what became of it."""

    email: str
    device: str
    token: str
    replica: LightReplica | None = None
    syncer: Syncer | None = None
    live_s: float = 0.0
    offline: list[str] = field(default_factory=list)


def run(quick: bool) -> list[Row]:
    """The consoles are one process on the same cores, and most of the time is theirs; the server's own work is told beside it."""
    count, changes = (QUICK_CONSOLES, QUICK_CHANGES) if quick else (CONSOLES, CHANGES)
    homes: list[Home] = []
    allow_many_sockets()
    with (
        tempfile.TemporaryDirectory() as folder,
        served("quick", QUICK, Path(folder), before=lambda place: homes.extend(_devices(place, count))) as server,
    ):
        return asyncio.run(_measure(server, homes, changes))


def _devices(place: Place, count: int) -> Iterator[Home]:
    """Signed in, without a password for each."""
    stores = Stores(place)
    try:
        [store] = stores.all()
        tokens, now = Tokens(open_vault(place.key_file), system_now_us), moment_from_us(system_now_us())
        for number in range(count):
            email = people.COLLEAGUES[number % len(people.COLLEAGUES)].email
            session = DeviceSession(
                id=new_id(), user_id=people.user_id(store.tenant_id, email), device=f"home{number}", device_name="", address="",
                generation=0, created_at=now, refreshed_at=now, expires_at=now + REFRESH_AGE + timedelta(days=1),
            )  # fmt: skip
            with store.engine.begin() as connection:
                add_session(connection, store.tenant_id, session)
            who = SignedIn(
                tenant_id=store.tenant_id, user_id=session.user_id, device=session.device, session_id=session.id
            )  # fmt: skip
            yield Home(email=email, device=session.device, token=tokens.access(who))
    finally:
        stores.close()


async def _measure(server: Served, homes: list[Home], changes: int) -> list[Row]:
    process = psutil.Process(server.process_id)
    first = {home.email: home for home in reversed(homes)}
    bases = {email: (await _pulled(server, home, Cursor()))[0] for email, home in first.items()}
    await _change(server, changes)
    for number, home in enumerate(homes):
        user_id = people.user_id(server.tenant_id, home.email)
        acts = [_issued(home, user_id, act) for act in _acts(number)]
        home.replica = LightReplica(home.device, bases[home.email], acts)
    before_mb, before_s = process.memory_info().rss / 1e6, sum(process.cpu_times()[:2])
    began_s = time.monotonic()
    for home in homes:
        _come(server, home, began_s)
    most_mb = await _all_equal(homes, process)
    took_s, worked_s = time.monotonic() - began_s, sum(process.cpu_times()[:2]) - before_s
    wanted = {email: (await _pulled(server, home, bases[email]))[1] for email, home in first.items()}
    await asyncio.gather(*(home.syncer.stop() for home in homes if home.syncer))
    _check(homes, wanted)
    return _rows(homes, changes, took_s, worked_s, (before_mb, most_mb))


async def _pulled(server: Served, home: Home, cursor: Cursor) -> tuple[Cursor, Held]:
    """What somebody's device would hold of what is newer, and where it would stand."""
    link, rows = _link(server, home), Held()
    try:
        async for page in link.pages(cursor):
            rows.update(held_of(page.blocks))
            cursor = page.end
    finally:
        await link.close()
    return cursor, rows


def _link(server: Served, home: Home) -> ServerLink:
    async def token() -> str:
        return home.token

    return ServerLink(server.url, token, token, verify=False)


async def _change(server: Served, changes: int) -> None:
    """While they are away, one after the other."""
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=server.headers, timeout=30) as client:
        ids, after = list[str](), dict[str, str]()
        while len(ids) < changes:
            page = (await client.get("/contacts", params={"limit": 200, **after})).raise_for_status().json()
            ids, after = [*ids, *(row["id"] for row in page["rows"])], {"after": page["next"]}
        for number, each in enumerate(ids[:changes]):
            (await client.patch(f"/contacts/{each}", json={"job_title": f"Changed {number}"})).raise_for_status()


def _acts(number: int) -> list[Command]:
    made = new_id()
    return [
        CreateContact(contact_id=made, name=f"Met on the way {number}"),
        AddNote(note_id=new_id(), text=f"Called from the train {number}", contact_id=made),
        EditContact(contact_id=made, patch={"pinned_note": f"Call back {number}"}),
    ]


def _issued(home: Home, user_id: UUID, command: Command) -> Issued:
    return Issued(
        id=new_id(), name=command.verb, body=body_of(command), actor_id=user_id, device=home.device, acted_us=system_now_us(),
        seen={}, spoken=PROTOCOL,
    )  # fmt: skip


def _come(server: Served, home: Home, began_s: float) -> None:
    """As a console does when the network is back; its syncer is the real one."""

    async def token() -> str:
        return home.token

    def hear(state: SyncState) -> None:
        if state.kind == "offline" and state.error:
            home.offline.append(f"{state.error} {state.values}")
        if state.kind == "live" and not home.live_s:
            home.live_s = time.monotonic() - began_s

    home.syncer = Syncer(cast("Any", home.replica), server.url, token=token, refresh=token, verify=False)
    home.syncer.subscribe(hear)
    home.syncer.start()


async def _all_equal(homes: list[Home], process: psutil.Process) -> float:
    """Until all stand at the same place and have nothing left to say; the most memory that the server took meanwhile, in MB."""
    most_mb, end_s = 0.0, time.monotonic() + PATIENCE_S
    while True:
        most_mb = max(most_mb, float(process.memory_info().rss) / 1e6)
        standing = {(await home.replica.cursor()).version for home in homes if home.replica}
        waiting = sum([await home.replica.count_waiting() for home in homes if home.replica])
        is_live = all(home.syncer is not None and home.syncer.state.kind == "live" for home in homes)
        if is_live and not waiting and len(standing) == 1:
            return most_mb
        if time.monotonic() > end_s:
            raise TimeoutError(f"{waiting} acts wait, {len(standing)} places, {Counter(_kind(home) for home in homes)}")
        await asyncio.sleep(LOOK_S)


def _kind(home: Home) -> str:
    return home.syncer.state.kind if home.syncer else "none"


def _check(homes: list[Home], wanted: dict[str, Held]) -> None:
    """Everything that was done is there once, and each holds what its person may see of it."""
    for home in homes:
        assert home.replica is not None
        assert Counter(each.status for each in home.replica.answers) == {"applied": ACTS}, home.replica.answers
        assert home.replica.rows == wanted[home.email], home.device


def _rows(homes: list[Home], changes: int, took_s: float, worked_s: float, memory_mb: tuple[float, float]) -> list[Row]:
    refused = Counter(each for home in homes for each in home.offline)
    said = f"{len(homes):,} consoles, {changes} changes behind, {ACTS} acts each; load {os.getloadavg()[0]:.1f}"
    turned = ", ".join(f"{count} times {what}" for what, count in refused.most_common(3)) or "nobody"
    live_s = [home.live_s for home in homes]
    return [
        Row(metric="equal_s", value=took_s, unit="s", peer=f"{said}; until the last equals the server"),
        Row(metric="live_p50_s", value=percentile(live_s, 50), unit="s", peer="until a console is live for the first time"),
        Row(metric="live_max_s", value=max(live_s), unit="s", peer="until the last one is"),
        Row(metric="server_cpu_s", value=worked_s, unit="s", peer="the server's own work for all of it"),
        Row(metric="turned_away", value=sum(refused.values()), unit="times", peer=f"and came again: {turned}"),
        Row(metric="memory_mb", value=memory_mb[1], unit="MB", peer=f"the server's most; {memory_mb[0]:.0f} before they came"),
    ]
