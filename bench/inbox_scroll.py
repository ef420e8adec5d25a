"""1M conversations in the replica: open the inbox and scroll, as far as the data goes; the list itself comes on top."""

import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection

from app.domain.conversations.queries import conversations, count
from app.kernel.reader import Reader, Slice
from bench.caller_lookup import reading
from bench.report import Row, percentile
from tests.demo.dataset import Sizes
from tests.demo.fill import kept_replica

FULL = Sizes(contacts=20_000, accounts=2_000, bare_conversations=1_000_000)
QUICK = Sizes(contacts=500, accounts=50, bare_conversations=10_000)
STEPS, PAGE_ROWS, OPENINGS = 500, 50, 20


def run(quick: bool) -> list[Row]:
    """Each step is the next page of 50; the list itself asks for one every ten notches of the wheel or so."""
    sizes = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        path = kept_replica("inbox-quick" if quick else "inbox", sizes, Path(folder))
        began = time.perf_counter()
        with reading(path) as (connection, reader):
            first_ms = (time.perf_counter() - began) * 1_000 + _open(connection, reader)[0]
            opened_ms = [_open(connection, reader)[0] for _ in range(OPENINGS)]
            pages_ms = _scroll(connection, reader, 100 if quick else STEPS)
    said = f"{sizes.bare_conversations:,} conversations, SQLCipher; data only, nothing painted"
    return [
        Row(metric="open_data_ms", value=percentile(opened_ms, 50), unit="ms", target="<= 100", peer=f"page and counts; {said}"),
        Row(metric="open_file_data_ms", value=first_ms, unit="ms", peer=f"the first time, with opening the file; {said}"),
        Row(metric="page_p50_ms", value=percentile(pages_ms, 50), unit="ms", peer=said),
        Row(
            metric="page_p99_ms", value=percentile(pages_ms, 99), unit="ms", peer=f"{len(pages_ms)} pages of {PAGE_ROWS}; {said}"
        ),
    ]


def _open(connection: Connection, reader: Reader) -> tuple[float, Slice]:
    """What the inbox asks for when it opens: the first page, and how many there are in each view."""
    began = time.perf_counter()
    with connection.begin():
        page = conversations(reader, view="all", limit=PAGE_ROWS)
        counts = [count(reader, view=view) for view in ("mine", "unassigned", "all")]
    took_ms = (time.perf_counter() - began) * 1_000
    assert len(page.rows) == PAGE_ROWS
    assert max(counts) == 999
    return took_ms, page


def _scroll(connection: Connection, reader: Reader, steps: int) -> list[float]:
    took_ms: list[float] = []
    after: str | None = None
    for _ in range(steps):
        began = time.perf_counter()
        with connection.begin():
            page = conversations(reader, view="all", after=after, limit=PAGE_ROWS)
        took_ms.append((time.perf_counter() - began) * 1_000)
        after = page.next
        assert after
    return took_ms
