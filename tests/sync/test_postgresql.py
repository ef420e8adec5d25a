"""What SQLite's single writer hides: two transactions that read before either has written."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.records import Contact
from app.kernel.command import Command, Issued, body_of
from app.kernel.database import force_row_security, open_postgresql, open_sqlite
from app.kernel.ids import new_id
from app.kernel.log import Audit, Tenant
from app.kernel.permissions import system_actor
from app.kernel.record import Base
from app.protocol.codec import pack, unpack
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Outcome, Page
from server.database.authority import Authority
from server.sync.pull import Pull
from server.sync.scope import sight_of
from tests.kernel.nouns import CreateDeal, RaiseScore, TDeal, test_nouns
from tests.peers.postgresql import postgresql

ROLE = "kernel_app"


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


@pytest.fixture(scope="module")
def address(nouns: None) -> Iterator[str]:
    with postgresql() as peer:
        url = make_url(peer.url()).set(drivername="postgresql+psycopg")
        engine = create_engine(url)
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
            connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN NOBYPASSRLS")
            force_row_security(connection, list(Base.metadata.tables), ROLE)
        engine.dispose()
        yield url.set(username=ROLE).render_as_string(hide_password=False)


class Tenancy:
    """A tenant of its own, and as many executors of it as there are server processes."""

    def __init__(self, address: str) -> None:
        self.id = new_id()
        self.actor = system_actor(self.id)
        self.engine = open_postgresql(address, self.id, pool_size=8)
        with Session(self.engine) as session, session.begin():
            session.add(Tenant(id=self.id, change=0))

    def process(self) -> Authority:
        return Authority(self.engine, self.id, lambda: time.time_ns() // 1000)

    def issued(self, command: Command) -> Issued:
        return Issued(
            id=new_id(), name=command.verb, body=body_of(command), actor_id=self.actor.user_id, device="d",
            acted_us=time.time_ns() // 1000,
        )  # fmt: skip

    def contact(self, name: str = "n") -> UUID:
        contact = new_id()
        self.process().issue(CreateContact(contact_id=contact, name=name), self.actor.user_id, "d")
        return contact


@pytest.fixture
def tenancy(address: str) -> Iterator[Tenancy]:
    opened = Tenancy(address)
    yield opened
    opened.engine.dispose()


def at_once(*work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_lock_comes_before_the_first_read(tenancy: Tenancy) -> None:
    deal = new_id()
    owner = tenancy.actor.user_id
    made = CreateDeal(deal_id=deal, contact_id=tenancy.contact(), owner_id=owner, team_id=tenancy.id)
    tenancy.process().issue(made, owner, "d")

    def raise_score(process: Authority) -> None:
        for _ in range(15):
            process.issue(RaiseScore(deal_id=deal, by=1), owner, "d")

    at_once(*(partial(raise_score, tenancy.process()) for _ in range(4)))
    with Session(tenancy.engine) as session:
        assert session.get_one(TDeal, (tenancy.id, deal)).score == 60


def test_the_same_command_twice_at_once_in_several_processes(tenancy: Tenancy) -> None:
    issued = tenancy.issued(CreateContact(contact_id=new_id(), name="n"))
    answers: list[list[Outcome]] = []

    def carry_out(process: Authority) -> None:
        answers.append(process.carry_out([issued]))

    at_once(*(partial(carry_out, tenancy.process()) for _ in range(6)))
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_what_sqlite_takes_and_postgresql_does_not_is_rejected_not_retried(tenancy: Tenancy) -> None:
    contact = tenancy.contact()
    good = tenancy.issued(EditContact(contact_id=contact, patch={"job_title": "e"}))
    bad = tenancy.issued(CreateContact(contact_id=new_id(), name="n", job_title="a\x00b"))
    after = tenancy.issued(EditContact(contact_id=contact, patch={"job_title": "f"}))
    outcomes = tenancy.process().carry_out([good, bad, after])
    assert [each.error or each.status for each in outcomes] == ["applied", "not_storable", "applied"]


def test_a_stranger_tenant_sees_and_writes_nothing(tenancy: Tenancy, address: str) -> None:
    contact = tenancy.contact()
    other = Tenancy(address)
    with Session(other.engine) as session:
        assert session.get(Contact, (tenancy.id, contact)) is None
        assert session.execute(text("SELECT count(*) FROM audit")).scalar_one() == 0
    other.process().issue(CreateContact(contact_id=contact, name="same id, other tenant"), other.actor.user_id, "d")
    other.engine.dispose()


def test_a_pull_brings_the_same_rows_as_from_sqlite(tenancy: Tenancy) -> None:
    """The wire form is what SQLite stores, whatever the server stores."""
    issued = [tenancy.issued(CreateContact(contact_id=new_id(), name=f"n{n}", phones=(f"+4930123{n:04}",))) for n in range(7)]
    lite = open_sqlite()
    Base.metadata.create_all(lite)
    with Session(lite) as session, session.begin():
        session.add(Tenant(id=tenancy.id, change=0))
    Authority(lite, tenancy.id, lambda: time.time_ns() // 1000).carry_out(issued)
    tenancy.process().carry_out(issued)
    assert pulled(tenancy.engine, tenancy) == pulled(lite, tenancy)


def pulled(engine: object, tenancy: Tenancy) -> dict[str, list[object]]:
    rows: dict[str, list[object]] = {}
    cursor = Cursor()
    actor = system_actor(tenancy.id)
    with engine.connect().execution_options(is_reader=True) as connection, connection.begin():  # type: ignore[attr-defined]
        while not rows or cursor.place:
            page = unpack(pack(Pull(connection, tenancy.id, sight_of(actor), 0, rows=5).page(cursor)), Page)
            cursor = page.end
            for block in page.blocks:
                rows.setdefault(block.kind, []).extend(block.rows)
    return rows


def test_rights_taken_in_another_process_count_with_the_next_command(tenancy: Tenancy) -> None:
    first, second = tenancy.process(), tenancy.process()
    stranger = new_id()
    first.actor(stranger)
    second.issue(CreateContact(contact_id=new_id(), name="n"), tenancy.actor.user_id, "d")
    first.issue(CreateContact(contact_id=new_id(), name="n"), tenancy.actor.user_id, "d")
    assert stranger not in first._actors
    with Session(tenancy.engine) as session:
        versions = session.scalars(select(Audit.version).order_by(Audit.version)).all()
    assert sorted(set(versions)) == [1, 2]
