"""Teams: joining is done once, and what a team sees its members see."""

import pytest

from app.domain.contacts.commands import AssignContact, DeleteContact
from app.domain.conversations.queries import conversation
from app.domain.messages.commands import ReceiveMessage
from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.rules import share_id
from app.domain.teams.commands import AddTeamMember, CreateTeam, DeleteTeam, RemoveTeamMember, RenameTeam, TeamInUse
from app.domain.teams.queries import teams
from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue, NotAllowed, NotHere
from app.kernel.ids import new_id
from app.kernel.permissions import shared_key
from app.kernel.undo import Undo
from tests.domain.conftest import House


def members(house: House, name: str) -> set[str]:
    ids = {person: name for name, person in house.people.items()}
    return {ids[each] for team in house.ask(teams) if team.name == name for each in team.members}


def test_joining_twice_is_joining_once_and_one_may_come_back(house: House) -> None:
    join = AddTeamMember(team_id=house.teams["sales"], user_id=house.people["agent"])
    house.do(join, "supervisor")
    house.do(join, "supervisor")
    assert members(house, "sales") == {"other", "agent"}
    house.do(RemoveTeamMember(team_id=house.teams["sales"], user_id=house.people["agent"]), "supervisor")
    assert members(house, "sales") == {"other"}
    house.do(join, "supervisor")
    assert members(house, "sales") == {"other", "agent"}


def test_a_team_needs_a_name(house: House) -> None:
    with pytest.raises(BadValue) as refused:
        house.do(CreateTeam(team_id=new_id(), name="   "), "administrator")
    assert refused.value.values["field"] == "name"


def test_an_agent_may_not_change_teams(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.do(RenameTeam(team_id=house.teams["care"], name="Mine"))


def test_a_team_gets_another_name(house: House) -> None:
    house.do(RenameTeam(team_id=house.teams["care"], name="Customer care"), "supervisor")
    assert "Customer care" in {team.name for team in house.ask(teams)}


def test_a_team_is_given_up_with_who_is_in_it_and_comes_back(house: House) -> None:
    team_id, deletion = new_id(), new_id()
    house.do(CreateTeam(team_id=team_id, name="Night"), "administrator")
    house.do(AddTeamMember(team_id=team_id, user_id=house.people["agent"]), "administrator")
    with pytest.raises(NotAllowed) as refused:
        house.do(DeleteTeam(team_id=team_id), "supervisor")
    assert refused.value.values == {"permission": "team:delete"}
    house.do(DeleteTeam(team_id=team_id), "administrator", deletion)
    assert "Night" not in {team.name for team in house.ask(teams)}
    assert team_id not in house.ask(lambda reader: reader.actor.team)
    house.do(Undo(command_id=deletion), "administrator")
    assert members(house, "Night") == {"agent"}
    assert team_id in house.ask(lambda reader: reader.actor.team)


def test_a_team_that_still_has_records_is_not_given_up(house: House) -> None:
    team_id = new_id()
    house.do(CreateTeam(team_id=team_id, name="Night"), "administrator")
    contacts = [house.contact(team_id=house.teams["care"]) for _ in range(2)]
    for contact in contacts:
        house.do(AssignContact(contact_id=contact, owner_id=None, team_id=team_id), "supervisor")
    other = house.contact()
    house.do(ShareRecord(record_kind="contact", record_id=other, team_id=team_id))
    with pytest.raises(TeamInUse, match=r"Night still has contacts \(2\), shares \(1\)\."):
        house.do(DeleteTeam(team_id=team_id), "administrator")
    house.do(UnshareRecord(share_id=share_id(other, shared_key(team_id))))
    house.do(DeleteContact(contact_id=contacts[0]), "supervisor")
    house.do(AssignContact(contact_id=contacts[1], owner_id=None, team_id=house.teams["care"]), "supervisor")
    house.do(DeleteTeam(team_id=team_id), "administrator")
    with pytest.raises(NotHere):
        house.do(AssignContact(contact_id=other, owner_id=None, team_id=team_id), "supervisor")


def test_what_comes_in_for_a_team_that_is_gone_is_everybodys(house: House) -> None:
    team_id, talk = new_id(), new_id()
    house.do(CreateTeam(team_id=team_id, name="Night"), "administrator")
    house.do(DeleteTeam(team_id=team_id), "administrator")
    receive = ReceiveMessage(
        conversation_id=talk, message_id=new_id(), channel="email", inbox_key="help", address="mia@example.com",
        author_name="Mia", text="Hello", sent_at=moment_from_us(house.time_us), team_id=team_id,
    )  # fmt: skip
    house.do(receive, "system")
    assert house.ask(lambda reader: conversation(reader, talk)).team_id == house.tenant_id
