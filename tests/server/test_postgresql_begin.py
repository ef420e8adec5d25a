"""A transaction on PostgreSQL begins with its tenant in one go; a kept one that is lost is replaced, else it is told of."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from app.kernel.database import open_postgresql
from app.kernel.ids import new_id
from server.database.away import DatabaseAway, reachable

ONE, OTHER = new_id(), new_id()


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    """One connection, kept."""
    engine = open_postgresql(postgresql_url.replace("postgresql:", "postgresql+psycopg:"), ONE, pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


def said(connection: Connection) -> tuple[str, str, str]:
    """Whose transaction it is, and how it reads."""
    asked = (
        "SELECT current_setting('app.tenant'), current_setting('transaction_isolation'), current_setting('transaction_read_only')"
    )
    tenant, isolation, read_only = connection.exec_driver_sql(asked).one()
    return tenant, isolation, read_only


def test_each_transaction_says_its_tenant_and_leaves_nothing_behind(engine: Engine) -> None:
    for _ in range(8):  # more often than it takes the driver to prepare a statement
        with engine.begin() as connection:
            assert said(connection) == (str(ONE), "read committed", "off")
        reader = engine.execution_options(is_reader=True, tenant_id=OTHER)
        with reader.connect() as connection, connection.begin():
            assert said(connection) == (str(OTHER), "repeatable read", "on")
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            assert driver.execute("SELECT current_setting('app.tenant', true)").fetchone() in {("",), (None,)}


def test_what_is_written_is_there_after_the_commit_and_gone_after_a_rollback(engine: Engine) -> None:
    count = "SELECT count(*) FROM pg_class WHERE relname = 'kept_or_not'"
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("CREATE TABLE kept_or_not (id int)")
        transaction.rollback()
        with connection.begin():
            assert connection.exec_driver_sql(count).scalar_one() == 0
            connection.exec_driver_sql("CREATE TABLE kept_or_not (id int)")
        with connection.begin():
            assert connection.exec_driver_sql(count).scalar_one() == 1
            connection.exec_driver_sql("DROP TABLE kept_or_not")


def pid(connection: Connection) -> int:
    number: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    return number


def end(url: str, *numbers: int) -> None:
    """End these connections of others, and wait until they are."""
    with psycopg.connect(url, autocommit=True) as other:
        for number in numbers:
            assert other.execute("SELECT pg_terminate_backend(%s, 60000)", (number,)).fetchone() == (True,)


def test_connections_that_were_kept_and_lost_are_replaced_unnoticed(postgresql_url: str) -> None:
    engine = open_postgresql(postgresql_url.replace("postgresql:", "postgresql+psycopg:"), ONE, pool_size=3, max_overflow=0)
    try:
        with engine.begin() as one, engine.begin() as two, engine.begin() as three:
            numbers = {pid(one), pid(two), pid(three)}
        end(postgresql_url, *numbers)
        with engine.begin() as one, engine.begin() as two, engine.begin() as three:
            assert not numbers & {pid(one), pid(two), pid(three)}
            assert {said(one)[0], said(two)[0], said(three)[0]} == {str(ONE)}
    finally:
        engine.dispose()


def test_one_lost_within_a_transaction_is_told_as_the_databases_absence(engine: Engine, postgresql_url: str) -> None:
    def lose() -> None:
        with reachable(), engine.begin() as connection:
            end(postgresql_url, pid(connection))
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DatabaseAway):
        lose()
    with engine.begin() as connection:
        assert said(connection)[0] == str(ONE)


def test_a_new_connection_that_is_lost_at_once_is_told_as_the_databases_absence(engine: Engine, postgresql_url: str) -> None:
    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        if is_cut:
            end(postgresql_url, connection.info.backend_pid)

    is_cut = True
    with pytest.raises(DatabaseAway) as away, reachable(), engine.begin():
        pass
    assert isinstance(away.value.__cause__, OperationalError)
    assert away.value.__cause__.connection_invalidated
    is_cut = False
    with engine.begin() as connection:
        assert said(connection)[0] == str(ONE)
