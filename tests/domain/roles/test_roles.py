"""Roles give rights; the most permissive wins, and what is taken is gone with the next command."""

import pytest

from app.domain.roles.commands import CreateRole, DeleteRole, GrantRole, RevokeRole, RoleInUse, SetRoleRights
from app.domain.roles.grants import level_in, with_level
from app.domain.roles.queries import roles
from app.domain.roles.rules import preset_id
from app.domain.users.commands import CreateUser
from app.kernel.errors import NotAllowed
from app.kernel.ids import new_id
from app.kernel.permissions import Access, Grant, Level
from tests.domain.conftest import House


def test_a_right_covers_its_verb_its_noun_or_everything() -> None:
    def may(right: str) -> bool:
        return Access([Grant(name="r", rights={right: Level.OWN})]).level("contact:edit") is Level.OWN

    assert [may(right) for right in ("contact:edit", "contact:*", "*", "contact:delete", "call:*")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_second_role_adds_its_rights_until_it_is_taken(house: House) -> None:
    create = CreateUser(user_id=new_id(), name="New", email="new@velora.example")
    administrator = preset_id(house.tenant_id, "administrator")
    house.do(GrantRole(role_id=administrator, user_id=house.people["agent"]), "administrator")
    house.do(create)
    house.do(RevokeRole(role_id=administrator, user_id=house.people["agent"]), "administrator")
    with pytest.raises(NotAllowed):
        house.do(CreateUser(user_id=new_id(), name="More", email="more@velora.example"))


def test_rights_taken_from_a_role_are_taken_from_its_holders(house: House) -> None:
    agent = preset_id(house.tenant_id, "agent")
    house.do(SetRoleRights(role_id=agent, rights={"user:read": "all"}), "administrator")
    with pytest.raises(NotAllowed):
        house.contact()


def test_every_tenant_begins_with_four_roles(house: House) -> None:
    assert {role.key for role in house.ask(roles)} == {"baseline", "agent", "supervisor", "administrator"}


def test_a_role_that_somebody_has_is_not_taken_from_them_by_the_way(house: House) -> None:
    made = new_id()
    house.do(CreateRole(role_id=made, key="k", name="Keyholder", rights={"note:read": "all"}), "administrator")
    house.do(GrantRole(role_id=made, user_id=house.people["agent"]), "administrator")
    assert next(each.holders for each in house.ask(roles) if each.id == made) == [house.people["agent"]]
    with pytest.raises(RoleInUse) as refused:
        house.do(DeleteRole(role_id=made), "administrator")
    assert refused.value.values == {"name": "Keyholder", "people": "Agent"}
    house.do(RevokeRole(role_id=made, user_id=house.people["agent"]), "administrator")
    house.do(DeleteRole(role_id=made), "administrator")
    assert made not in {each.id for each in house.ask(roles)}


def test_a_level_is_written_only_where_the_others_do_not_say_it() -> None:
    rights = {"contact:*": "team"}
    narrower = with_level(rights, "contact:delete", "own")
    assert narrower == {"contact:*": "team", "contact:delete": "own"}
    assert with_level(narrower, "contact:delete", "team") == rights
    assert with_level(rights, "contact:assign", "all") == {"contact:*": "team", "contact:assign": "all"}
    assert level_in(with_level({"*": "all"}, "note:read", "none"), "note:read") == "none"
