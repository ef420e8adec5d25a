"""Texts from outside can be stored whatever they hold."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.text import storable, storable_line

ANYTHING = st.text(st.characters(categories=None, codec=None), max_size=60)  # lone surrogates and NULs too


@given(ANYTHING)
def test_any_text_becomes_one_that_both_databases_and_the_wire_take(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(kept)) == kept


@given(st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"])))
def test_a_good_text_stays_as_it_is(text: str) -> None:
    assert storable(text) == text


def test_two_surrogates_that_make_a_character_are_joined() -> None:
    assert storable("\ud83d\ude00") == "\N{GRINNING FACE}"


def test_a_line_has_no_line_ends_and_keeps_its_length() -> None:
    assert storable_line("Hello\r\nBcc: all\x07\tof you\u2028") == "Hello Bcc: all of you"
    assert storable_line("x" * 50, at_most=10) == "xxxxxxxxx…"
