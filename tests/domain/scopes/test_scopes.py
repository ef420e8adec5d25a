"""What a person may ask of their devices."""

from uuid import UUID

import pytest

from app.domain.scopes.commands import PinRecord, SetDeviceScope, UnpinRecord
from app.domain.scopes.queries import device_scopes, pins
from app.domain.scopes.rules import MOST_PINS, TooManyPins, check_groups
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from tests.domain.conftest import House


def test_the_rules_of_a_device_are_replaced_as_a_whole_and_are_ones_own(house: House) -> None:
    care = house.teams["care"]
    house.do(SetDeviceScope(device="laptop", groups=[care, care], days=30))
    [scope] = house.ask(device_scopes)
    assert (scope.device, scope.groups, scope.days) == ("laptop", [care], 30)
    house.do(SetDeviceScope(device="laptop"))
    [scope] = house.ask(device_scopes)
    assert (scope.groups, scope.days) == (None, 0)
    assert house.ask(device_scopes, "other") == []


@pytest.mark.parametrize("days", [-1, 4000])
def test_days_have_bounds(house: House, days: int) -> None:
    with pytest.raises(BadValue):
        house.do(SetDeviceScope(device="laptop", days=days))


def test_groups_have_a_bound() -> None:
    with pytest.raises(BadValue):
        check_groups([new_id()] * 501)


def test_a_pin_is_set_once_and_taken_away(house: House) -> None:
    contact = house.contact("Luca")
    for _ in range(2):
        house.do(PinRecord(kind="contact", record_id=contact))
    house.do(PinRecord(kind="contact", record_id=contact, device="laptop"))
    assert sorted(pin.device for pin in house.ask(pins)) == ["", "laptop"]
    for _ in range(2):
        house.do(UnpinRecord(record_id=contact))
    assert [pin.device for pin in house.ask(pins)] == ["laptop"]
    house.do(PinRecord(kind="contact", record_id=contact))
    assert len(house.ask(pins)) == 2


@pytest.mark.parametrize("kind", ["contact_identity", "no_such"])
def test_only_what_stands_on_its_own_can_be_pinned(house: House, kind: str) -> None:
    with pytest.raises(BadValue):
        house.do(PinRecord(kind=kind, record_id=new_id()))


def test_pins_have_a_bound(house: House) -> None:
    for number in range(MOST_PINS):
        house.do(PinRecord(kind="contact", record_id=UUID(int=number + 1)))
    with pytest.raises(TooManyPins):
        house.do(PinRecord(kind="contact", record_id=new_id()))
