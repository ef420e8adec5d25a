"""A mail store and a mail server for all these tests, and an inbox that is watched."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import pytest

from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.watcher import Cursor, RawMail, WatchOptions
from tests.peers.dovecot import Dovecot, dovecot
from tests.peers.postfix import Postfix, postfix

SHOP, CLIENT = "shop.example", "client.example"
BOXES = 80
USERS = {f"support{number}@{SHOP}": f"pw-{number}" for number in range(BOXES)} | {f"anna@{CLIENT}": "anna-pw"}
ANNA = f"anna@{CLIENT}"
_numbers = count()


@pytest.fixture(scope="session")
def store() -> Iterator[Dovecot]:
    """A mail store with a box for each test."""
    with dovecot(USERS) as running:
        yield running


@pytest.fixture(scope="session")
def post(store: Dovecot) -> Iterator[Postfix]:
    """The mail server in front of it."""
    with postfix(store) as running:
        yield running


@pytest.fixture
def address() -> str:
    """An inbox that no other test uses."""
    return f"support{next(_numbers)}@{SHOP}"


@pytest.fixture
def account(store: Dovecot, post: Postfix, address: str) -> MailAccount:
    """How the inbox is reached on loopback."""
    return account_of(store, post, address)


def account_of(store: Dovecot, post: Postfix, address: str) -> MailAccount:
    """The address's account without encryption, which loopback may have."""

    def server(port: int) -> MailServer:
        return MailServer(host="127.0.0.1", port=port, security="none", user=address, password=store.users[address])

    return MailAccount(key="support", address=address, imap=server(store.imap_port), smtp=server(post.submission_port))


def trust(store: Dovecot) -> ssl.SSLContext:
    """Trusts the peers' certificate and nothing else."""
    return ssl.create_default_context(cafile=str(store.certificate))


class Inbox:
    """What a watcher handed on, and waiting for more."""

    def __init__(self) -> None:
        self.mails: list[RawMail] = []
        self.refuse = 0  # how many of the next are not stored
        self._news = asyncio.Event()

    async def take(self, mail: RawMail) -> None:
        """The callback."""
        if self.refuse:
            self.refuse -= 1
            raise OSError("the disk is full")
        self.mails.append(mail)
        self._news.set()

    async def wait_for(self, number: int, timeout_s: float = 60.0) -> list[RawMail]:
        """As soon as this many are here."""
        async with asyncio.timeout(timeout_s):
            while len(self.mails) < number:
                self._news.clear()
                await self._news.wait()
        return self.mails

    @property
    def subjects(self) -> list[str]:
        """The subjects in the order in which they came."""
        return [subject_of(mail.raw) for mail in self.mails]


def subject_of(raw: bytes) -> str:
    """The subject line of a mail."""
    return next(line[9:] for line in raw.decode("latin-1").splitlines() if line.lower().startswith("subject: "))


def mail(subject: str, body: str = "Hello") -> bytes:
    """A small mail of a customer."""
    return f"From: Anna <{ANNA}>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@{CLIENT}>\r\n\r\n{body}\r\n".encode()


@contextlib.asynccontextmanager
async def watched(
    account: MailAccount, inbox: Inbox, *, cursor: Cursor | None = None, **options: object
) -> AsyncIterator[EmailGateway]:
    """A gateway that watches until the block ends, and was live once."""
    settings = WatchOptions(first_pause_s=0.05, longest_pause_s=0.2, **options)  # type: ignore[arg-type]  # tests pass fields
    gateway = EmailGateway(account, inbox.take, cursor=cursor, options=settings)
    await gateway.start()
    try:
        await until(lambda: gateway.health.state == "live" or gateway.health.problem != "")
        yield gateway
    finally:
        await gateway.stop()
        await until(lambda: gateway.health.state == "stopped")


async def until(is_so: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Look every 10 ms until it is so."""
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110  # a thread and a server tell no event
            await asyncio.sleep(0.01)
