"""Organisations, and what of them stays when they go."""

from typing import Any

import pytest

from app.domain.accounts.commands import AssignAccount, CreateAccount, DeleteAccount, EditAccount, LockAccount
from app.domain.accounts.queries import account, account_ids, accounts, accounts_out
from app.domain.contacts.queries import contact, contacts
from app.kernel.errors import BadValue, NotHere
from app.kernel.ids import new_id
from tests.domain.conftest import House


def make(house: House, name: str) -> None:
    account_id = new_id()
    house.do(CreateAccount(account_id=account_id, name=name, domain="example.com"))


def test_accounts_are_listed_by_name_and_found_by_their_beginning(house: House) -> None:
    for name in ("Zeta", "alpha works", "Alpine"):
        make(house, name)
    page = house.ask(lambda reader: accounts(reader, starting_with="al"))
    assert {row.name for row in page.rows} == {"alpha works", "Alpine"}


def test_people_belong_to_their_account_and_stay_when_it_goes(house: House) -> None:
    account_id = new_id()
    house.do(CreateAccount(account_id=account_id, name="Bianchi S.r.l."))
    contact_id = house.contact("Luca", account_id=account_id)
    assert house.ask(lambda reader: contact(reader, contact_id)).account_name == "Bianchi S.r.l."
    assert len(house.ask(lambda reader: contacts(reader, account_id=account_id)).rows) == 1
    house.do(DeleteAccount(account_id=account_id))
    with pytest.raises(NotHere):
        house.ask(lambda reader: account(reader, account_id))
    assert house.ask(lambda reader: contact(reader, contact_id)).name == "Luca"


def test_an_account_keeps_its_name(house: House) -> None:
    account_id = new_id()
    house.do(CreateAccount(account_id=account_id, name="Named"))
    with pytest.raises(BadValue):
        house.do(EditAccount(account_id=account_id, patch={"name": ""}))
    house.do(EditAccount(account_id=account_id, patch={"industry": "Bikes"}))
    assert house.ask(lambda reader: account(reader, account_id)).industry == "Bikes"


def test_accounts_are_narrowed_to_an_owner_and_to_what_is_locked(house: House) -> None:
    ids = {name: new_id() for name in ("Mine", "Theirs", "Nobody's")}
    for name, account_id in ids.items():
        house.do(CreateAccount(account_id=account_id, name=name, tags=("vip",) if name != "Theirs" else ()))
    house.do(AssignAccount(account_id=ids["Theirs"], owner_id=house.people["supervisor"], team_id=None), "supervisor")
    house.do(AssignAccount(account_id=ids["Nobody's"], owner_id=None, team_id=None), "supervisor")
    house.do(LockAccount(account_id=ids["Mine"]), "supervisor")

    def named(**wanted: Any) -> set[str]:
        shown = house.ask(lambda reader: {row.name for row in accounts(reader, **wanted).rows})
        assert set(house.ask(lambda reader: account_ids(reader, **wanted))) == {ids[name] for name in shown}
        assert {row.name for row in house.ask(lambda reader: accounts_out(reader, **wanted)).rows} == shown
        return shown

    assert named() == set(ids)
    assert named(owner_id=house.people["agent"]) == {"Mine"}
    assert named(owner_id=house.people["supervisor"]) == {"Theirs"}
    assert named(is_unowned=True) == {"Nobody's"}
    assert named(is_locked=True) == {"Mine"}
    assert named(is_locked=False) == {"Theirs", "Nobody's"}
    assert named(tag="vip", is_locked=False) == {"Nobody's"}
    assert named(tag="vip", owner_id=house.people["supervisor"]) == set()
