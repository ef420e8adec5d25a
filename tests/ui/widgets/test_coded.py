"""Languages, countries and time zones are said in words and kept as codes."""

import pytest

from app.kernel.errors import BadValue
from ui.widgets.coded import meant, said, words_of


@pytest.mark.parametrize(
    ("field", "words", "code"),
    [
        ("language", "Italian", "it"), ("language", " german ", "de"), ("language", "IT", "it"), ("country", "Italy", "IT"),
        ("country", "gb", "GB"), ("time_zone", "europe/rome", "Europe/Rome"), ("language", "", ""),
        ("job_title", " Baker ", "Baker"),
    ],
)  # fmt: skip
def test_what_is_said_is_kept_as_its_code(field: str, words: str, code: str) -> None:
    assert meant(field, words) == code


@pytest.mark.parametrize("field", ["language", "country", "time_zone"])
def test_what_is_none_of_them_is_refused_with_an_example(field: str) -> None:
    with pytest.raises(BadValue, match="such as"):
        meant(field, "Klingonese")


@pytest.mark.parametrize(("field", "least"), [("language", 150), ("country", 200), ("time_zone", 300)])
def test_each_of_the_list_is_found_by_its_words(field: str, least: int) -> None:
    offered = list(words_of(field))
    assert len(offered) > least
    assert [words for words in offered if not meant(field, words)] == []


def test_codes_are_read_in_words() -> None:
    assert [said("language", "pl"), said("country", "IT"), said("time_zone", "Europe/Rome")] == ["Polish", "Italy", "Europe/Rome"]
