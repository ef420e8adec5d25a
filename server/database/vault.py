"""The server's secret key, and what is sealed or derived with it."""

import base64
import binascii
import hashlib
import hmac
import os
import stat
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kernel.errors import PatchbayError

VARIABLE = "PATCHBAY_SECRET_KEY"
KEY_BYTES = 32
NONCE_BYTES = 12
WRITTEN_S = 10.0


class BadSecretKey(PatchbayError):
    """The secret key is missing, unreadable or not the one that sealed this."""

    key = "bad_secret_key"
    text = "The secret key ({where}) is not usable: {why}"


class Box:
    """Seals what server processes hand to each other through what others might read (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Readable only with the key, and only as what it is said to be about."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """What was sealed; nothing when it was with another key, or about something else."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            return None


class Vault:
    """Seals passwords of mailboxes (AES-256-GCM) and derives the keys that sign tokens."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose."""
        return hmac.digest(self._key, purpose.encode(), hashlib.sha256)

    def seal(self, secret: str) -> bytes:
        """The secret, readable only with the key."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.derive("seal")).encrypt(nonce, secret.encode(), None)

    def box(self, purpose: str) -> Box:
        """Seals for one purpose, and opens what other processes with the same key have sealed for it."""
        return Box(self.derive(purpose))

    def open(self, sealed: bytes) -> str:
        """What was sealed; `BadSecretKey` when it was sealed with another key."""
        try:
            return AESGCM(self.derive("seal")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise BadSecretKey(where=VARIABLE, why="it is not the one that sealed this secret.") from error


def open_vault(file: Path) -> Vault:
    """The key from the environment, else from the file, which is made when it is not there."""
    if VARIABLE in os.environ:
        return Vault(_read(os.environ[VARIABLE], VARIABLE))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Vault(_read(_written(file), str(file)))
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        key = os.urandom(KEY_BYTES)
        opened.write(base64.b64encode(key).decode() + "\n")
    return Vault(key)


def _written(file: Path) -> str:
    """What it holds; empty it may be because another process, which starts just now too, has made it and not written yet."""
    end_s = time.monotonic() + WRITTEN_S
    while not (text := file.read_text(encoding="ascii")) and time.monotonic() < end_s:
        time.sleep(0.02)
    return text


def is_private(file: Path) -> bool:
    """Whether nobody but its owner can read the file."""
    return not file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _read(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise BadSecretKey(where=where, why="it is not base64.") from error
    if len(key) != KEY_BYTES:
        raise BadSecretKey(where=where, why=f"it has {len(key)} bytes instead of {KEY_BYTES}.")
    return key
