"""Nobody shuts out or opens more than they have, by whatever act; and somebody is always left who can give."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.roles.adding import AddPerson
from app.domain.roles.commands import CreateRole, DeleteRole, GrantRole, RevokeRole, SetRoleRights
from app.domain.roles.keeping import NobodyLeft
from app.domain.roles.queries import role
from app.domain.roles.rules import BASELINE, PRESETS, preset_id
from app.domain.teams.queries import team
from app.domain.users.commands import EditUser
from app.domain.users.queries import user, users
from app.kernel.errors import BadValue, FieldNotAllowed, NotAllowed, NotHere, Refused
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from tests.domain.conftest import House
from tests.domain.roles.test_access import AGENT, give

LEAD = {"role:create": "all", "role:edit": "all", "role:grant": "all", "role:delete": "all", "user:edit": "all"}


@pytest.fixture
def first(house: House) -> UUID:
    """The administrator's role."""
    return preset_id(house.tenant_id, "administrator")


def deactivate(house: House, person: str, by: str, *, is_active: bool = False) -> None:
    house.do(EditUser(user_id=house.people[person], patch={"is_active": is_active}), by)


def test_the_last_who_can_give_is_not_lost_by_any_act(house: House, first: UUID) -> None:
    own = house.people["administrator"]
    made = new_id()
    house.do(CreateRole(role_id=made, key="k", name="K", rights={"contact:read": "all"}), "administrator")
    for command in (
        RevokeRole(role_id=first, user_id=own),
        EditUser(user_id=own, patch={"is_active": False}),
        SetRoleRights(role_id=first, rights={}),
        SetRoleRights(role_id=first, rights={"*": "all", "role:grant": "none"}),
        SetRoleRights(role_id=first, rights={"*": "own"}),
    ):
        with pytest.raises(NobodyLeft):
            house.do(command, "administrator")
    house.do(GrantRole(role_id=first, user_id=house.people["supervisor"]), "administrator")
    house.do(RevokeRole(role_id=first, user_id=own), "administrator")
    with pytest.raises(NobodyLeft):
        house.do(RevokeRole(role_id=first, user_id=house.people["supervisor"]), "supervisor")


def test_what_gave_somebody_else_the_rights_is_not_taken_back_once_they_alone_have_them(house: House, first: UUID) -> None:
    given = new_id()
    house.do(GrantRole(role_id=first, user_id=house.people["supervisor"]), "administrator", command_id=given)
    deactivate(house, "administrator", "supervisor")
    with pytest.raises(NobodyLeft):
        house.do(Undo(command_id=given), "supervisor")
    deactivate(house, "administrator", "supervisor", is_active=True)
    house.do(Undo(command_id=given), "administrator")


def test_rights_that_come_from_two_roles_together_count(house: House, first: UUID) -> None:
    half, other, own = new_id(), new_id(), house.people["administrator"]
    house.do(CreateRole(role_id=half, key="a", name="A", rights={"role:grant": "all", "role:edit": "all"}), "administrator")
    house.do(CreateRole(role_id=other, key="b", name="B", rights={"user:edit": "all"}), "administrator")
    for each in (half, other):
        house.do(GrantRole(role_id=each, user_id=house.people["agent"]), "administrator")
    house.do(RevokeRole(role_id=first, user_id=own), "administrator")
    with pytest.raises(NobodyLeft):
        house.do(EditUser(user_id=house.people["agent"], patch={"is_active": False}), "agent")


def test_the_server_itself_may_take_everything(house: House, first: UUID) -> None:
    house.do(RevokeRole(role_id=first, user_id=house.people["administrator"]), "system")
    assert house.ask(lambda reader: role(reader, first)).holders == []


def test_who_may_less_does_not_shut_out_who_may_more(house: House, first: UUID) -> None:
    """A supervisor changes people's details, and could otherwise lock out every administrator; nor do they let one in again."""
    house.do(GrantRole(role_id=first, user_id=house.people["other"]), "administrator")
    with pytest.raises(NotAllowed):
        deactivate(house, "administrator", "supervisor")
    deactivate(house, "other", "administrator")
    with pytest.raises(NotAllowed):
        deactivate(house, "other", "supervisor", is_active=True)
    deactivate(house, "agent", "supervisor")
    assert not house.ask(lambda reader: user(reader, house.people["agent"]), "supervisor").is_active


def test_nobody_puts_others_below_themselves_to_see_what_is_theirs(house: House, first: UUID) -> None:
    lead = new_id()
    house.do(CreateRole(role_id=lead, key="lead", name="Lead", rights={"user:edit": "all"}), "administrator")
    house.do(GrantRole(role_id=lead, user_id=house.people["agent"]), "administrator")
    own, other, third = (house.people[name] for name in ("agent", "other", "supervisor"))
    with pytest.raises(NotAllowed):
        house.do(EditUser(user_id=other, patch={"manager_id": own}), "agent")
    house.do(EditUser(user_id=other, patch={"manager_id": own}), "administrator")
    with pytest.raises(NotAllowed):  # nor below somebody who is below them
        house.do(EditUser(user_id=third, patch={"manager_id": other}), "agent")
    house.do(EditUser(user_id=own, patch={"manager_id": third}), "agent")  # above them is not below them
    house.do(EditUser(user_id=other, patch={"manager_id": third}), "agent")


def test_an_older_state_of_a_role_comes_back_only_to_who_could_give_it(house: House, first: UUID) -> None:
    """Else whoever once narrowed a role could give it all back, to themselves, when they have less."""
    agent, wide, narrowed = house.people["agent"], new_id(), new_id()
    house.do(CreateRole(role_id=wide, key="w", name="Wide", rights={"*": "all"}), "administrator")
    house.do(GrantRole(role_id=first, user_id=agent), "administrator")
    house.do(GrantRole(role_id=wide, user_id=agent), "administrator")
    house.do(SetRoleRights(role_id=wide, rights={"contact:read": "team"}), "agent", command_id=narrowed)
    give(house, AGENT | LEAD)
    house.do(RevokeRole(role_id=first, user_id=agent), "administrator")
    with pytest.raises(NotAllowed):
        house.do(Undo(command_id=narrowed))
    taken = new_id()
    house.do(GrantRole(role_id=first, user_id=agent), "administrator")
    house.do(RevokeRole(role_id=first, user_id=agent), "agent", command_id=taken)
    with pytest.raises(NotAllowed):
        house.do(Undo(command_id=taken))


def test_nobody_opens_a_field_that_is_hidden_from_them(house: House) -> None:
    """By a role without the veil, for themselves or for others, or by lifting the veil of the one that they have."""
    plain, agent = new_id(), house.people["agent"]
    give(house, AGENT | LEAD, {"contact.job_title": "hidden", "contact.name": "read_only"})
    rights = {"contact:read": "own", "contact:edit": "own"}
    house.do(CreateRole(role_id=plain, key="p", name="Plain", rights=rights), "administrator")
    veiled = {"contact.job_title": "hidden", "contact.name": "read_only"}
    for command in (
        GrantRole(role_id=plain, user_id=agent),
        SetRoleRights(role_id=preset_id(house.tenant_id, "agent"), rights=AGENT | LEAD, fields={}),
        SetRoleRights(role_id=preset_id(house.tenant_id, "agent"), rights=AGENT | LEAD, fields={"contact.job_title": "hidden"}),
        CreateRole(role_id=new_id(), key="q", name="Q", rights={"contact:read": "own"}),
        DeleteRole(role_id=plain),
    ):
        with pytest.raises(FieldNotAllowed):
            house.do(command)
    house.do(CreateRole(role_id=new_id(), key="q", name="Q", rights={"contact:read": "own"}, fields=veiled))
    house.do(CreateRole(role_id=new_id(), key="r", name="R", rights={"task:read": "own"}))


def test_a_person_is_added_with_roles_and_teams_or_not_at_all(house: House) -> None:
    person, tenant = new_id(), house.tenant_id
    agent = preset_id(tenant, "agent")
    wanted: dict[str, Any] = {"user_id": person, "name": "Nia", "email": "nia@velora.example"}
    house.do(
        AddPerson(**wanted, role_ids=(agent, agent), team_ids=(house.teams["care"],)),
        "administrator",
        command_id=(act := new_id()),
    )
    assert person in house.ask(lambda reader: role(reader, agent)).holders
    assert person in house.ask(lambda reader: team(reader, house.teams["care"])).members
    house.do(Undo(command_id=act), "administrator")
    with pytest.raises(NotHere):
        house.ask(lambda reader: user(reader, person))
    assert person not in house.ask(lambda reader: role(reader, agent)).holders
    refused: tuple[tuple[dict[str, Any], type[Refused]], ...] = (
        ({"role_ids": (new_id(),)}, NotHere), ({"team_ids": (new_id(),)}, NotHere),
        ({"role_ids": (preset_id(tenant, BASELINE),)}, BadValue), ({"email": "agent@velora.example"}, BadValue),
    )  # fmt: skip
    for more, refusal in refused:
        other: dict[str, Any] = {**wanted, "user_id": new_id(), "email": "x@velora.example", **more}
        with pytest.raises(refusal):
            house.do(AddPerson(**other), "administrator")
        assert other["user_id"] not in {each.id for each in house.ask(users)}


@pytest.mark.parametrize(
    ("rights", "role", "lacking"),
    [
        ({"user:create": "all"}, "agent", "role:grant"),
        ({"user:create": "all", "role:grant": "all"}, "administrator", ""),
        ({"user:create": "all"}, "", "team:edit"),
    ],
)
def test_adding_somebody_gives_no_more_than_one_may(house: House, rights: dict[str, str], role: str, lacking: str) -> None:
    give(house, AGENT | rights)
    wanted = AddPerson(
        user_id=new_id(), name="Nia", email="nia@velora.example",
        role_ids=(preset_id(house.tenant_id, role),) if role else (), team_ids=() if role else (house.teams["care"],),
    )  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        house.do(wanted)
    assert not lacking or refused.value.values == {"permission": lacking}


def test_every_preset_could_be_made_by_an_administrator(house: House) -> None:
    for preset in PRESETS:
        house.do(CreateRole(role_id=new_id(), key="x", name=preset.name, rights=dict(preset.rights)), "administrator")
