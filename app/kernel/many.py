"""Many rows in one statement, on PostgreSQL: they travel as one JSON value.

Its driver sends each row of an INSERT by itself, and the database plans, runs and answers each by itself: for a push of fifty
commands some three hundred times, which was half of all its work.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Engine, LargeBinary, event

PLAIN = re.compile(r'INSERT INTO ("?\w+"?) \(([^()]*)\) VALUES \((.*?)\)\s*(ON CONFLICT [^%]*)?', re.DOTALL)
MOST = 2_000  # rows in one value: PostgreSQL holds it all in memory
VALUE = re.compile(r"%\((\w+)\)s(?:::[\w ]+)?")


class Whole(NamedTuple):
    """The statement that takes all rows at once, and the columns that stand in it under names of their own."""

    statement: str
    names: dict[str, str]


def insert_of(table: str, columns: Iterable[str], tail: str = "") -> str:
    """Takes rows as one JSON text: a list of objects whose keys are columns."""
    listed = ", ".join(columns)
    plain = table.strip('"')
    return f'INSERT INTO "{plain}" ({listed}) SELECT {listed} FROM json_populate_recordset(NULL::"{plain}", %s::json) {tail}'  # noqa: S608  # names of ours


@lru_cache(256)
def all_of(inserts: tuple[str, ...], last: str) -> str:
    """Several of these as one statement, which ends with the last."""
    named = ", ".join(f"part{place} AS ({each})" for place, each in enumerate(inserts))
    return f"WITH {named} {last}" if inserts else last


def json_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as such a text."""
    return _encoder.encode(rows).decode()


def send_whole(engine: Engine) -> None:
    """Have all inserts of several rows go as one statement on this engine; each row's key stands in it once."""
    event.listen(engine, "do_executemany", _insert)


def _insert(cursor: Any, statement: str, parameters: Any, context: Any) -> bool | None:
    if not getattr(context, "isinsert", False) or context.compiled is None or _has_bytes(context):
        return None
    whole = whole_of(statement)
    if whole is None:
        return None
    rows = parameters if not whole.names else [{whole.names.get(key, key): row[key] for key in row} for row in parameters]
    for start in range(0, len(rows), MOST):
        cursor.execute(whole.statement, (json_rows(rows[start : start + MOST]),))
    return True


@lru_cache(512)
def whole_of(statement: str) -> Whole | None:
    """Nothing when the statement says more than which columns hold what was given."""
    found = PLAIN.fullmatch(statement.strip())
    if found is None:
        return None
    columns, values = found[2].split(", "), [VALUE.fullmatch(value.strip()) for value in found[3].split(", ")]
    if len(columns) != len(values) or not all(values):
        return None
    names = {value[1]: column.strip('"') for value, column in zip(values, columns, strict=True) if value}
    return Whole(insert_of(found[1], columns, found[4] or ""), {key: column for key, column in names.items() if key != column})


def _has_bytes(context: Any) -> bool:
    """JSON holds none."""
    table = context.compiled.statement.table
    return any(isinstance(column.type, LargeBinary) for column in table.columns)


def _plainer(value: Any) -> Any:
    """What the driver wraps: JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    return value.obj


_encoder = msgspec.json.Encoder(enc_hook=_plainer)
