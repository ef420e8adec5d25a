"""A number in any form to the contact, 500k identities in an encrypted replica."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from app.domain.contacts.matching import who_calls
from app.domain.identities.records import Identity
from app.domain.roles.actors import actor_of
from app.kernel.phone import read_phone
from app.kernel.reader import Reader
from app.replica.file import open_file
from bench.report import Row, percentile
from tests.demo import cast
from tests.demo.dataset import Sizes
from tests.demo.fill import BENCH_KEY, BENCH_TENANT, kept_replica

FULL = Sizes(contacts=200_000, accounts=20_000, identities=500_000)
QUICK = Sizes(contacts=4_000, accounts=400, identities=10_000)
LOOKUPS = 5_000
HOME = cast.COUNTRY
Number = tuple[str, str, str]  # its form, as dialled, as kept


def run(quick: bool) -> list[Row]:
    """Every look-up is of another number, and in a transaction of its own, as a call's is."""
    with tempfile.TemporaryDirectory() as folder:
        path = kept_replica("lookup-quick" if quick else "lookup", QUICK if quick else FULL, Path(folder))
        with reading(path) as (connection, reader):
            numbers = _numbers(connection, 500 if quick else LOOKUPS)
            connection.rollback()
            for _, dialled, _ in _one_a_country(numbers):  # a country's numbering plan is read when it is first met
                who_calls(reader, dialled, HOME)
            connection.rollback()
            took_ms = _measure(connection, reader, numbers)
    said = f"{QUICK.identities if quick else FULL.identities:,} identities, SQLCipher, {len(numbers):,} look-ups"
    rows = [
        Row(metric="p50_ms", value=percentile(took_ms["any"], 50), unit="ms", peer=said),
        Row(metric="p99_ms", value=percentile(took_ms["any"], 99), unit="ms", target="<= 2", peer=said),
        Row(
            metric="cpu_p99_ms",
            value=percentile(took_ms["cpu"], 99),
            unit="ms",
            peer="the thread's own work, without what others took",
        ),
        Row(metric="max_ms", value=max(took_ms["any"]), unit="ms", peer=said),
    ]
    forms = [form for form in took_ms if form not in {"any", "cpu"}]
    return rows + [Row(metric=f"p99_ms_{form}", value=percentile(took_ms[form], 99), unit="ms", peer=said) for form in forms]


def _measure(connection: Connection, reader: Reader, numbers: list[Number]) -> dict[str, list[float]]:
    took_ms: dict[str, list[float]] = {"any": [], "cpu": []}
    for form, dialled, value in numbers:
        read_phone.cache_clear()  # a real call's number was not read a moment ago
        began, worked = time.perf_counter(), time.thread_time()
        with connection.begin():
            found = who_calls(reader, dialled, HOME)
        ms = (time.perf_counter() - began) * 1_000
        took_ms["cpu"].append((time.thread_time() - worked) * 1_000)
        took_ms["any"].append(ms)
        took_ms.setdefault(form, []).append(ms)
        assert any(match.value == value for match in found.matches), f"{dialled} was not found"
    return took_ms


def _one_a_country(numbers: list[Number]) -> list[Number]:
    return list({region_of(value): number for number in numbers for value in [number[2]]}.values())


def region_of(value: str) -> str:
    """The country of a number in E.164."""
    return read_phone(value).country


@contextmanager
def reading(path: Path, email: str = cast.SUPERVISOR) -> Iterator[tuple[Connection, Reader]]:
    """The replica as the console's reading thread has it: one open connection."""
    engine = open_file(path, BENCH_KEY)
    with engine.connect().execution_options(is_reader=True) as connection:
        with connection.begin():
            actor = actor_of(connection, BENCH_TENANT, cast.user_id(BENCH_TENANT, email))
        yield connection, Reader(connection, BENCH_TENANT, actor)
    engine.dispose()


def _numbers(connection: Connection, count: int) -> list[Number]:
    """As networks and people give them."""
    rng = random.Random(7)
    query = select(Identity.value, Identity.shown, Identity.country).where(Identity.kind == "phone")
    rows = connection.execute(query.order_by(Identity.id).limit(20 * count)).all()
    return [_in_some_form(rng, row.value, row.shown, row.country) for row in rng.sample(rows, min(count, len(rows)))]


def _in_some_form(rng: random.Random, value: str, shown: str, country: str) -> Number:
    digits = value.removeprefix("+")
    forms = {"e164": value, "00": f"00{digits}", "bare": digits, "spaced": shown}
    if country == HOME:
        forms["national"] = f"0{value.removeprefix('+49')}"
    elif country not in {"IT", "NL", "US"}:
        forms["tail"] = shown.partition(" ")[2].replace(" ", "").replace("-", "")  # no prefix at all: by its last digits
    form = rng.choice(list(forms))
    return form, forms[form], value
