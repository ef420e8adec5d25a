"""People who sign in: let in by administrators, one an address, each saying their own state."""

import pytest

from app.domain.users.commands import CreateUser, EditUser, SetUserState
from app.domain.users.queries import user, user_by_email, users
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.ids import new_id
from tests.domain.conftest import House


def test_an_agent_may_not_let_people_in(house: House) -> None:
    with pytest.raises(NotAllowed) as refused:
        house.do(CreateUser(user_id=new_id(), name="New", email="new@velora.example"))
    assert refused.value.values == {"permission": "user:create"}


def test_one_person_an_address_whatever_its_case(house: House) -> None:
    with pytest.raises(BadValue) as refused:
        house.do(CreateUser(user_id=new_id(), name="Twin", email="AGENT@velora.example"), "administrator")
    assert refused.value.values["field"] == "email"
    assert len(house.ask(users)) == 4


def test_an_address_that_is_none_is_refused(house: House) -> None:
    with pytest.raises(BadValue):
        house.do(CreateUser(user_id=new_id(), name="New", email="not an address"), "administrator")


def test_a_state_comes_with_its_time_and_stays_when_said_again(house: House) -> None:
    house.do(SetUserState(user_id=house.people["agent"], state="busy"))
    since = house.ask(lambda reader: user(reader, house.people["agent"])).state_since
    house.do(SetUserState(user_id=house.people["agent"], state="busy"))
    now = house.ask(lambda reader: user(reader, house.people["agent"]))
    assert (now.state, now.state_since) == ("busy", since)


def test_nobody_sets_the_state_of_another_but_a_supervisor(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.do(SetUserState(user_id=house.people["other"], state="away"))
    house.do(SetUserState(user_id=house.people["other"], state="away"), "supervisor")
    assert house.ask(lambda reader: user(reader, house.people["other"])).state == "away"


def test_a_state_that_there_is_not_is_refused_with_those_there_are(house: House) -> None:
    with pytest.raises(BadValue, match="available"):
        house.do(SetUserState(user_id=house.people["agent"], state="asleep"))


def test_people_are_found_by_address(house: House) -> None:
    found = house.ask(lambda reader: user_by_email(reader, " Supervisor@velora.example "))
    assert found is not None
    assert found.name == "Supervisor"


def test_who_is_no_longer_active_may_do_nothing(house: House) -> None:
    house.do(EditUser(user_id=house.people["agent"], patch={"is_active": False}), "administrator")
    with pytest.raises(NotAllowed):
        house.contact()
