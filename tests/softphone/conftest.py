"""A registrar, a phone in its process, and what the phone said."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio

from softphone.api import Account, Event, Register, RegistrationChanged, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.peers.kamailio import DOMAIN, Kamailio, kamailio

E = TypeVar("E")
SECOND_NUMBER = "390655500200"  # rings the second account; its calls keep this number in their To header
PASSWORDS = {"agent": "agent-pw", "second": "second-pw", "customer": "customer-pw"}


class Ear:
    """Everything a phone said, and waiting for what it will say."""

    def __init__(self, phone: SoftphoneProcess) -> None:
        self.phone = phone
        self.heard: list[Event] = []
        self._news = asyncio.Event()
        phone.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        self.heard.append(event)
        self._news.set()

    async def wait(self, kind: type[E], is_it: Callable[[E], bool] = lambda _: True, timeout_s: float = 60, since: int = 0) -> E:
        """The first event of a kind that is it, from `since` on."""
        end = asyncio.get_running_loop().time() + timeout_s
        while True:
            for event in self.heard[since:]:
                if isinstance(event, kind) and is_it(event):
                    return event
            self._news.clear()
            left = end - asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(max(0.0, left)):
                    await self._news.wait()
            except TimeoutError:
                raise AssertionError(f"no such {kind.__name__} in {self.heard[since:]}") from None


def account(proxy: Kamailio, user: str = "agent", **more: Any) -> Account:
    """A line at the registrar over TCP."""
    values = {"password": PASSWORDS[user], "proxy_port": proxy.port, **more}
    return Account(user=user, domain=DOMAIN, proxy_host="127.0.0.1", **values)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    """A registrar for a module's tests."""
    with kamailio(tmp_path_factory.mktemp("kamailio"), PASSWORDS, {SECOND_NUMBER: "second"}) as running:
        yield running


@pytest_asyncio.fixture
async def ear() -> AsyncIterator[Ear]:
    """A phone that is not signed in yet."""
    phone = SoftphoneProcess()
    listening = Ear(phone)
    await phone.start()
    yield listening
    await phone.close()


@pytest_asyncio.fixture
async def agent(ear: Ear, proxy: Kamailio, tmp_path: Path) -> Ear:
    """The agent's phone, signed in over TCP, with a null device."""
    await ear.phone.do(UseSound(sound=Sound(is_silent=True)))
    await ear.phone.do(Register(account=account(proxy)))
    await ear.wait(RegistrationChanged, lambda event: event.state == "registered")
    return ear
