"""A sealed file of the desk: what does not open is told as a damaged file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from app.kernel.errors import PatchbayError
from softphone import sealed
from softphone.sealed import CHUNK_BYTES, SealedWriter

__all__ = ["CHUNK_BYTES", "DamagedFile", "SealedWriter", "hash_of", "opened_parts"]


class DamagedFile(PatchbayError):
    """A sealed file that does not open, or holds something else than it should."""

    key = "damaged_file"
    text = "A file on this computer is damaged. It is fetched again when you open it."


def opened_parts(path: Path, key: bytes, first: int = 0) -> Iterator[bytes]:
    """What is in it from the first chunk wanted; `DamagedFile` when a chunk does not open or is not in its place."""
    try:
        yield from sealed.opened_parts(path, key, first)
    except sealed.DoesNotOpen as error:
        raise DamagedFile from error


def hash_of(path: Path, key: bytes) -> str:
    """The SHA-256 of what is in it."""
    digest = hashlib.sha256()
    for part in opened_parts(path, key):
        digest.update(part)
    return digest.hexdigest()
