"""Several accounts at a real registrar: each signs in, fails and rings for itself."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator

import msgspec
import psutil
import pytest
import pytest_asyncio

from softphone.api import (
    MOST_ACCOUNTS,
    Account,
    Answer,
    CallChanged,
    CallRinging,
    Diagnose,
    Diagnostics,
    Dial,
    HangUp,
    PhoneBack,
    PhoneError,
    Register,
    RegistrationChanged,
    Sound,
    Unregister,
    UseSound,
)
from softphone.client import SoftphoneProcess
from tests.peers.baresip import Baresip, baresip
from tests.peers.kamailio import Kamailio
from tests.softphone.conftest import SECOND_NUMBER, Ear, account

LONG_S = 60


@pytest.fixture(scope="module")
def customer(proxy: Kamailio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Somebody who calls and is called."""
    with baresip(tmp_path_factory.mktemp("baresip"), proxy.port) as running:
        yield running


@pytest_asyncio.fixture
async def silent(ear: Ear) -> AsyncIterator[Ear]:
    """A phone with a null device and no account."""
    await ear.phone.do(UseSound(sound=Sound(is_silent=True)))
    yield ear


def udp_ports(phone: SoftphoneProcess) -> list[object]:
    """What the phone listens on for datagrams while no call is on."""
    assert phone.pid is not None
    return [each for each in psutil.Process(phone.pid).net_connections("udp") if each.laddr]


async def registered(ear: Ear, account_id: str, since: int = 0) -> RegistrationChanged:
    return await ear.wait(
        RegistrationChanged, lambda event: event.account == account_id and event.state == "registered", LONG_S, since
    )


async def signed_in(ear: Ear, line: Account, since: int = 0) -> RegistrationChanged:
    await ear.phone.do(Register(account=line))
    return await registered(ear, line.id, since)


async def both(ear: Ear, proxy: Kamailio) -> tuple[Account, Account]:
    first, second = account(proxy, id="first"), account(proxy, "second", id="b2")
    for line in (first, second):
        await signed_in(ear, line)
    return first, second


async def test_one_with_a_wrong_password_leaves_the_other_at_work_until_it_is_right(silent: Ear, proxy: Kamailio) -> None:
    told = await signed_in(silent, account(proxy, id="first"))
    assert told.transport == "tcp"
    assert told.renews_s is not None
    assert told.renews_s > 60
    wrong = account(proxy, "second", id="b2", password="wrong")
    await silent.phone.do(Register(account=wrong))
    failed = await silent.wait(RegistrationChanged, lambda event: event.account == "b2" and event.state == "failed", LONG_S)
    assert failed.reason == "Password refused"
    facts = msgspec.json.decode(await silent.phone.do(Diagnose()), type=Diagnostics)
    assert [(each.account, each.state) for each in facts.accounts] == [("first", "registered"), ("b2", "failed")]
    await signed_in(silent, account(proxy, "second", id="b2"))
    facts = msgspec.json.decode(await silent.phone.do(Diagnose()), type=Diagnostics)
    assert [each.state for each in facts.accounts] == ["registered", "registered"]


async def test_a_call_says_at_which_account_it_came_in_also_when_the_to_header_is_an_alias(
    silent: Ear, proxy: Kamailio, customer: Baresip
) -> None:
    await both(silent, proxy)
    for called, at in (("second", "b2"), (SECOND_NUMBER, "b2"), ("agent", "first")):
        since = len(silent.heard)
        await asyncio.to_thread(customer.call, called)
        ringing = await silent.wait(CallRinging, since=since, timeout_s=LONG_S)
        assert ringing.account == at
        await silent.phone.do(Answer(call_id=ringing.call_id))
        active = await silent.wait(CallChanged, lambda event: event.state == "active", LONG_S, since)
        assert active.account == at
        await silent.phone.do(HangUp(call_id=ringing.call_id))
        await silent.wait(CallChanged, lambda event: event.state == "ended", LONG_S, since)


async def test_a_call_out_goes_from_the_account_that_was_asked_for_else_from_the_first(
    silent: Ear, proxy: Kamailio, customer: Baresip
) -> None:
    await both(silent, proxy)
    for asked, user in (("b2", "second"), ("", "agent"), ("first", "agent")):
        since, before = len(silent.heard), customer.process.log().count(f"sip:{user}@")
        call_id = msgspec.json.decode(await silent.phone.do(Dial(number="customer", account=asked)))
        told = await silent.wait(CallChanged, lambda event: event.state == "ringing", LONG_S, since)
        assert told.account == (asked or "first")
        async with asyncio.timeout(LONG_S):
            while customer.process.log().count(f"sip:{user}@") == before:  # noqa: ASYNC110 - a log tells nobody
                await asyncio.sleep(0.05)
        await silent.phone.do(HangUp(call_id=call_id))
        await silent.wait(CallChanged, lambda event: event.state == "ended", LONG_S, since)
    with pytest.raises(PhoneError, match="not signed in"):
        await silent.phone.do(Dial(number="customer", account="gone"))


async def test_one_is_taken_away_but_not_from_under_its_call(silent: Ear, proxy: Kamailio, customer: Baresip) -> None:
    await both(silent, proxy)
    await asyncio.to_thread(customer.call, "second")
    ringing = await silent.wait(CallRinging, timeout_s=LONG_S)
    with pytest.raises(PhoneError, match="a call is on"):
        await silent.phone.do(Unregister(account="b2"))
    await silent.phone.do(HangUp(call_id=ringing.call_id))
    await silent.wait(CallChanged, lambda event: event.state == "ended", LONG_S)
    since = len(silent.heard)
    await silent.phone.do(Unregister(account="b2"))
    await silent.wait(RegistrationChanged, lambda event: event.account == "b2" and event.state == "unregistered", LONG_S, since)
    facts = msgspec.json.decode(await silent.phone.do(Diagnose()), type=Diagnostics)
    assert [(each.account, each.state) for each in facts.accounts] == [("first", "registered")]
    await asyncio.to_thread(customer.call, "agent")
    ringing = await silent.wait(CallRinging, since=since, timeout_s=LONG_S)
    await silent.phone.do(HangUp(call_id=ringing.call_id))
    await silent.wait(CallChanged, lambda event: event.state == "ended", LONG_S, since)


async def test_udp_is_open_only_while_an_account_asks_for_it_beside_tcp_and_tls(silent: Ear, proxy: Kamailio) -> None:
    await both(silent, proxy)
    assert udp_ports(silent.phone) == []
    over_tls = account(proxy, "customer", id="c3", transport="tls", proxy_port=proxy.tls_port, ca_file=proxy.ca_file)
    assert (await signed_in(silent, over_tls)).transport == "tls"
    by_datagrams = account(proxy, "agent", id="d4", transport="udp")
    assert (await signed_in(silent, by_datagrams)).transport == "udp"
    assert udp_ports(silent.phone) != []
    await silent.phone.do(Unregister(account="d4"))
    async with asyncio.timeout(LONG_S):
        while udp_ports(silent.phone):  # noqa: ASYNC110 - nobody tells of a closed port
            await asyncio.sleep(0.05)
    since = len(silent.heard)
    await signed_in(silent, by_datagrams, since)


async def test_more_than_four_are_refused_and_what_the_library_cannot_use_fails_alone(silent: Ear, proxy: Kamailio) -> None:
    await both(silent, proxy)
    bad = msgspec.structs.replace(account(proxy, "customer", id="c3"), domain="no domain")
    with pytest.raises(PhoneError):
        await silent.phone.do(Register(account=bad))
    failed = await silent.wait(RegistrationChanged, lambda event: event.account == "c3" and event.state == "failed", LONG_S)
    assert failed.reason
    with pytest.raises(PhoneError, match="not signed in"):
        await silent.phone.do(Dial(number="customer", account="c3"))
    for place in range(MOST_ACCOUNTS - 3):
        await silent.phone.do(Register(account=account(proxy, id=f"more{place}")))
    with pytest.raises(PhoneError, match="4 accounts are the most"):
        await silent.phone.do(Register(account=account(proxy, id="toomany")))
    await silent.phone.do(Unregister(account="c3"))
    facts = msgspec.json.decode(await silent.phone.do(Diagnose()), type=Diagnostics)
    assert [each.account for each in facts.accounts] == ["first", "b2", "more0"]


async def test_after_a_crash_all_sign_in_again_and_the_one_that_cannot_keeps_nobody_away(silent: Ear, proxy: Kamailio) -> None:
    await both(silent, proxy)
    bad = msgspec.structs.replace(account(proxy, "customer", id="c3"), domain="no domain")
    with pytest.raises(PhoneError):
        await silent.phone.do(Register(account=bad))
    await signed_in(silent, account(proxy, "customer", id="d4"))
    since = len(silent.heard)
    assert silent.phone.pid is not None
    os.kill(silent.phone.pid, signal.SIGKILL)
    await silent.wait(PhoneBack, since=since, timeout_s=LONG_S)
    for line in ("first", "b2", "d4"):
        await registered(silent, line, since)
