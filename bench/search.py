"""1M messages in the replica: rare and broad words, phrases, prefixes while typing, slips, filters, numbers."""

import random
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.domain.search.queries import Found, search
from app.domain.search.sqlite import SqliteIndex
from app.kernel.reader import Reader
from bench.caller_lookup import reading
from bench.report import Row, percentile
from tests.demo import cast
from tests.demo.dataset import Sizes
from tests.demo.fill import kept_replica

FULL = Sizes(contacts=20_000, accounts=2_000, messages=1_000_000, calls=20_000, notes=5_000, tasks=5_000)
QUICK = Sizes(contacts=500, accounts=50, messages=10_000, calls=500, notes=100, tasks=100)
BROAD = ("order", "bike", "the", "refund", "hello", "delivery", "please", "thank", "invoice", "battery")
PREFIXES = ("t", "s", "o", "th", "de", "re", "del", "ord", "inv", "batt", "deliv", "refun")
PAIRS = (
    "order delivery",
    "refund bike",
    "hello invoice",
    "thank battery",
    '"thank you"',
    '"order the"',
    "order -refund",
    "the order bik",
)
FILTERS = (
    "kind:contact owner:me", "channel:whatsapp order",
    "from:maya refund", "after:30d delivery", "is:open order", "before:300d battery",
    "kind:task is:open", "order owner:none",
)  # fmt: skip


class Took(NamedTuple):
    """A search by the clock, and the thread's own work, without what other programs took."""

    ms: float
    own_ms: float


def run(quick: bool) -> list[Row]:
    """Each search is all groups with their counts and snippets, in a read of its own on the replica's one connection."""
    sizes = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        path = kept_replica("search-quick" if quick else "search", sizes, Path(folder))
        with reading(path) as (connection, reader):
            asked = _asked(connection, 10 if quick else 40)
            connection.rollback()
            took = {name: _measure(connection, reader, name, queries) for name, queries in asked.items()}
        with reading(path, cast.MAYA) as (connection, reader):
            of_one_team = [each for name, queries in asked.items() for each in _measure(connection, reader, name, queries)]
        size_mb = path.stat().st_size / 1e6
    every = [each for name in took for each in took[name]]
    said = f"{sizes.messages:,} messages, {sizes.contacts:,} contacts, SQLCipher, {size_mb:,.0f} MB, {len(every)} searches"
    of_all, of_team = [each.ms for each in every], [each.ms for each in of_one_team]
    own, own_team = [each.own_ms for each in every], [each.own_ms for each in of_one_team]
    rows = [
        Row(metric="p50_ms", value=percentile(of_all, 50), unit="ms", peer=said),
        Row(metric="p95_ms", value=percentile(of_all, 95), unit="ms", target="<= 50", peer=said),
        Row(metric="max_ms", value=max(of_all), unit="ms", target="<= 150", peer=said),
        Row(metric="own_p95_ms", value=percentile(own, 95), unit="ms", peer=f"the thread's own work, at most {max(own):.0f}"),
        Row(
            metric="team_p95_ms", value=percentile(of_team, 95), unit="ms", peer=f"who sees one team; slowest {max(of_team):.0f}"
        ),
        Row(metric="own_team_p95_ms", value=percentile(own_team, 95), unit="ms", peer=f"own work, at most {max(own_team):.0f}"),
    ]
    return rows + [
        Row(
            metric=f"{name}_p95_ms", value=percentile([each.ms for each in some], 95), unit="ms",
            peer=f"slowest {max(each.ms for each in some):.0f}; own work {percentile([each.own_ms for each in some], 95):.0f}",
        )
        for name, some in took.items()
    ]  # fmt: skip


def _asked(connection: Connection, count: int) -> dict[str, list[str]]:
    """Rare words and numbers are drawn from what is there; slips are made in words that are."""
    rng = random.Random(11)
    rare = list(connection.execute(text("SELECT word FROM search_word WHERE docs BETWEEN 1 AND 9 ORDER BY word")).scalars())
    common = list(connection.execute(text("SELECT word FROM search_word WHERE docs > 20 ORDER BY word")).scalars())
    numbers = list(connection.execute(text("SELECT value FROM identity WHERE kind = 'phone' ORDER BY id LIMIT 1000")).scalars())
    words = [word for word in common if word.isascii() and word.isalpha() and len(word) >= 5]
    return {
        "rare": rng.sample([word for word in rare if word.isalpha()], count),
        "broad": [*BROAD] * 2,
        "prefix": [f"{each}…" for each in PREFIXES] * 2,
        "pair": [*PAIRS],
        "typo": [_slip(rng, word) for word in rng.sample(words, min(count, len(words)))],
        "filter": [*FILTERS],
        "number": [number[-6:] for number in rng.sample(numbers, min(count, len(numbers)))],
    }


def _slip(rng: random.Random, word: str) -> str:
    """Two neighbours swapped, or a letter left out."""
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :] if rng.random() < 0.5 else word[:at] + word[at + 1 :]


def _measure(connection: Connection, reader: Reader, name: str, queries: list[str]) -> list[Took]:
    took: list[Took] = []
    for query in queries:
        began, worked = time.perf_counter(), time.thread_time()
        with connection.begin():
            found = search(reader, q=query.rstrip("…"), typing=query.endswith("…"))
        took.append(Took((time.perf_counter() - began) * 1_000, (time.thread_time() - worked) * 1_000))
        if reader.actor.sight("contact") is None:
            _check(connection, name, query, found)
    return took


def _check(connection: Connection, name: str, query: str, found: Found) -> None:
    """What is measured found what it should."""
    if name in {"rare", "broad", "prefix", "number"}:
        assert any(group.hits for group in found.groups), f"{query} was not found"
    if name == "typo" and not found.groups:
        with connection.begin():
            assert not SqliteIndex(connection).is_known(query), f"{query} is a word and was not found"
