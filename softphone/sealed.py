"""A file sealed in chunks (AES-256-GCM, a nonce of its own each): it can grow, be cut off anywhere, and be gone on with.

A chunk is bound to its number and its length, and to the file by a salt: one that was cut, changed, or comes from another place
or another file does not open.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Iterator
from pathlib import Path

MAGIC = b"pbfile01"
SALT_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16
CHUNK_BYTES = 64 * 1024
SEALED_BYTES = NONCE_BYTES + CHUNK_BYTES + TAG_BYTES
HEAD_BYTES = len(MAGIC) + SALT_BYTES


class DoesNotOpen(Exception):
    """A chunk is not what was written in its place, or the key is another; `is_cut`: it is the file's end, and not whole."""

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__("cut" if is_cut else "not what was written")
        self.is_cut = is_cut


class SealedWriter:
    """Goes on after the last whole chunk of what is there; `size` is how many bytes that are."""

    def __init__(self, path: Path, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._held = bytearray()
        head = self._file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
            head = MAGIC + os.urandom(SALT_BYTES)
            self._file.seek(0)
            self._file.write(head)
        self._count = max(0, path.stat().st_size - HEAD_BYTES) // SEALED_BYTES
        self._file.truncate(HEAD_BYTES + self._count * SEALED_BYTES)
        self._file.seek(0, os.SEEK_END)
        self._cipher = AESGCM(_key_of(key, head))
        self.size = self._count * CHUNK_BYTES

    def write(self, data: bytes) -> None:
        """Some bytes more; whole chunks leave the process at once: they outlive it."""
        self._held += data
        self.size += len(data)
        while len(self._held) >= CHUNK_BYTES:
            self._seal(bytes(self._held[:CHUNK_BYTES]))
            del self._held[:CHUNK_BYTES]

    def finish(self) -> None:
        """That was all."""
        if self._held:
            self._seal(bytes(self._held))
            self._held.clear()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def leave(self) -> None:
        """Somebody goes on later."""
        self._file.close()

    def _seal(self, chunk: bytes) -> None:
        nonce = os.urandom(NONCE_BYTES)
        self._file.write(nonce + self._cipher.encrypt(nonce, chunk, struct.pack(">Q", self._count)))
        self._file.flush()
        self._count += 1


def opened_parts(path: Path, key: bytes, first: int = 0) -> Iterator[bytes]:
    """What is in it from the first chunk wanted; `DoesNotOpen` at a chunk that is not in its place, or not whole."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
            raise DoesNotOpen(is_cut=MAGIC.startswith(head[: len(MAGIC)]))
        cipher, count = AESGCM(_key_of(key, head)), first
        file.seek(HEAD_BYTES + first * SEALED_BYTES)
        while sealed := file.read(SEALED_BYTES):
            try:
                yield cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], struct.pack(">Q", count))
            except (InvalidTag, ValueError) as error:
                raise DoesNotOpen(is_cut=len(sealed) < SEALED_BYTES) from error
            count += 1


def _key_of(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, hashlib.sha256)
