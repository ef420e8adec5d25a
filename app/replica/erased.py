"""What goes from this device once the server says that a person was erased: beside the rows, whatever else tells of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from app.kernel.record import ERASED_AT, KINDS
from app.protocol.envelopes import Block
from app.replica import outbox, rows
from app.replica.rows import Touches
from app.replica.tables import KEPT, META, load, save

FILES = "files:erased"  # hashes of files of theirs, which may be in the folder beside the replica
OPEN = "erased_open"
NOTHING = "{}"  # of custom fields: most rows
DRAFT = "draft:"


class Named(msgspec.Struct):
    """A file as drafts and commands name it."""

    sha256: str


class Naming(msgspec.Struct):
    """What names files."""

    files: list[Named] = []


def store(connection: Connection, blocks: Sequence[Block], touches: Touches) -> bool:
    """Take the server's rows in; whether some of them are erased, so that the file must be wiped of what they were."""
    over = _hashes(connection, _emptied(blocks))
    gone = _marked(blocks)
    if not gone:
        touches |= rows.store(connection, blocks)
        _note_files(connection, over)
        return False
    hashes = _hashes(connection, [key for kind, key in gone if kind == "attachment"])
    touches |= rows.store(connection, blocks)
    hashes |= _forget_drafts(connection, [key.hex() for _, key in gone])
    about = outbox.about(connection, {f"{kind}:{key.hex()}" for kind, key in gone})
    hashes |= set(outbox.erase(connection, [row for row in about if row.state not in outbox.LIVE]))
    _note_open(connection, _open(connection) | {row.id for row in about if row.state in outbox.LIVE})
    _note_files(connection, hashes | over)
    return True


def silence(connection: Connection, ended: Iterable[Row[Any]]) -> bool:
    """What is settled only now, and told of a person who was erased meanwhile, goes or loses its words; whether any did."""
    noted = _open(connection)
    rows = outbox.over(connection, ended, noted)
    if rows:
        _note_files(connection, outbox.erase(connection, rows))
        _note_open(connection, noted - {row.id for row in rows})
    return bool(rows)


def forget(connection: Connection, taken_back: Iterable[Row[Any]]) -> bool:
    """These were open and are gone without an answer; whether one of them told of a person who was erased."""
    noted = _open(connection)
    left = noted - {row.id for row in taken_back}
    _note_open(connection, left)
    return left != noted


def _open(connection: Connection) -> set[bytes]:
    """The ids of the commands that tell of somebody who was erased and have no answer, or none that was taken in."""
    return set(load(connection, OPEN, []))


def _note_open(connection: Connection, ids: set[bytes]) -> None:
    if ids != _open(connection):
        save(connection, OPEN, sorted(ids))


def _note_files(connection: Connection, hashes: Iterable[str]) -> None:
    """Files that must leave the folder, unless another message here names them."""
    wanted = {each for each in hashes if each}
    wanted -= {each for each in wanted if _is_named(connection, each)}
    if wanted:
        known = load(connection, f"{KEPT}{FILES}", None)
        told = set(msgspec.json.decode(known, type=list[str])) if known else set[str]()
        save(connection, f"{KEPT}{FILES}", msgspec.json.encode(sorted(told | wanted)))


def keep(connection: Connection, key: str, value: bytes | None) -> None:
    """As the person wants; no draft to somebody who was erased."""
    is_draft = key.startswith(DRAFT) and _is_erased(connection, "conversation", bytes.fromhex(key.removeprefix(DRAFT)))
    save(connection, f"{KEPT}{key}", None if is_draft else value)


def _marked(blocks: Sequence[Block]) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for block in blocks:
        if block.kind in KINDS and KINDS[block.kind].__erased__ and "custom" in block.columns:
            custom, key = block.columns.index("custom"), block.columns.index("id")
            found += [(block.kind, row[key]) for row in block.rows if row[custom] != NOTHING and ERASED_AT in row[custom]]
    return found


def _emptied(blocks: Sequence[Block]) -> list[bytes]:
    """Files whose bytes nobody has any more: recordings whose time is over."""
    found: list[bytes] = []
    for block in blocks:
        if block.kind == "attachment" and {"sha256", "deleted_at"} <= set(block.columns):
            sha256, deleted_at, key = (block.columns.index(name) for name in ("sha256", "deleted_at", "id"))
            found += [row[key] for row in block.rows if row[deleted_at] is not None and not row[sha256]]
    return found


def _hashes(connection: Connection, keys: Sequence[bytes]) -> set[str]:
    """Of files that are still known here."""
    asked = "SELECT sha256 FROM attachment WHERE id = ?"
    return {row[0] for key in keys for row in connection.exec_driver_sql(asked, (key,))}


def _is_named(connection: Connection, sha256: str) -> bool:
    return connection.exec_driver_sql("SELECT 1 FROM attachment WHERE sha256 = ? LIMIT 1", (sha256,)).first() is not None


def _is_erased(connection: Connection, kind: str, key: bytes) -> bool:
    row: Any = connection.exec_driver_sql(f'SELECT custom FROM "{kind}" WHERE id = ?', (key,)).first()  # noqa: S608 - a kind's name
    return row is not None and ERASED_AT in row[0]


def _forget_drafts(connection: Connection, keys: Sequence[str]) -> set[str]:
    """What was typed to them and not sent; the hashes of its files."""
    hashes: set[str] = set()
    for key in keys:
        name = f"{KEPT}{DRAFT}{key}"
        if draft := load(connection, name, None):
            hashes |= {file.sha256 for file in msgspec.json.decode(draft, type=Naming).files}
            connection.execute(META.delete().where(META.c.key == name))
    return hashes
