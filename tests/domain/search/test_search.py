"""What is found, for whom, in which order; and how it is shown."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.search.queries import Found, search
from app.domain.search.rules import BadQuery
from app.domain.search.showing import Hit
from app.kernel.errors import BadValue
from app.kernel.reader import Reader
from bench.caller_lookup import reading
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_KEY, fill_replica

Ask = Callable[..., Found]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "replica.db"
    fill_replica(path, BENCH_KEY, SMALL)
    return path


@pytest.fixture(scope="module")
def supervisor(path: Path) -> Iterator[Reader]:
    with reading(path) as (_, reader):
        yield reader


@pytest.fixture
def ask(supervisor: Reader) -> Iterator[Ask]:
    with supervisor.connection.begin():
        yield lambda q, **more: search(supervisor, q=q, **more)


def hits(found: Found, kind: str | None = None) -> list[Hit]:
    return [hit for group in found.groups if kind in {None, group.kind} for hit in group.hits]


def bold(text: str, marks: list[list[int]]) -> list[str]:
    return [text[start:end] for start, end in marks]


def test_a_person_is_found_by_name_address_and_number_in_any_form(ask: Ask) -> None:
    assert "Luca Bianchi" in {hit.title for hit in hits(ask("luca bianchi"), "contact")}
    assert not hits(ask("luca@bianchi-bi"), "identity"), "the last word is whole unless it is typed"
    assert {hit.detail for hit in hits(ask("luca@bianchi-bi", typing=True), "identity")} == {"Luca Bianchi"}
    for number in ("+39 06 555 0142", "0039065550142", "06 555 0142", "555-0142", "0142"):
        found = hits(ask(number, limit=50))
        assert "+39 06 555 0142" in {hit.title for hit in found}, number
        assert all("0142" in "".join(bold(hit.title, hit.title_marks)) for hit in found if hit.title == "+39 06 555 0142")


def test_every_word_must_be_there_phrases_in_a_row_and_exclusions_not(ask: Ask) -> None:
    both = hits(ask("refund order", limit=50), "message")
    assert both
    phrase = hits(ask('"thank you"', limit=50), "message")
    assert all("thank you" in f"{hit.title} {hit.snippet}".lower() for hit in phrase)
    assert phrase
    assert hits(ask('"you thank"')) == []
    without = {hit.id for hit in hits(ask("order -refund", limit=200), "message")}
    assert without
    assert without.isdisjoint(hit.id for hit in both)


def test_whole_words_stand_before_words_that_only_begin_alike_and_newer_before_older(ask: Ask) -> None:
    found = hits(ask("order", typing=True, limit=200), "message")
    is_whole = ["order" in f"{hit.title} {hit.snippet}".lower().replace("#", " ").split() for hit in found]
    assert any(is_whole)
    times = [hit.at for hit in hits(ask("order", limit=200), "message")]
    minutes = [int(at.timestamp()) // 60 for at in times]
    assert minutes == sorted(minutes, reverse=True)


def test_a_snippet_shows_where_the_words_stand(ask: Ask) -> None:
    [hit, *_] = hits(ask("kind:message vat number"))
    shown = [*bold(hit.title, hit.title_marks), *bold(hit.snippet, hit.snippet_marks)]
    assert {word.lower() for word in shown} == {"vat", "number"}
    [begun, *_] = [hit for hit in hits(ask("trans", typing=True)) if hit.snippet_marks]
    assert {word.lower() for word in bold(begun.snippet, begun.snippet_marks)} == {"trans"}
    assert all("\n" not in hit.snippet for hit in hits(ask("hello", limit=50)))


@pytest.mark.parametrize("prefix", ["l", "lu", "luc", "luca"])
def test_rare_names_are_found_from_their_first_letter(ask: Ask, prefix: str) -> None:
    found = ask(f"kind:contact {prefix}", typing=True, limit=200)
    assert "Luca Bianchi" in {hit.title for hit in hits(found)}


def test_names_in_other_scripts_and_with_accents(ask: Ask) -> None:
    names = {hit.title for hit in hits(ask("kind:contact owner:none after:1990", limit=200))} | {
        hit.title for hit in hits(ask("kind:contact after:1990", limit=200))
    }
    japanese = next(name for name in names if any("\u4e00" <= letter <= "\u9fff" for letter in name))
    letter = next(letter for letter in japanese if "\u4e00" <= letter <= "\u9fff")
    assert japanese in {hit.title for hit in hits(ask(letter, limit=200), "contact")}
    accented = next(name for name in names if "é" in name or "ö" in name or "ü" in name)
    plain = accented.translate(str.maketrans("éöüóá", "eouoa")).split()[0].upper()
    assert accented in {hit.title for hit in hits(ask(plain, limit=200), "contact")}


def test_a_slip_is_put_right_and_said(ask: Ask) -> None:
    found = ask("delivrey day")
    assert found.corrected == "delivery day"
    assert hits(found) == hits(ask("delivery day"))
    assert ask("delivery day").corrected is None
    assert ask("xqzvwk").groups == []


def test_a_page_goes_on_where_the_one_before_ended(ask: Ask) -> None:
    whole = [hit.id for hit in hits(ask("ord", typing=True, limit=200), "message")]
    read, after = [], None
    while True:
        [group] = [group for group in ask("ord", typing=True, limit=7, after=after).groups if group.kind == "message"]
        read += [hit.id for hit in group.hits]
        after = group.next
        if after is None:
            break
    assert read == whole
    assert len(read) == len(set(read)) > 14


def test_counts_are_exact_until_a_hundred(ask: Ask) -> None:
    [group] = [group for group in ask("order").groups if group.kind == "message"]
    assert len(group.hits) == 5
    assert (group.count, group.is_more) == (len(hits(ask("order", limit=200), "message")), False)


def test_of_more_than_a_hundred_that_is_said_and_they_can_all_be_read(ask: Ask) -> None:
    [group] = ask("kind:message the").groups
    assert (len(group.hits), group.count, group.is_more) == (5, 100, True)
    [whole] = ask("kind:message the", limit=200).groups
    assert whole.hits[:5] == group.hits
    assert whole.count > 100 or whole.is_more
    [begun] = ask("kind:message the is:resolved").groups
    read, after = [hit.id for hit in begun.hits], begun.next
    while after is not None:
        page, after = ask("kind:message the is:resolved", after=after, limit=50).groups, None
        for each in page:
            read, after = [*read, *(hit.id for hit in each.hits)], each.next
    assert len(read) == len(set(read)) >= begun.count


def test_filters_narrow(ask: Ask, supervisor: Reader) -> None:
    assert {group.kind for group in ask("kind:contact kind:account bike").groups} <= {"contact", "account"}
    assert {hit.channel for hit in hits(ask("channel:whatsapp after:2000", limit=50))} == {"whatsapp"}
    assert {hit.channel for hit in hits(ask("channel:voice after:2000", limit=50))} == {"voice"}
    assert hits(ask("from:amara refund"), "message")
    assert all("Amara" in hit.detail for hit in hits(ask("from:amara refund"), "message"))
    is_open = {hit.id for hit in hits(ask("kind:conversation is:open", limit=200))}
    assert is_open
    assert is_open.isdisjoint(hit.id for hit in hits(ask("kind:conversation is:resolved", limit=200)))
    mayas = hits(ask("owner:maya kind:conversation is:open", limit=200))
    assert 0 < len(mayas) < len(is_open)
    assert all(hit.at.year >= 2026 for hit in hits(ask("order after:2026", limit=50)))
    assert hits(ask("order before:2000")) == []
    with pytest.raises(BadQuery, match="Nobody here is called zzzz"):
        ask("owner:zzzz order")


@pytest.mark.parametrize(
    "typed", ['"', "((", "a OR", "NEAR(", "title:x y", "*", "-", "' OR 1=1 --", "a\x00b", "\ud800", "𝔘𝔫𝔦", "·t", "a" * 900]
)
def test_whatever_is_typed_is_never_an_error_of_the_database(ask: Ask, typed: str) -> None:
    with contextlib.suppress(BadQuery):
        assert ask(typed, typing=True).groups is not None


@pytest.mark.parametrize("after", ["x", "message.0.1", "contact.9.1", "message.0.99999999999999999999", "message.0.-5"])
def test_a_place_that_is_none_is_refused(ask: Ask, after: str) -> None:
    with pytest.raises(BadQuery):
        ask("order", after=after)


@pytest.mark.parametrize("limit", [0, 201])
def test_a_page_has_a_size(ask: Ask, limit: int) -> None:
    with pytest.raises(BadValue):
        ask("order", limit=limit)


def test_what_is_out_of_sight_is_not_found_counted_or_suggested(path: Path, supervisor: Reader) -> None:
    with reading(path, cast.MAYA) as (connection, maya), connection.begin():
        hers, with_hers = search(maya, q="order", limit=200), search(maya, q="ordre", limit=200)
        seen = {hit.id for hit in hits(hers)}
        assert [group.count for group in hers.groups] == [len(group.hits) for group in hers.groups]
        assert with_hers.corrected == "order"
    with supervisor.connection.begin():
        everything = hits(search(supervisor, q="order", limit=200))
    assert seen < {hit.id for hit in everything}
