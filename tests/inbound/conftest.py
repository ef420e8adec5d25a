"""One mail server for all these tests, with a box for each, and a shop that is open."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from tests.inbound.shop import Shop
from tests.peers.mail import MailServer, mail_server
from tests.server.world import Database, SqliteDatabase

SHOP, CLIENT = "shop.example", "client.example"
BOXES = 120
USERS = {f"support{number}@{SHOP}": f"pw-{number}" for number in range(BOXES)} | {
    f"luca{number}@{CLIENT}": "luca-pw" for number in range(BOXES)
}
_numbers = count()


@pytest.fixture(scope="session")
def mail() -> Iterator[MailServer]:
    """Dovecot and Postfix."""
    with mail_server(USERS) as running:
        yield running


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The workspaces, made once."""
    return SqliteDatabase(tmp_path_factory.mktemp("made"))


@pytest.fixture
def number() -> int:
    """Of the boxes that only this test uses."""
    return next(_numbers)


@pytest.fixture
def luca(number: int) -> str:
    """A customer."""
    return f"luca{number}@{CLIENT}"


@pytest_asyncio.fixture
async def closed(mail: MailServer, database: Database, tmp_path: Path, number: int) -> Shop:
    """A shop whose server does not run yet."""
    made = Shop(mail=mail, place=database.copy(tmp_path / "place"), people=database.people, address=f"support{number}@{SHOP}")
    await made.set_up()
    return made


@pytest_asyncio.fixture
async def shop(closed: Shop) -> AsyncIterator[Shop]:
    """A shop whose server runs."""
    async with closed.open():
        yield closed
