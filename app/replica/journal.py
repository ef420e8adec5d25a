"""What was done here, once more beside the replica's file: if that rots, nothing that the server has not heard of is lost.

A list of sealed commands that only grows; it is read when the file can't be. A command too many in it does no harm: the server
answers it as it did the first time.
"""

import hashlib
import os
import struct
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.kernel.command import Issued

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"patchbay journal 1"
HEAD = struct.Struct(">I")
NONCE_BYTES = 12
LONGEST_BYTES = 512 * 1024  # then it is written anew, with what still waits


class Journal:
    """One file beside the replica, sealed with AES-256-GCM under a key made of the replica's."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, hashlib.blake2b(key, digest_size=32, person=b"patchbay journal").digest()
        self._size = LONGEST_BYTES + 1  # it is begun before anything is added

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # not before the first window

        return AESGCM(self._key)

    @property
    def is_long(self) -> bool:
        """Whether it should begin anew."""
        return self._size > LONGEST_BYTES

    def begin(self, waiting: Iterable[Issued]) -> None:
        """Only these from now on; a crash leaves the old one."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        content = b"".join([self._sealed(MAGIC), *(self._sealed(msgspec.msgpack.encode(issued)) for issued in waiting)])
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._size = len(content)

    def add(self, *issued: Issued) -> None:
        """One or some more; as safe from a power cut as the replica's own last commit."""
        record = b"".join(self._sealed(msgspec.msgpack.encode(each)) for each in issued)
        size, self._size = self._size, LONGEST_BYTES + 1  # until it is written: after a torn record no other is found
        with self._path.open("ab") as file:
            file.write(record)
        self._size = size + len(record)

    def read(self) -> list[Issued] | None:
        """All that is whole; nothing at all when there is none, or the key is another."""
        records = self._opened()
        if not records or records[0] != MAGIC:
            return None
        return [msgspec.msgpack.decode(record, type=Issued) for record in records[1:]]

    def _sealed(self, plain: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain, None)
        return HEAD.pack(len(sealed)) + sealed

    def _opened(self) -> list[bytes]:
        """Up to the first that is torn or does not open."""
        from cryptography.exceptions import InvalidTag

        data = self._path.read_bytes() if self._path.exists() else b""
        records, at = [], 0
        while at + HEAD.size <= len(data):
            end = at + HEAD.size + HEAD.unpack_from(data, at)[0]
            sealed = data[at + HEAD.size : end]
            try:
                records.append(self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None))
            except (InvalidTag, ValueError):
                break
            at = end
        return records
