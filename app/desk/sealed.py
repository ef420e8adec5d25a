"""A file sealed in chunks (AES-256-GCM, a nonce of its own each): it can grow, be cut off anywhere, and be gone on with."""

import hashlib
import hmac
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from app.kernel.errors import PatchbayError

MAGIC = b"pbfile01"
SALT_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16
CHUNK_BYTES = 64 * 1024
SEALED_BYTES = NONCE_BYTES + CHUNK_BYTES + TAG_BYTES
HEAD_BYTES = len(MAGIC) + SALT_BYTES


class DamagedFile(PatchbayError):
    """A sealed file that does not open, or holds something else than it should."""

    key = "damaged_file"
    text = "A file on this computer is damaged. It is fetched again when you open it."


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
        """Some bytes more; whole chunks go to the disk."""
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
        self._count += 1


def opened_parts(path: Path, key: bytes, first: int = 0) -> Iterator[bytes]:
    """What is in it from the first chunk wanted; `DamagedFile` when a chunk does not open or is not in its place."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
            raise DamagedFile
        cipher, count = AESGCM(_key_of(key, head)), first
        file.seek(HEAD_BYTES + first * SEALED_BYTES)
        while sealed := file.read(SEALED_BYTES):
            try:
                yield cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], struct.pack(">Q", count))
            except (InvalidTag, ValueError) as error:
                raise DamagedFile from error
            count += 1


def hash_of(path: Path, key: bytes) -> str:
    """The SHA-256 of what is in it."""
    digest = hashlib.sha256()
    for part in opened_parts(path, key):
        digest.update(part)
    return digest.hexdigest()


def _key_of(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, hashlib.sha256)
