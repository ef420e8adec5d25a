"""A query in the words of each database, and against texts without one."""

from collections.abc import Callable, Iterable, Sequence

from app.domain.search.entries import END, START, STARTS
from app.domain.search.rules import Phrase, Query, Term

MOST_EXPANDED = 24  # words that a prefix stands for; those beyond are looked for as a prefix, or are among the rarest
Words = Callable[[str, int], list[str]] | None  # those that begin like this, most frequent first; None: not known as yet


def passes(query: Query, render: Callable[[Query, bool], str | None], unless: str) -> list[str]:
    """What is asked one after the other: whole words before those that only begin alike. No words: everything, once."""
    if not query.terms:
        return [""]
    if not any(term.is_typed for term in query.terms):
        return [found for found in [render(query, False)] if found]
    whole, begun = render(query, True), render(query, False)
    if not whole or not begun:
        return [found for found in (whole, begun) if found]
    return [whole, f"({begun}) {unless} ({whole})"]


# ── SQLite ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def fts5(query: Query, words: Words) -> list[str]:
    """The passes as FTS5 reads them."""

    def render(query: Query, is_whole: bool) -> str | None:
        wanted = [_fts5_term(term, words, is_whole) for term in query.terms if not term.is_not]
        if not all(wanted):
            return None  # no record has such a word
        banned = [each for term in query.terms if term.is_not and (each := _fts5_term(term, words, is_whole))]
        told = " AND ".join(f"({each})" for each in wanted)
        return f"({told}) NOT ({' OR '.join(banned)})" if banned else told

    return passes(query, render, "NOT")


def _fts5_term(term: Term, words: Words, is_whole: bool) -> str:
    is_prefix = term.is_prefix and not (is_whole and term.is_typed)
    found = [each for phrase in term.spellings for each in _fts5_phrase(phrase, words, is_prefix=is_prefix, term=term)]
    for digits in term.digits:
        found += [f'more : "{digits}" *', f'more : "{END}{digits[::-1]}" *']
    told = " OR ".join(found)
    return f"who : ({told})" if told and term.is_who else told


def _fts5_phrase(phrase: Phrase, words: Words, *, is_prefix: bool, term: Term) -> Iterable[str]:
    said = f'"{" ".join(phrase)}"'
    if not is_prefix:
        return [said]
    if len(phrase) > 1 or term.digits or words is None:
        return [f"{said} *"]
    [prefix] = phrase
    known = words(prefix, MOST_EXPANDED + 1)
    if len(known) > MOST_EXPANDED and len(prefix) not in STARTS:
        return [f"{said} *"]
    told = [f'"{word}"' for word in known[:MOST_EXPANDED]]
    if len(prefix) in STARTS and len(known) > MOST_EXPANDED and not term.is_who:
        told.append(f'more : "{START}{prefix}"')  # rare words of titles, which are beyond the most frequent
    return told


# ── PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def tsquery(query: Query) -> list[str]:
    """The passes as PostgreSQL reads them; a GIN index finds prefixes by itself."""

    def render(query: Query, is_whole: bool) -> str | None:
        return " & ".join(f"{'!' if term.is_not else ''}({_tsquery_term(term, is_whole)})" for term in query.terms)

    return passes(query, render, "& !")


def _tsquery_term(term: Term, is_whole: bool) -> str:
    is_prefix, part = term.is_prefix and not (is_whole and term.is_typed), "B" if term.is_who else ""
    found = [_tsquery_phrase(phrase, part, is_prefix=is_prefix) for phrase in term.spellings]
    for digits in term.digits:
        found += [f"'{digits}':*D", f"'{END}{digits[::-1]}':*D"]
    return " | ".join(found)


def _tsquery_phrase(phrase: Phrase, part: str, *, is_prefix: bool) -> str:
    *words, last = phrase
    ending = ("*" if is_prefix else "") + part
    marks = [f"'{word}'" + (f":{part}" if part else "") for word in words]
    marks.append(f"'{last}'" + (f":{ending}" if ending else ""))
    return f"({' <-> '.join(marks)})"


# ── without a database ─────────────────────────────────────────────────────────────────────────────────────────────────


def holds(query: Query, parts: Sequence[Sequence[str]], who: Sequence[Sequence[str]], numbers: Sequence[str]) -> bool:
    """Whether folded texts match: for an actor from whom columns that the index holds are hidden."""
    return all(_has(term, [*parts, *who] if not term.is_who else who, numbers) != term.is_not for term in query.terms)


def _has(term: Term, parts: Sequence[Sequence[str]], numbers: Sequence[str]) -> bool:
    if any(number.startswith(digits) or number.endswith(digits) for digits in term.digits for number in numbers):
        return True
    return any(_stands(phrase, part, is_prefix=term.is_prefix) for phrase in term.spellings for part in parts)


def _stands(phrase: Phrase, part: Sequence[str], *, is_prefix: bool) -> bool:
    *words, last = phrase
    for place in range(len(part) - len(words)):
        if list(part[place : place + len(words)]) == words:
            end = part[place + len(words)]
            if end == last or (is_prefix and end.startswith(last)):
                return True
    return False
