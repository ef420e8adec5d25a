"""What goes on the wire for a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.dialling import DialRule, dialled, faults_of, lengths_of, matches, plain_number
from app.kernel.phone import EMERGENCY, is_short, national_digits, read_phone

PARIS, MILAN = "+33123456789", "+390236571234"
FRANCE = DialRule(name="France without prefix", fits="country", value="FR", form="national", account="care")
OUTSIDE = DialRule(name="Outside line", fits="any", form="national", before="9")


@pytest.mark.parametrize(
    ("rules", "typed", "account", "wire", "place"),
    [
        ([], "+33 1 23 45 67 89", "", PARIS, 0),
        ([], "02 3657 1234", "", MILAN, 0),  # a national number is one of the workspace's country
        ([], "20 41", "", "2041", 0),
        ([], "reception", "", "reception", 0),
        ([FRANCE], "+33 1 23 45 67 89", "care", "0123456789", 1),
        ([FRANCE], "+33 1 23 45 67 89", "fleet", PARIS, 0),
        ([FRANCE], MILAN, "care", MILAN, 0),
        ([DialRule(fits="prefix", value="+33", strip="+33", before="0"), OUTSIDE], PARIS, "", "0123456789", 1),
        ([DialRule(fits="prefix", value="+44", strip="+44"), OUTSIDE], PARIS, "", "90123456789", 2),
        ([DialRule(fits="any", strip="+", before="00")], PARIS, "", "0033123456789", 1),
        ([DialRule(fits="any", form="as_typed")], "02 3657 1234", "", "0236571234", 1),
        ([DialRule(fits="extension", value="4", before="8"), OUTSIDE], "2041", "", "82041", 1),
        ([DialRule(fits="extension", value="3-5", before="8"), OUTSIDE], MILAN, "", "90236571234", 2),
        ([DialRule(fits="length", value="11-12", strip="+")], PARIS, "", "33123456789", 1),
        ([DialRule(fits="pattern", value="+331.", before="77")], PARIS, "", f"77{PARIS}", 1),
        ([DialRule(fits="pattern", value="2NXX", before="6"), OUTSIDE], "2141", "", "92141", 2),
        ([DialRule(fits="any", form="as_typed", strip="2041")], "2041", "", "2041", 1),  # nothing would be left: dialled as it is
        ([DialRule(fits="prefix", value="+33")], "reception", "", "reception", 0),
    ],
)  # fmt: skip
def test_the_first_rule_that_fits_wins(rules: list[DialRule], typed: str, account: str, wire: str, place: int) -> None:
    found = dialled(rules, typed, country="IT", account=account)
    assert (found.wire, found.place) == (wire, place)


def test_the_log_keeps_the_customers_number() -> None:
    found = dialled([FRANCE], "+33 1 23 45 67 89", country="IT", account="care")
    assert (found.number, found.rule) == (PARIS, FRANCE)


@pytest.mark.parametrize("number", ["112", "911", "118", "1-1-2", "113"])
def test_an_emergency_is_dialled_as_it_is(number: str) -> None:
    everything = DialRule(fits="any", form="as_typed", strip="1", before="9")
    extension = DialRule(fits="extension", value="3", before="8")
    found = dialled([extension, everything], number, country="IT")
    assert (found.wire, found.is_short, found.place) == (number.replace("-", ""), True, 0)


def test_service_numbers_are_known_by_country_but_plain_extensions_are_none() -> None:
    assert is_short("116117", "DE")
    assert is_short("411", "US")
    assert not is_short("2041", "US")  # so many text messages' short codes are numbered
    assert not is_short("2041", "DE")
    assert is_short("112", "")
    assert not is_short("116117", "")
    assert not is_short("+33123456789", "FR")
    assert not is_short("", "DE")
    assert not is_short("1" * 400, "DE")


ANY_RULE = st.builds(
    DialRule, fits=st.sampled_from(["country", "prefix", "length", "extension", "pattern", "any"]),
    value=st.sampled_from(["", "FR", "1", "+", "3", "1-9", "X.", "ZXX", "1XX", "."]),
    form=st.sampled_from(["e164", "national", "as_typed"]), strip=st.text("+0123456789", max_size=3),
    before=st.text("+0123456789", max_size=3),
)  # fmt: skip


@given(st.lists(ANY_RULE, max_size=5), st.sampled_from(sorted(EMERGENCY)), st.sampled_from(["", "IT", "DE", "US"]))
def test_no_rule_whatever_touches_an_emergency(rules: list[DialRule], number: str, country: str) -> None:
    assert dialled(rules, number, country=country).wire == number


@given(st.lists(ANY_RULE, max_size=5), st.text(max_size=40), st.sampled_from(["", "IT", "DE"]))
def test_whatever_is_typed_something_is_dialled_and_nothing_breaks(rules: list[DialRule], typed: str, country: str) -> None:
    found = dialled(rules, typed, country=country)
    assert bool(found.wire) == bool(found.number) or found.place


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("2XXX", "2041", True), ("2XXX", "20411", False), ("2XXX", "204", False), ("NX.", "20", False), ("NX.", "201", True),
        ("ZXX", "012", False), ("+39.", "+390236571234", True), ("+39.", "+39", False), (".", "", False), (".", "5", True),
        ("*7X", "*75", True), ("", "1", False),
    ],
)  # fmt: skip
def test_a_pattern_stands_for_numbers(pattern: str, number: str, fits: bool) -> None:
    assert matches(pattern, number) is fits


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (DialRule(fits="country", value="FR"), {}),
        (DialRule(fits="country", value="France"), {"value": "country"}),
        (DialRule(fits="prefix", value="+33"), {}),
        (DialRule(fits="prefix", value=""), {"value": "prefix"}),
        (DialRule(fits="prefix", value="(.*)*"), {"value": "prefix"}),
        (DialRule(fits="length", value="3-5"), {}),
        (DialRule(fits="length", value="5-3"), {"value": "length"}),
        (DialRule(fits="extension", value="many"), {"value": "length"}),
        (DialRule(fits="pattern", value="+33ZX."), {}),
        (DialRule(fits="pattern", value="3.X"), {"value": "pattern"}),
        (DialRule(fits="pattern", value="(a+)+$"), {"value": "pattern"}),
        (DialRule(fits="pattern", value="X" * 33), {"value": "pattern"}),
        (DialRule(fits="any", strip="0a", before="b"), {"strip": "digits", "before": "digits"}),
        (DialRule(fits="any", before="1+"), {"before": "digits"}),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_by_its_field(rule: DialRule, wrong: dict[str, str]) -> None:
    assert faults_of(rule) == wrong


def test_lengths_and_plain_numbers() -> None:
    assert [lengths_of(text) for text in ("4", "3-5", "3 – 5", "0", "-", "", "٣")] == [
        (4, 4),
        (3, 5),
        (3, 5),
        None,
        None,
        None,
        None,
    ]
    assert [plain_number(text) for text in (" +39 (02) 36-57", "1+2", "*75#", "sip user")] == [
        "+39023657",
        "12",
        "*75#",
        "sipuser",
    ]


def test_a_number_in_national_form_is_what_one_dials_there() -> None:
    assert [national_digits(read_phone(number)) for number in (PARIS, MILAN, "+12015550123")] == [
        "0123456789",
        "0236571234",
        "2015550123",
    ]
