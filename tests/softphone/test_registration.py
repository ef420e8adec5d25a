"""A line signs in at a real registrar, and says why when it cannot."""

from pathlib import Path

import msgspec
import psutil
import pytest

from softphone.api import PhoneError, Register, RegistrationChanged
from softphone.engine.retrying import REFUSED_AGAIN_S
from tests.peers.kamailio import Kamailio
from tests.softphone.conftest import Ear, account


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_a_line_signs_in(ear: Ear, proxy: Kamailio, transport: str) -> None:
    port = proxy.port if transport == "tcp" else proxy.tls_port
    await ear.phone.do(Register(account=account(proxy, transport=transport, proxy_port=port, ca_file=proxy.ca_file)))
    await ear.wait(RegistrationChanged, lambda event: event.state == "registered")


async def test_a_wrong_password_is_said_in_plain_words(ear: Ear, proxy: Kamailio) -> None:
    await ear.phone.do(Register(account=account(proxy, password="wrong")))
    failed = await ear.wait(RegistrationChanged, lambda event: event.state == "failed")
    assert failed.reason == "Password refused"
    assert failed.next_try_s == REFUSED_AGAIN_S


async def test_no_udp_port_is_open_for_sip_unless_asked_for(agent: Ear) -> None:
    pid = agent.phone.pid
    assert pid is not None
    assert [each for each in psutil.Process(pid).net_connections("udp") if each.laddr] == []


async def test_a_line_signs_in_again_when_the_registrar_is_back(agent: Ear, proxy: Kamailio) -> None:
    before = len(agent.heard)
    proxy.stop()
    await agent.phone.do(Register(account=account(proxy)))
    await agent.wait(RegistrationChanged, lambda event: event.state == "failed", since=before, timeout_s=90)
    proxy.start()
    await agent.wait(RegistrationChanged, lambda event: event.state == "registered", since=before, timeout_s=90)


@pytest.mark.parametrize(
    ("more", "doubt", "words"),
    [
        ({"ca_file": ""}, "untrusted", "The server's certificate is not trusted"),
        ({"proxy_host": "localhost"}, "other_name", "The server's certificate is for another name"),
    ],
)
async def test_a_server_whose_certificate_is_not_believed_gets_nothing_and_it_is_said_why(
    ear: Ear, proxy: Kamailio, more: dict[str, str], doubt: str, words: str
) -> None:
    known = account(proxy, id="known", transport="tls", proxy_port=proxy.tls_port, ca_file=proxy.ca_file)
    await ear.phone.do(Register(account=known))
    await ear.wait(RegistrationChanged, lambda event: event.account == "known" and event.state == "registered", 60)
    doubted = msgspec.structs.replace(known, id="doubted", **more)
    await ear.phone.do(Register(account=doubted))
    failed = await ear.wait(RegistrationChanged, lambda event: event.account == "doubted" and event.state == "failed", 60)
    assert (failed.reason, failed.doubt) == (words, doubt)


async def test_a_file_of_authorities_that_is_of_no_use_is_refused_in_words(ear: Ear, proxy: Kamailio, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("not a certificate")
    for ca_file, words in ((str(empty), "no certificate in"), (str(tmp_path / "gone.pem"), "can't be read")):
        since = len(ear.heard)
        line = account(proxy, transport="tls", proxy_port=proxy.tls_port, ca_file=ca_file)
        with pytest.raises(PhoneError, match=words):
            await ear.phone.do(Register(account=line))
        failed = await ear.wait(RegistrationChanged, lambda event: event.state == "failed", 60, since)
        assert words in failed.reason
