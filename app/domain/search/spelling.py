"""Words that somebody may have meant: those of the index that are a slip or two away."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.domain.search.entries import START
from app.domain.search.rules import Query, Term

LEAST_LETTERS = 4
TWO_SLIPS_FROM = 7  # letters
MOST_LOOKED_AT, MOST_COMPARED = 40_000, 50  # words of the index, most frequent first; of those, the nearest
MOST_TRIED = 5  # of those, to find one that is written in something in sight
Near = Callable[[str, int], list[tuple[str, int]]]


def corrected(query: Query, near: Near, is_known: Callable[[str], bool]) -> Query | None:
    """The query with the words that nobody wrote put right; nothing when there is none, or no better one."""
    terms, is_changed = list[Term](), False
    for term in query.terms:
        meant = _meant(term, near, is_known)
        is_changed = is_changed or meant is not None
        terms.append(meant or term)
    return replace(query, terms=tuple(terms)) if is_changed else None


def _meant(term: Term, near: Near, is_known: Callable[[str], bool]) -> Term | None:
    if term.is_not or term.digits or any(len(phrase) != 1 for phrase in term.spellings):
        return None
    word = term.spellings[0][0]
    if len(word) < LEAST_LETTERS or word.isdecimal() or any(is_known(each) for (each,) in term.spellings):
        return None
    found = nearest(word, near(word, MOST_LOOKED_AT))[:MOST_TRIED]
    best = next((each for each in found if is_known(each)), None)
    return replace(term, spellings=((best,),)) if best else None


def nearest(word: str, known: Sequence[tuple[str, int]]) -> list[str]:
    """The known words, the one that is fewest slips (Damerau) away first; of several, the one that most records have."""
    from rapidfuzz import process  # at the first slip, not at the start
    from rapidfuzz.distance import OSA

    most = 2 if len(word) >= TWO_SLIPS_FROM else 1
    words = {each: docs for each, docs in known if not each.startswith(START)}
    near = process.extract(word, list(words), scorer=OSA.distance, score_cutoff=most, limit=MOST_COMPARED)
    return [each for _, _, each in sorted((away, -words[each], each) for each, away, _ in near)]
