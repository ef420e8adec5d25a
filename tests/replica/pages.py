"""What really lies on the disk: every page of an encrypted file and of its log, opened, with what is no longer in any table."""

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES, RESERVED_BYTES, SALT_BYTES, VECTOR_BYTES = 4096, 80, 16, 16
LOG_HEAD_BYTES, FRAME_HEAD_BYTES = 32, 24


def opened(path: Path, key: bytes) -> bytes:
    """The file's pages and those in its log, one after the other."""
    return b"".join((*_pages(path, key), *_log_pages(path.with_name(f"{path.name}-wal"), key)))


def _pages(path: Path, key: bytes) -> Iterator[bytes]:
    data = path.read_bytes()
    return (_page(data[at : at + PAGE_BYTES], key, is_first=at == 0) for at in range(0, len(data), PAGE_BYTES))


def _log_pages(path: Path, key: bytes) -> Iterator[bytes]:
    data = path.read_bytes() if path.exists() else b""
    for at in range(LOG_HEAD_BYTES, len(data), FRAME_HEAD_BYTES + PAGE_BYTES):
        number = int.from_bytes(data[at : at + 4], "big")
        yield _page(data[at + FRAME_HEAD_BYTES : at + FRAME_HEAD_BYTES + PAGE_BYTES], key, is_first=number == 1)


def _page(data: bytes, key: bytes, *, is_first: bool) -> bytes:
    """AES-256-CBC; the vector stands in the reserved bytes at the end, before the first page's content a salt."""
    end = PAGE_BYTES - RESERVED_BYTES
    opener = Cipher(algorithms.AES(key), modes.CBC(data[end : end + VECTOR_BYTES])).decryptor()
    return opener.update(data[SALT_BYTES if is_first else 0 : end]) + opener.finalize()
