"""A line signs in at a real registrar, and says why when it cannot."""

import psutil
import pytest

from softphone.api import Register, RegistrationChanged
from tests.peers.kamailio import Kamailio
from tests.softphone.conftest import Ear, account


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_a_line_signs_in(ear: Ear, proxy: Kamailio, transport: str) -> None:
    port = proxy.port if transport == "tcp" else proxy.tls_port
    await ear.phone.do(Register(account=account(proxy, transport=transport, proxy_port=port)))
    await ear.wait(RegistrationChanged, lambda event: event.state == "registered")


async def test_a_wrong_password_is_said_in_plain_words(ear: Ear, proxy: Kamailio) -> None:
    await ear.phone.do(Register(account=account(proxy, password="wrong")))
    failed = await ear.wait(RegistrationChanged, lambda event: event.state == "failed")
    assert failed.reason == "Password refused"
    assert failed.next_try_s is None


async def test_no_udp_port_is_open_for_sip_unless_asked_for(agent: Ear) -> None:
    pid = agent.phone.pid
    assert pid is not None
    assert [each for each in psutil.Process(pid).net_connections("udp") if each.laddr] == []


async def test_a_line_signs_in_again_when_the_registrar_is_back(agent: Ear, proxy: Kamailio) -> None:
    before = len(agent.heard)
    proxy.stop()
    await agent.phone.do(Register(account=account(proxy)))
    await agent.wait(RegistrationChanged, lambda event: event.state == "failed", since=before, timeout_s=40)
    proxy.start()
    await agent.wait(RegistrationChanged, lambda event: event.state == "registered", since=before, timeout_s=40)
