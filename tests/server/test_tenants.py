"""Tenants do not meet: whatever message names another tenant's record, it is not there; and the database itself refuses."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import httpx
import msgspec
import psycopg
import pytest
from sqlalchemy import Connection, text
from websockets.asyncio.client import connect

from app.domain.tasks.commands import CreateTask
from app.kernel.command import COMMANDS, Command, Issued, body_of
from app.kernel.ids import new_id
from app.kernel.record import KINDS
from app.protocol.codec import CONTENT_TYPE, Frames, pack, unpack
from app.protocol.cursor import Cursor, cursor_to_text
from app.protocol.envelopes import Answer, Page, Push
from app.protocol.live import Hello, Presence
from server.database.migrate import TENANT, tables_of
from server.database.place import Place
from server.database.store import TenantStore
from server.jobs.runner import Runner
from server.sync.endpoints import live_of
from tests.scale.fleet import until
from tests.server.access import NOUNS, Cast, make_cast
from tests.server.world import Database, World, stores_of

AT = datetime(2026, 11, 20, tzinfo=UTC)
SAMPLES: dict[Any, Any] = {
    str: "x",
    int: 1,
    bool: True,
    datetime: AT,
    UUID: UUID(int=7),
    dict: {},
    list: [],
    tuple: (),
    float: 1.0,
}
OURS = sorted(name for name, kind in COMMANDS.items() if kind.__module__.startswith("app."))


def naming(kind: type[Command], known: dict[str, UUID]) -> Command | None:
    """The command with another tenant's records wherever it names one; nothing when it names none."""
    marks, hints = dict(kind.refs), get_type_hints(kind)
    arguments: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # every command is one
        mark = marks.get(field.name)
        if mark is not None and not mark.new:
            arguments[field.name] = known.get(mark.kind, known["contact"])
        elif field.name.endswith("_id") and mark is None and field.name != "command_id":
            arguments[field.name] = known["contact"]
        elif field.default is dataclasses.MISSING:
            arguments[field.name] = new_id() if mark else sample(field.name, hints[field.name])
    names_any = any(not mark.new for mark in marks.values())
    return kind(**arguments) if names_any else None


def sample(name: str, hint: Any) -> Any:
    """Some value of the type."""
    if name == "record_kind":
        return "contact"
    options = [each for each in get_args(hint) if each is not NoneType] if NoneType in get_args(hint) else [hint]
    origin = get_origin(options[0]) or options[0]
    return SAMPLES[origin] if origin in SAMPLES else get_args(options[0])[0]


@pytest.fixture
def zenith(world: World) -> TenantStore:
    return world.server.stores.of(world.people.zenith)


async def cast_of(world: World) -> tuple[Cast, dict[str, UUID]]:
    """Acme's records, by kind."""
    cast = await make_cast(world)
    known = {noun: cast.ids[noun, "everybody"] for noun in NOUNS}
    with cast.store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
        for kind in KINDS:
            found = connection.execute(text(f'SELECT id FROM "{kind}" LIMIT 1')).scalar()  # noqa: S608  # a kind's name
            if found is not None:
                known.setdefault(kind, found if isinstance(found, UUID) else UUID(bytes=found))
    return cast, known


async def test_no_message_of_sync_reaches_another_tenants_records(zoe: httpx.AsyncClient, world: World) -> None:
    cast, known = await cast_of(world)
    commands = [made for name in OURS if (made := naming(COMMANDS[name], known)) is not None]
    assert len(commands) > 35
    issued = [
        Issued(
            id=new_id(), name=each.verb, body=body_of(each), actor_id=world.people.zoe, device="d3", acted_us=cast.store.now_us()
        )
        for each in commands
    ]
    runner = next(each for each in world.server.services if isinstance(each, Runner))
    await runner.stop()  # it writes what became of the mails of the cast
    before = await changes(cast.store)
    pushed = await zoe.post(
        f"{world.address}/sync/push", content=pack(Push(device="d3", commands=issued)), headers={"Content-Type": CONTENT_TYPE}
    )
    outcomes = unpack(pushed.content, Answer).outcomes
    told = {each.name: outcome.error for each, outcome in zip(issued, outcomes, strict=True)}
    assert {name: error for name, error in told.items() if error != "not_here"} == {}
    assert await changes(cast.store) == before


async def changes(store: TenantStore) -> int:
    return int(await store.look(lambda each: each.execute(text("SELECT max(change) FROM tenant")).scalar_one()))


async def test_a_cursor_of_another_tenants_opens_nothing(zoe: httpx.AsyncClient, ana: httpx.AsyncClient, world: World) -> None:
    cast, known = await cast_of(world)
    theirs = (await ana.post(f"{world.address}/sync/pull")).raise_for_status()
    forged = msgspec.structs.replace(list(pages_in(theirs.content))[-1].end, version=1)
    answer = await zoe.post(f"{world.address}/sync/pull", content=cursor_to_text(forged).encode())
    acme = [cast.store.tenant_id, *known.values(), *cast.ids.values()]
    assert [
        each for each in acme if each.bytes in (b"".join(rows_in(answer.content)) if answer.status_code == 200 else b"")
    ] == []


async def test_nobody_is_said_to_be_at_another_tenants_record(zoe: httpx.AsyncClient, world: World) -> None:
    contact = UUID((await zoe.post("/contacts", json={"name": "Mia"})).json()["id"])
    _, known = await cast_of(world)
    presences = live_of(world.server.application, world.server.stores.of(world.people.zenith)).whereabouts.presences
    headers = {"Authorization": zoe.headers["Authorization"]}
    async with connect(f"ws{world.address.removeprefix('http')}/sync/live", additional_headers=headers, proxy=None) as socket:
        await socket.send(pack(Hello(cursor=Cursor())))
        for kind, theirs in known.items():
            await socket.send(pack(Presence(doing="viewing", about=contact)))
            await until(lambda: presences.doing(world.people.zoe) is not None)
            await socket.send(pack(Presence(doing=kind, about=theirs)))
            await until(lambda: presences.doing(world.people.zoe) is None)


def pages_in(content: bytes) -> list[Page]:
    return [unpack(frame, Page) for frame in Frames().feed(content)]


def rows_in(content: bytes) -> Iterator[bytes]:
    for page in pages_in(content):
        for block in page.blocks:
            yield msgspec.msgpack.encode(block.rows)


async def test_nobody_acts_as_somebody_else(zoe: httpx.AsyncClient, world: World) -> None:
    command = CreateTask(task_id=new_id(), title="x")
    issued = Issued(
        id=new_id(), name=command.verb, body=body_of(command), actor_id=world.people.ana, device="d3", acted_us=1
    )  # fmt: skip
    pushed = await zoe.post(
        f"{world.address}/sync/push", content=pack(Push(device="d3", commands=[issued])), headers={"Content-Type": CONTENT_TYPE}
    )
    assert pushed.status_code == 403


async def test_what_a_body_names_of_another_tenant_is_not_here_either(zoe: httpx.AsyncClient, world: World) -> None:
    talk = (await zoe.post("/conversations", json={"channel": "email", "address": "a@x.example"})).json()
    mine = (await zoe.post("/contacts", json={"name": "Mia"})).json()
    firm = (await zoe.post("/accounts", json={"name": "Firm"})).json()
    stranger, team = str(world.people.ben), str(world.people.acme)
    for method, path, body in (
        ("POST", f"/conversations/{talk['id']}/assign", {"assignee_id": stranger}),
        ("POST", f"/conversations/{talk['id']}/assign", {"assignee_id": None, "team_id": team}),
        ("POST", f"/contacts/{mine['id']}/assign", {"owner_id": stranger, "team_id": None}),
        ("POST", f"/contacts/{mine['id']}/assign", {"owner_id": None, "team_id": team}),
        ("POST", "/contacts", {"name": "Nora", "team_id": team}),
        ("PATCH", f"/accounts/{firm['id']}", {"owner_id": stranger}),
        ("POST", "/tasks", {"title": "x", "owner_id": stranger}),
        ("POST", "/shares", {"record_kind": "contact", "record_id": mine["id"], "user_id": stranger}),
    ):
        answer = await zoe.request(method, path, json=body)
        assert (answer.status_code, answer.json()["key"]) == (404, "not_here"), (path, body, answer.text)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_raw_sql_through_the_servers_role_stays_in_its_tenant(place: Place, database: Database) -> None:
    """Tables without a row of the other tenant are tried too: with a statement that would write one."""
    acme, zenith = database.people.acme, database.people.zenith
    with stores_of(place) as stores:
        engine = stores.of(zenith).engine
        for table in tables_of(TENANT):
            column = "id" if table == "tenant" else "tenant_id"
            with engine.connect() as connection, connection.begin():
                assert connection.execute(text("SELECT current_user")).scalar() == "patchbay_server"
                rows = driver_of(connection).execute(f'SELECT count(*) FROM "{table}" WHERE {column} = %s', [acme]).fetchone()  # noqa: S608
                assert rows == (0,), table
            for statement in (
                f'UPDATE "{table}" SET {column} = {column} WHERE {column} = %s',  # noqa: S608  # a table's name
                f'DELETE FROM "{table}" WHERE {column} = %s',  # noqa: S608  # a table's name
            ):
                assert touched(engine, statement, acme) == 0, (table, statement)
        with engine.connect() as connection, connection.begin() as transaction:
            driver = driver_of(connection)
            assert driver.execute('SELECT count(*) FROM "user"').fetchone() == (1,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                driver.execute('UPDATE "user" SET tenant_id = %s', [acme])
            transaction.rollback()


def driver_of(connection: Connection) -> Any:
    """Past everything that the program puts before the database."""
    return connection.connection.driver_connection


def touched(engine: Any, statement: str, tenant: UUID) -> int:
    """How many rows a statement reaches; none where the role may not even try."""
    with engine.connect() as connection, connection.begin():
        driver = driver_of(connection)
        try:
            return int(driver.execute(statement, [tenant]).rowcount)
        except psycopg.errors.InsufficientPrivilege:
            return 0
