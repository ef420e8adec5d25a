"""Where this device keeps its secrets: the system's keyring, or a file that only a passphrase opens."""

import json
import os
import threading
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Protocol

from app.kernel.errors import PatchbayError

SERVICE = "patchbay"


class NoKeyring(PatchbayError):
    """This system keeps no secrets for programs."""

    key = "no_keyring"
    text = "This computer has no keyring. Patchbay can keep your keys in a file that your password opens instead."


class WrongPassphrase(PatchbayError):
    """The file of secrets does not open with it."""

    key = "wrong_passphrase"
    text = "That password does not open the keys on this computer. Type the one that you signed in with here last."


class Secrets(Protocol):
    """Small secrets by name."""

    def get(self, name: str) -> str | None:
        """The secret, or nothing."""

    def set(self, name: str, value: str) -> None:
        """Keep a secret."""

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens when there is none."""


class KeyringSecrets:
    """The system's keyring: Secret Service, Keychain, or Credential Manager."""

    def __init__(self) -> None:
        """`NoKeyring` when the system has none that works."""
        import keyring
        from keyring.backends.fail import Keyring as NoBackend
        from keyring.errors import KeyringError

        self._keyring, self._error = keyring, KeyringError
        if isinstance(keyring.get_keyring(), NoBackend):
            raise NoKeyring
        try:
            keyring.get_password(SERVICE, "probe")
        except KeyringError as error:
            raise NoKeyring from error

    def get(self, name: str) -> str | None:
        """The secret, or nothing."""
        return self._keyring.get_password(SERVICE, name)

    def set(self, name: str, value: str) -> None:
        """Keep a secret."""
        self._keyring.set_password(SERVICE, name, value)

    def delete(self, name: str) -> None:
        """Forget a secret."""
        if self._keyring.get_password(SERVICE, name) is not None:
            self._keyring.delete_password(SERVICE, name)


class FileSecrets:
    """A file sealed with AES-256-GCM under a key that Argon2id makes of the person's passphrase (RFC 9106)."""

    def __init__(self, path: Path, passphrase: str) -> None:
        """Opens the file or begins a new one; `WrongPassphrase` when it does not open."""
        self._path = path
        sealed = json.loads(path.read_text()) if path.exists() else None
        self._salt = b64decode(sealed["salt"]) if sealed else os.urandom(16)
        self._key = _key_of(passphrase, self._salt)
        self._values: dict[str, str] = self._unseal(sealed) if sealed else {}
        self._saving = threading.Lock()  # one file, written from the windows' thread and beside it

    def get(self, name: str) -> str | None:
        """The secret, or nothing."""
        return self._values.get(name)

    def set(self, name: str, value: str) -> None:
        """Keep a secret; the file is replaced as a whole."""
        with self._saving:
            self._values[name] = value
            self._save()

    def delete(self, name: str) -> None:
        """Forget a secret."""
        with self._saving:
            if self._values.pop(name, None) is not None:
                self._save()

    def reseal(self, passphrase: str) -> None:
        """From now on another passphrase opens the file."""
        with self._saving:
            self._salt = os.urandom(16)
            self._key = _key_of(passphrase, self._salt)
            self._save()

    def _unseal(self, sealed: dict[str, str]) -> dict[str, str]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            plain = AESGCM(self._key).decrypt(b64decode(sealed["nonce"]), b64decode(sealed["sealed"]), None)
        except InvalidTag as error:
            raise WrongPassphrase from error
        values: dict[str, str] = json.loads(plain)
        return values

    def _save(self) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(12)
        sealed = AESGCM(self._key).encrypt(nonce, json.dumps(self._values).encode(), None)
        fields = {"salt": self._salt, "nonce": nonce, "sealed": sealed}
        fresh = self._path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({name: b64encode(value).decode() for name, value in fields.items()}))
        fresh.replace(self._path)


class MemorySecrets:
    """Nothing outlives the program: the choice of who wants nothing kept."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The secret, or nothing."""
        return self._values.get(name)

    def set(self, name: str, value: str) -> None:
        """Keep a secret until the program ends."""
        self._values[name] = value

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self._values.pop(name, None)


def _key_of(passphrase: str, salt: bytes) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(), salt, time_cost=3, memory_cost=64 * 1024, parallelism=1, hash_len=32, type=Type.ID
    )
