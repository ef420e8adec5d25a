"""Oversized, deeply nested, broken and trickling input at every door: a clear refusal, bounded memory, and the server goes on."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import msgspec
import psutil
import pytest
import pytest_asyncio
import zstandard
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from app.kernel.command import Issued
from app.kernel.ids import new_id
from app.protocol.codec import CONTENT_TYPE, pack, unpack
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Answer, Push
from app.protocol.live import Hello, Standing
from server.database.place import read_place
from server.features import body
from server.web import patience
from tests.faults.own_server import OwnServer, sign_in
from tests.server.world import Database, SqliteDatabase, World, running

DEEP = 200_000
NESTED_JSON = b'{"name":' + b"[" * DEEP + b"]" * DEEP + b"}"
NESTED_MSGPACK = b"\x91" * DEEP + b"\x90"
LONG = b'{"name":"' + b"a" * (5 << 20) + b'"}'
MOST_GROWTH_BYTES = 200 << 20
JSON = {"Content-Type": "application/json"}
BODIES = {
    "nothing": b"", "no JSON": b"{]", "no UTF-8": b'{"name":"\xff\xfe"}', "half a surrogate": b'{"name":"\\ud800"}',
    "a number": b"1", "NUL": b'{"name":"a\\u0000"}', "nested": NESTED_JSON, "long": LONG,
    "a huge number": b'{"name":' + b"9" * 100_000 + b"}", "another kind": b'{"name":{"a":1}}',
    "an unknown field": b'{"name":"a","shoe":1}',
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    folder = tmp_path_factory.mktemp("doors")
    with OwnServer(read_place(f"sqlite:///{folder}/patchbay.db"), folder) as running:
        yield running


@pytest.fixture
def tickets(server: OwnServer) -> dict[str, str]:
    return sign_in(server.url)


@pytest_asyncio.fixture
async def caller(server: OwnServer, tickets: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is signed in; afterwards the server has not grown, failed, or stopped to answer."""
    before = psutil.Process(server.pid).memory_info().rss
    headers = {"Authorization": f"Bearer {tickets['access_token']}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as http:
        yield http
        assert (await http.get("/api/v1/workspace")).status_code == 200
    assert psutil.Process(server.pid).memory_info().rss - before < MOST_GROWTH_BYTES
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("what", BODIES)
async def test_rest_refuses_a_broken_body_with_a_problem(caller: httpx.AsyncClient, what: str) -> None:
    for path in ("/api/v1/contacts", "/api/v1/sign-in", "/api/v1/refresh"):
        answer = await caller.post(path, content=BODIES[what], headers=JSON)
        assert answer.status_code in ({413} if what == "long" else {400, 422}), (path, answer.text[:300])
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["detail"]


async def test_rest_refuses_a_broken_address(caller: httpx.AsyncClient) -> None:
    for query in ("limit=x", f"limit={'9' * 5000}", "after=%00%ff", "limit=-1", f"after={'A' * 6000}"):
        answer = await caller.get(f"/api/v1/contacts?{query}")
        assert answer.status_code in {400, 422}, answer.text[:300]
    assert (await caller.get("/api/v1/contacts/" + "a" * 5000)).status_code == 404
    assert (await caller.get("/api/v1/contacts", headers={"X-Long": "a" * 100_000})).status_code == 400


async def push(caller: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await caller.post("/sync/push", content=content, headers={"Content-Type": CONTENT_TYPE})


def bomb(size: int) -> bytes:
    """A few kilobytes that say that they are much more."""
    return zstandard.ZstdCompressor(19).compress(b"\x00" * size)


def lying_bomb() -> bytes:
    """Says of itself that it is small."""
    packed = bytearray(zstandard.ZstdCompressor(3).compress(b"\x00" * (1 << 20)))
    head = zstandard.get_frame_parameters(bytes(packed))
    assert head.content_size == 1 << 20
    place = bytes(packed).index(struct.pack("<I", 1 << 20))
    packed[place : place + 4] = struct.pack("<I", 100)
    return bytes(packed)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"abc", b"\x28\xb5\x2f\xfd", bomb(512 << 20), lying_bomb(), zstandard.compress(NESTED_MSGPACK), pack([1, 2]),
        pack({"device": 1}),
    ],
    ids=["nothing", "garbage", "a head", "a bomb", "a lying bomb", "nested", "a list", "another kind"],
)  # fmt: skip
async def test_a_push_that_is_none_is_refused(caller: httpx.AsyncClient, content: bytes) -> None:
    answer = await push(caller, content)
    assert (answer.status_code, answer.json()["key"]) == (422, "bad_value")


async def test_a_push_that_is_too_long_is_refused_before_it_is_read(caller: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"\x00" * (1 << 20)

    answer = await caller.post("/sync/push", content=endless())
    assert answer.status_code == 413


async def test_one_command_that_cannot_be_read_does_not_hold_up_the_next(
    caller: httpx.AsyncClient, tickets: dict[str, str]
) -> None:
    good = {"contact_id": new_id(), "name": "Ada"}
    bodies = [b"\xa3no.", msgspec.msgpack.encode(["no", "map"]), msgspec.msgpack.encode(good)]
    commands = [_issued(tickets, "contact.create", content) for content in bodies]
    commands.append(_issued(tickets, "no.such_command", bodies[-1]))
    answer = await push(caller, pack(Push(device="d1", commands=commands)))
    assert answer.status_code == 200, answer.text
    told = unpack(answer.content, Answer).outcomes
    assert [each.status for each in told] == ["rejected", "rejected", "applied", "rejected"]
    assert [each.error for each in told] == ["bad_value", "bad_value", "", "unknown_command"]


def _issued(tickets: dict[str, str], name: str, content: bytes) -> Issued:
    return Issued(
        id=new_id(), name=name, body=msgspec.Raw(content), actor_id=UUID(tickets["user_id"]), device="d1",
        acted_us=1_800_000_000_000_000,
    )  # fmt: skip


async def test_a_cursor_that_is_none_is_refused(caller: httpx.AsyncClient) -> None:
    for cursor in ("!", "AAAA", "gQ" * 40_000, "-" * 100):
        answer = await caller.post("/sync/pull", content=cursor.encode())
        assert (answer.status_code, answer.json()["key"]) == (422, "bad_value")
    assert (await caller.post("/sync/pull", content=b"A" * (2 << 20))).status_code == 413
    assert (await caller.get("/sync/pull?protocol=0")).status_code == 422


@pytest.mark.parametrize(
    "messages",
    [
        ["a text"], [b""], [b"garbage"], [bomb(512 << 20)], [zstandard.compress(NESTED_MSGPACK)], [b"a" * (2 << 20)],
        [pack(Standing(cursor=Cursor()))], [pack(Hello(cursor=Cursor(), protocol=0))],
        [pack(Hello(cursor=Cursor())), bomb(64 << 20)],
    ],
    ids=["text", "nothing", "garbage", "a bomb", "nested", "long", "out of turn", "an old protocol", "a bomb later"],
)  # fmt: skip
async def test_the_live_socket_is_closed_on_nonsense(
    caller: httpx.AsyncClient, server: OwnServer, tickets: dict[str, str], messages: list[Any]
) -> None:
    headers = {"Authorization": f"Bearer {tickets['access_token']}"}
    url = server.url.replace("http", "ws") + "/sync/live"
    async with connect(url, additional_headers=headers, proxy=None) as wire:
        async with asyncio.timeout(60):
            with suppress(ConnectionClosedError):  # it may be closed before all of a long one is sent
                for message in messages:
                    await wire.send(message)
                async for _ in wire:
                    pass
        assert wire.close_code in {1000, 1008, 1009}


async def test_a_live_socket_wants_a_token(server: OwnServer) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as stranger:
        for path in ("/sync/push", "/sync/pull", "/sync/live"):
            answer = await (stranger.post(path) if path.endswith("push") else stranger.get(path))
            assert answer.status_code == 401


@pytest.fixture
def made(tmp_path: Path) -> Database:
    return SqliteDatabase(tmp_path / "made")


async def test_who_trickles_is_cut_and_others_are_answered_meanwhile(
    made: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_S", 0.6)
    monkeypatch.setattr(body, "GRACE_S", 0.6)
    async with running(made.copy(tmp_path / "place"), made.people) as world:
        heads = [await _slow(world, b"GET /health HTTP/1.1\r\nHost: a\r\nX-") for _ in range(100)]
        monkeypatch.setattr(patience, "HEAD_S", 60)  # for those that say at once what they want, however busy the machine is
        token = (await world.try_sign_in("acme", "ana@acme.example")).json()["access_token"]
        ask = f"POST /api/v1/contacts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n".encode()
        bodies = [
            await _slow(world, ask + b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{") for _ in range(20)
        ]
        async with world.signed_in("acme", "ana@acme.example") as caller:
            assert (await caller.get("/contacts")).status_code == 200
        said = await asyncio.gather(*(_trickle(each, 60) for each in heads + bodies))
        assert set(said[:100]) == {b""}, "cut without a word: nobody waits there"
        assert all(each.startswith(b"HTTP/1.1 408") for each in said[100:]), said[100]
        async with world.signed_in("acme", "ana@acme.example") as caller:
            assert (await caller.get("/contacts")).status_code == 200


async def test_who_goes_away_in_the_middle_of_a_body_is_nobodys_fault() -> None:
    """aiohttp says to whoever reads on that the connection is closed, as if it were a bug."""
    loop = asyncio.get_running_loop()
    closed = BaseProtocol(loop)
    closed.connection_lost(None)
    request = make_mocked_request("POST", "/", {"Content-Length": "9"}, payload=StreamReader(closed, 2**16, loop=loop))
    with patch.object(type(request), "transport", None), pytest.raises(ConnectionResetError):
        await body.whole(request, 9)


Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _slow(world: World, begin: bytes) -> Wire:
    host, port = world.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), family=socket.AF_INET)
    writer.write(begin)
    await writer.drain()
    return reader, writer


async def _trickle(wire: Wire, most_s: float) -> bytes:
    """A byte now and then until the other side ends it; what it said."""
    reader, writer = wire
    said = b""
    try:
        async with asyncio.timeout(most_s):
            while not said and not reader.at_eof():
                writer.write(b"a")
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        said = await reader.read(1000)
    except ConnectionError:
        pass  # cut: nothing was said
    finally:
        writer.close()
    return said
