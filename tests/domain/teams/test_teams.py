"""Teams: joining is done once, and what a team sees its members see."""

import pytest

from app.domain.teams.commands import AddTeamMember, CreateTeam, RemoveTeamMember, RenameTeam
from app.domain.teams.queries import teams
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.ids import new_id
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
