"""When an account is tried again: by the rule, and at a real registrar that refuses, is away, or is reached from elsewhere."""

import asyncio
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from softphone.api import Register, RegistrationChanged, Sound, UseSound
from softphone.client import SoftphoneProcess
from softphone.engine import network
from softphone.engine.retrying import JITTER, MOST_REFUSED, MOST_S, REFUSED_AGAIN_S, Tries
from tests.peers.kamailio import Kamailio
from tests.softphone.conftest import Ear, account

LONG_S = 60
ELSEWHERE = """
import asyncio, pathlib, sys
from softphone.engine import network, retrying, service
network.LOOK_S, retrying.REFUSED_AGAIN_S = 0.05, 0.05
network.sources = lambda: tuple(pathlib.Path(sys.argv[1]).read_text().split())
asyncio.run(service.serve())
"""


def is_near(pause_s: float | None, wanted_s: float) -> bool:
    return pause_s is not None and wanted_s * (1 - JITTER) <= pause_s <= min(MOST_S, wanted_s * (1 + JITTER))


def test_pauses_double_up_to_a_minute_and_begin_anew_after_success() -> None:
    tries = Tries()
    assert all(is_near(tries.pause_s(503), wanted) for wanted in (1, 2, 4, 8, 16, 32, 60, 60))
    assert all(is_near(tries.pause_s(408), 60) for _ in range(2000))
    assert is_near(Tries().pause_s(503), 1)
    assert len({Tries().pause_s(503) for _ in range(20)}) > 1


@pytest.mark.parametrize("code", [401, 403, 404, 407])
def test_who_is_refused_is_tried_once_more_and_then_only_when_somebody_asks(code: int) -> None:
    tries = Tries()
    assert (tries.pause_s(code), tries.is_given_up) == (REFUSED_AGAIN_S, False)
    assert is_near(tries.pause_s(503), 1)
    assert (tries.pause_s(code), tries.is_given_up) == (None, True)
    assert MOST_REFUSED == 2


def test_the_addresses_of_this_machine_are_asked_of_its_routes() -> None:
    assert all(found.count(".") == 3 or ":" in found for found in network.sources())


async def test_no_way_out_is_told_to_nobody_the_way_back_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "LOOK_S", 0)
    seen = iter([("10.0.0.1",), ("10.0.0.1",), (), (), ("10.0.0.1",), ("10.0.0.1",), ("10.0.0.2",)])
    told: list[tuple[str, ...]] = []
    last: tuple[str, ...] = ()

    def look() -> tuple[str, ...]:
        nonlocal last
        last = next(seen, ("end",))
        if last == ("end",):
            raise asyncio.CancelledError
        return last

    with pytest.raises(asyncio.CancelledError):
        await network.watch(lambda: told.append(last), look)
    assert told == [("10.0.0.1",), ("10.0.0.2",)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """From which addresses the phone believes to send."""
    file = tmp_path / "addresses"
    file.write_text("10.0.0.1")
    return file


async def ready(place: Path) -> Ear:
    ear = Ear(SoftphoneProcess([sys.executable, "-c", ELSEWHERE, str(place)]))
    await ear.phone.start()
    await ear.phone.do(UseSound(sound=Sound(is_silent=True)))
    return ear


def move(place: Path, addresses: str) -> None:
    fresh = place.with_suffix(".new")
    fresh.write_text(addresses)
    fresh.replace(place)


async def come_in(ear: Ear, account_id: str, since: int = 0) -> None:
    await ear.wait(RegistrationChanged, lambda event: (event.account, event.state) == (account_id, "registered"), LONG_S, since)


def connections(ear: Ear, port: int) -> set[int]:
    """By their ports on this side."""
    assert ear.phone.pid is not None
    found = psutil.Process(ear.phone.pid).net_connections("tcp")
    return {each.laddr.port for each in found if each.raddr and each.raddr.port == port}


@pytest.mark.parametrize("transport", ["tcp", "tls", "udp"])
async def test_another_address_signs_in_anew_at_once_but_not_who_was_refused(
    place: Path, proxy: Kamailio, transport: str
) -> None:
    ear = await ready(place)
    try:
        port = proxy.tls_port if transport == "tls" else proxy.port
        line = account(proxy, id="first", transport=transport, proxy_port=port, ca_file=proxy.ca_file)
        await ear.phone.do(Register(account=line))
        await come_in(ear, "first")
        wrong = msgspec.structs.replace(line, id="b2", user="second", password="wrong")
        await ear.phone.do(Register(account=wrong))
        given_up = await ear.wait(RegistrationChanged, lambda event: event.state == "failed" and event.next_try_s is None, LONG_S)
        refusals = [each for each in ear.heard if isinstance(each, RegistrationChanged) and each.state == "failed"]
        assert (given_up.account, [each.code for each in refusals]) == ("b2", [given_up.code] * 2)
        since = 0
        for addresses in ("10.0.0.2", "10.0.0.2 2001:db8::7"):
            since, before = len(ear.heard), connections(ear, port)
            move(place, addresses)
            await come_in(ear, "first", since)
            assert transport == "udp" or connections(ear, port) - before, "one from the old address would be dead"
        assert not [each for each in ear.heard[since:] if isinstance(each, RegistrationChanged) and each.account == "b2"]
        since = len(ear.heard)
        await ear.phone.do(Register(account=wrong))
        again = await ear.wait(RegistrationChanged, lambda event: event.state == "failed", LONG_S, since)
        assert again.next_try_s is not None
    finally:
        await ear.phone.close()


async def test_a_connection_that_breaks_is_noticed_and_tries_go_on_until_the_registrar_is_back(
    place: Path, proxy: Kamailio
) -> None:
    ear = await ready(place)
    try:
        await ear.phone.do(Register(account=account(proxy, id="first")))
        await come_in(ear, "first")
        since = len(ear.heard)
        proxy.stop()
        await ear.wait(RegistrationChanged, lambda event: event.state == "failed" and event.next_try_s is not None, LONG_S, since)
        later = len(ear.heard)
        await ear.wait(RegistrationChanged, lambda event: event.state == "failed" and event.next_try_s is not None, LONG_S, later)
        proxy.start()
        await come_in(ear, "first", later)
    finally:
        await ear.phone.close()
