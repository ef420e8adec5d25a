"""As whom the replica is read: remembered from one question to the next, and learned again when a pull changes it."""

import msgspec
import pytest
from sqlalchemy import select

from app.domain.users.records import User
from app.protocol.envelopes import Block, Page
from app.replica.file import open_file
from app.replica.replica import Replica
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica

ME = cast.user_id(BENCH_TENANT, cast.SUPERVISOR)
COLUMNS = list(User.__table__.columns.keys())


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Replica:
    path = tmp_path_factory.mktemp("reading") / "replica.db"
    fill_replica(path, BENCH_KEY, SMALL, email=cast.SUPERVISOR)
    return Replica(open_file(path, BENCH_KEY), BENCH_TENANT, ME, BENCH_DEVICE, lambda: 0)


def page_that_ends_me(replica: Replica) -> Page:
    """What the server sends when somebody has left."""
    with replica.engine.connect() as connection, connection.begin():
        found = connection.exec_driver_sql(f"SELECT {', '.join(COLUMNS)} FROM user WHERE id = ?", (ME.bytes,)).one()  # noqa: S608
    cursor = replica.cursor()
    row = {**found._asdict(), "is_active": 0, "version": cursor.version + 1}
    block = Block("user", COLUMNS, [list(row.values())])
    return Page(start=cursor, end=msgspec.structs.replace(cursor, version=cursor.version + 1), server_us=1, blocks=[block])


def test_who_reads_is_asked_for_once(replica: Replica) -> None:
    first, second = replica.read(lambda reader: reader.actor), replica.read(lambda reader: reader.actor)
    assert first.may("contact:read")
    assert first is second


def test_a_pull_that_takes_ones_rights_counts_from_the_next_question(replica: Replica) -> None:
    assert replica.read(lambda reader: reader.actor.may("contact:read"))
    assert replica.apply(page_that_ends_me(replica))
    assert not replica.read(lambda reader: reader.connection.execute(select(User.is_active).where(User.id == ME)).scalar_one())
    assert not replica.read(lambda reader: reader.actor.may("contact:read"))
