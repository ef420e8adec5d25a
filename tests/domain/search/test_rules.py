"""The language of searches: what is typed, what it means, and what is said of what means nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.search.rules import BadQuery, Query, Term, read_query
from app.kernel.folding import fold, spans, spellings

KINDS = frozenset({"contact", "message"})
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def read(text: str, *, is_typing: bool = False) -> Query:
    return read_query(text, KINDS, now=NOW, is_typing=is_typing)


def words(query: Query) -> list[tuple[str, ...]]:
    return [term.spellings[0] for term in query.terms]


def test_words_phrases_and_exclusions() -> None:
    query = read('refund "next week" -cancelled')
    assert words(query) == [("refund",), ("next", "week"), ("cancelled",)]
    assert [term.is_not for term in query.terms] == [False, False, True]


def test_a_star_and_the_word_that_is_being_typed_begin_words() -> None:
    assert [term.is_prefix for term in read("deliv* order").terms] == [True, False]
    assert [(term.is_prefix, term.is_typed) for term in read("deliv* ord", is_typing=True).terms] == [(True, False), (True, True)]
    assert not read("order ", is_typing=True).terms[0].is_prefix, "a blank ends the word"
    assert not read('"next wee', is_typing=True).terms[0].is_prefix, "a phrase says exactly what it wants"


def test_filters() -> None:
    query = read("from:amara kind:contact KIND:message channel:email is:open owner:me after:2026-01-31 before:3d")
    assert query.kinds == KINDS
    assert [*query.channels, *query.states, *query.owners] == ["email", "open", "me"]
    assert query.after == datetime(2026, 1, 31, tzinfo=UTC)
    assert query.before == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert query.terms == (Term(spellings=(("amara",),), is_who=True),)
    assert read("after:2026-02").after == datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("kind:deal x", "kind:deal is not known: there are contact, message"),
        ("kind:", "kind:contact"),
        ("is:asleep", "is:asleep is not known"),
        ("channel:pigeon", "channel:pigeon is not known"),
        ("after:soon", "soon is no day"),
        ("before:2026-13", "2026-13 is no day"),
        ("after:9999y", "9999y is no day"),
        ("after:2026-02-01 before:2026-01-01", "Nothing is after one day"),
        ("-order", "exclusions only"),
        ("-kind:contact order", "minus"),
        ("color:red", "There is no filter color"),
        ('"open', "quotation mark"),
        ("a " * 25, "at most 24 words"),
        ("a" * 1_001, "more than 1,000 characters"),
        ("owner:", "owner:me"),
        ('from:""', "from:amara"),
    ],
)
def test_what_can_not_be_searched_for_is_said(typed: str, hint: str) -> None:
    with pytest.raises(BadQuery) as caught:
        read(typed)
    assert hint in str(caught.value)


@pytest.mark.parametrize("typed", ["", "  ", "***", '""', "-", "(((", "'"])
def test_nothing_asks_for_nothing(typed: str) -> None:
    assert read(typed).is_empty


@pytest.mark.parametrize(
    "typed", ["Re:order", "http://shop.example/a?b=c", "10:42", "a AND b OR NOT (c)", "NEAR(a b)", "title:", "^a"]
)
def test_what_only_looks_like_an_operator_is_words(typed: str) -> None:
    assert words(read(typed))


@pytest.mark.parametrize("typed", ["+49 30 5550142", "0049305550142", "(0)30/555-0142", "030 555 01 42"])
def test_digits_in_any_form_are_one_number(typed: str) -> None:
    [term] = read(typed).terms
    assert all(digits.endswith("305550142") for digits in term.digits)


def test_words_beside_digits_are_no_number() -> None:
    assert [term.digits for term in read("order 48190").terms] == [(), ()]


def test_words_are_folded() -> None:
    assert fold("Þórdís GUÐMUNDSDÓTTIR, Łódź; don't straße") == ["thordis", "gudmundsdottir", "lodz", "don", "t", "strasse"]
    assert fold("佐藤 健一さんへ") == ["佐", "藤", "健", "一", "さ", "ん", "へ"]
    assert fold("e\u0301te\u0301") == fold("été") == ["ete"]
    assert spellings("Müller") == ("muller", "mueller")
    assert spellings("Mueller") == ("mueller", "muller")


def test_words_are_found_again_where_they_stand() -> None:
    text = "Müller & 佐藤 健一, ok"
    assert [(word, text[start:end]) for word, start, end in spans(text)] == [
        ("muller", "Müller"), ("佐", "佐"), ("藤", "藤"), ("健", "健"), ("一", "一"), ("ok", "ok"),
    ]  # fmt: skip


def test_japanese_in_a_row_is_a_phrase_and_umlauts_have_two_spellings() -> None:
    assert read("健一").terms[0].spellings == (("健", "一"),)
    assert read("Müller").terms[0].spellings == (("muller",), ("mueller",))
    wanted: Any = {("muller", "sohn"), ("mueller", "sohn")}
    assert set(read("Müller-Sohn").terms[0].spellings) == wanted
