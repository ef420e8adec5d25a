"""What the audit's rows say: one sentence where a row is one, and of the rest what somebody meant."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.audit.queries import AuditRow, audit
from app.domain.contacts.commands import AssignContact, DeleteContact
from app.domain.roles.commands import GrantRole, RevokeRole
from app.domain.roles.rules import preset_id
from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.rules import share_id
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.database import open_sqlite
from app.kernel.ids import new_id
from app.kernel.record import Base
from app.kernel.sharing import share_key
from app.kernel.undo import Undo
from server.database.tables import ServerTable
from tests.domain.conftest import House, found
from ui.features.audit.lines import Line, given, known_of, line_of, without_echoes


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    engine = open_sqlite()
    Base.metadata.create_all(engine)
    ServerTable.metadata.create_all(engine)
    yield found(engine)
    engine.dispose()


def rows_of(house: House, command: Command, by: str = "agent") -> list[AuditRow]:
    """What the administrator is told of it, by the server."""
    command_id = new_id()
    house.do(command, by, command_id=command_id)
    rows: list[AuditRow] = house.ask(lambda reader: audit(reader, limit=20), "administrator").rows
    return [row for row in rows if row.command_id == command_id]


def lines(house: House, rows: list[AuditRow], *, first: dict[UUID, dict[str, object]] | None = None) -> list[Line]:
    """As an administrator reads them who has none of it on their own device but the names."""
    known = house.ask(lambda reader: known_of(reader, rows, first or {}), "administrator")
    known = replace(known, names={**known.names, str(house.tenant_id): "everybody"})
    return [line_of(row, moment_from_us(house.time_us), known) for row in without_echoes(rows)]


def told(house: House, command: Command, by: str = "agent") -> list[str]:
    return [f"{line.who}: {line.what} {line.about}" for line in lines(house, rows_of(house, command, by)) if not line.changes]


def test_a_share_is_one_sentence_with_who_what_whom_and_how_far(house: House) -> None:
    contact_id, other, sales = house.contact("Ada"), house.people["other"], house.teams["sales"]
    share = ShareRecord(record_kind="contact", record_id=contact_id, user_id=other)
    rows = rows_of(house, share)
    assert len(rows) == 2, "the share, and how many the contact has"
    [line] = lines(house, rows)
    assert (line.what, line.about, line.changes) == ("Shared", "contact “Ada” with Other, who may see it", ())
    [alone] = lines(house, [row for row in rows if row.kind == "contact"])
    assert (alone.what, alone.about, alone.changes) == ("Record shared", "contact “Ada”", ()), "where only its own rows are asked"
    [level] = rows_of(house, ShareRecord(record_kind="contact", record_id=contact_id, user_id=other, may_edit=True))
    first = {row.record_id: given(row) for row in rows if row.kind == "share"}
    assert [(each.what, each.about) for each in lines(house, [level], first=first)] == [
        ("Shared otherwise", "contact “Ada” with Other, who may change it now")
    ]
    assert told(house, UnshareRecord(share_id=share_id(contact_id, share_key(other, None)))) == [
        "Agent: No longer shared contact “Ada” with Other"
    ]
    with_team = ShareRecord(record_kind="contact", record_id=contact_id, team_id=sales, may_edit=True)
    assert told(house, with_team) == ["Agent: Shared contact “Ada” with the team “sales”, who may change it"]


def test_roles_say_who_got_what_and_undo_says_what_was_undone(house: House) -> None:
    role, person = preset_id(house.tenant_id, "supervisor"), house.people["other"]
    assert told(house, GrantRole(role_id=role, user_id=person), "administrator") == [
        "Administrator: Role given “Supervisor” to Other"
    ]
    revoke = RevokeRole(role_id=role, user_id=person)
    rows = rows_of(house, revoke, "administrator")
    assert [line.about for line in lines(house, rows)] == ["“Supervisor” from Other"]
    assert told(house, Undo(command_id=rows[0].command_id), "administrator") == [
        "Administrator: Undone: role given “Supervisor” to Other"
    ]


def test_what_follows_by_itself_is_not_told_and_a_deleted_record_keeps_its_name(house: House) -> None:
    contact_id = house.contact("Luca Bianchi", job_title="Clerk", phones=("+390655501499",))
    created: list[AuditRow] = house.ask(lambda reader: audit(reader, limit=3), "administrator").rows
    person, number = sorted(lines(house, created), key=lambda line: line.about != "“Luca Bianchi”")
    assert [each[0] for each in person.changes] == ["job title", "owner"]
    assert (number.what, number.about) == ("Number or address added", "+390655501499 to contact “Luca Bianchi”")
    [assigned] = lines(house, rows_of(house, AssignContact(contact_id=contact_id, owner_id=None, team_id=house.teams["care"])))
    assert assigned.changes == (("owner", "Agent", "(empty)"), ("team", "everybody", "care"))
    assert "Agent: Contact deleted “Luca Bianchi”" in told(house, DeleteContact(contact_id=contact_id))
