"""Many calls and odd messages: none is lost, and the phone lives on."""

import asyncio
import socket
from pathlib import Path

import msgspec
import psutil

from softphone.api import CallRinging, Diagnose, Diagnostics, Ping, Reject
from softphone.client import SoftphoneProcess
from tests.peers.kamailio import Kamailio
from tests.peers.sipp import make_calls
from tests.softphone.conftest import Ear

CALLS, PER_SECOND = 100, 10
INVITE = b"INVITE sip:agent@call.example SIP/2.0\r\n"
ODD = (
    INVITE + b"\r\n",
    INVITE + b"Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nCSeq: one INVITE\r\nContent-Length: 0\r\n\r\n",
    INVITE + b'Via: \r\nFrom: <>;tag=\r\nTo: "\r\nCall-ID:\r\nCSeq: 1 INVITE\r\nContent-Length: -5\r\n\r\n',
    b"\x00\xff\xfe INVITE " + bytes(range(256)) + b"\r\n\r\n",
    INVITE + b"X-Long: " + b"a" * 20_000 + b"\r\nContent-Length: 0\r\n\r\n",
    b"SIP/2.0 200 \r\nContent-Length: 99999999\r\n\r\n",
    b"\r\n" * 2000,
)
READ_AND_BROKEN = 4  # of these: the others end before they are whole, or say nothing


async def test_a_hundred_calls_ring_and_none_is_lost(agent: Ear, proxy: Kamailio, tmp_path: Path) -> None:
    rung: list[str] = []
    waiting: set[asyncio.Task[object]] = set()

    def decline(event: object) -> None:
        if isinstance(event, CallRinging):
            rung.append(event.sip_call_id)
            waiting.add(asyncio.get_running_loop().create_task(agent.phone.do(Reject(call_id=event.call_id))))

    agent.phone.subscribe(decline)
    declined = await asyncio.to_thread(make_calls, tmp_path, proxy.port, "agent", count=CALLS, per_second=PER_SECOND)
    await asyncio.gather(*waiting)
    assert declined == CALLS
    assert len(set(rung)) == CALLS


async def test_odd_messages_to_the_proxy_and_to_the_phone_change_nothing(agent: Ear, proxy: Kamailio) -> None:
    pid = agent.phone.pid
    assert pid is not None
    [listener] = [each for each in psutil.Process(pid).net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    for message in ODD:
        await asyncio.to_thread(proxy.send_raw, message[:60_000])
        await asyncio.to_thread(_send, listener.laddr.port, message)
    await asyncio.sleep(1)
    assert isinstance(agent.phone, SoftphoneProcess)
    assert agent.phone.pid == pid, "the phone was restarted"
    await agent.phone.do(Ping())
    told = msgspec.json.decode(await agent.phone.do(Diagnose()), type=Diagnostics)
    assert told.dropped_messages >= READ_AND_BROKEN
    assert not [event for event in agent.heard if isinstance(event, CallRinging)]


def _send(port: int, message: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=3) as wire:
        wire.sendall(message)
