"""A workspace describes its tenant, and tenants never see one another."""

import pytest
from sqlalchemy import Engine

from app.domain.contacts.commands import DeleteContact
from app.domain.contacts.queries import contacts
from app.domain.tenants.commands import EditWorkspace
from app.domain.tenants.queries import workspace
from app.domain.tenants.rules import slug_of
from app.kernel.errors import BadValue, NotAllowed, NotHere
from tests.domain.conftest import House, found


def test_an_administrator_changes_the_country_and_an_agent_may_not(house: House) -> None:
    house.do(EditWorkspace(patch={"country": "IT"}), "administrator")
    assert house.ask(workspace).country == "IT"
    with pytest.raises(NotAllowed):
        house.do(EditWorkspace(patch={"country": "FR"}))


def test_a_field_that_is_none_is_named_with_the_way_out(house: House) -> None:
    with pytest.raises(BadValue) as refused:
        house.do(EditWorkspace(patch={"colour": "red"}), "administrator")
    assert refused.value.values["field"] == "colour"
    assert "country" in str(refused.value)


@pytest.mark.parametrize(("name", "slug"), [("Velora Bikes", "velora-bikes"), ("  Café №1 ", "caf-1")])
def test_a_short_name_is_made_of_letters_and_digits(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_a_name_without_letters_gives_no_short_name() -> None:
    with pytest.raises(BadValue):
        slug_of("★★★")


def test_two_tenants_in_one_database_never_meet(engine: Engine) -> None:
    one, two = found(engine), found(engine)
    contact_id = one.contact("Only Ours")
    assert [row.name for row in one.ask(contacts).rows] == ["Only Ours"]
    assert two.ask(contacts).rows == []
    with pytest.raises(NotHere):
        two.do(DeleteContact(contact_id=contact_id), "administrator")
