"""What opens the data on this device: each key is split in two, and the server lends its half for some days (decisions/0004)."""

import hashlib
import hmac
import os
import time
from collections.abc import Callable

import msgspec

from app.desk.secrets import Secrets
from app.kernel.clock import NowUs, system_now_us
from app.kernel.errors import PatchbayError

SECRET = "keys"  # noqa: S105 - the name under which they are kept
REPLICA, FILES = "replica", "files"  # what there are keys for
KEY_BYTES = 32
DAY_US = 86_400_000_000


class Locked(PatchbayError):
    """There was no contact with the server for too long, so this device no longer has what opens its data."""

    key = "replica_locked"
    text = "This device had no contact with the server for {days} days, so its data is locked. Connect to open it again."


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """This device's half of a key; `check` tells whether the server's half that came is the one that belongs to it."""

    half: str
    check: str
    made_us: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, as one secret, so that it changes at once. Times are the server's, as this device knows them."""

    device_key: str = ""  # the server's half; away when it was not renewed for too long
    lock_after_days: int = 14
    contact_us: int = 0
    seen_us: int = 0  # the greatest time that was seen: a clock that is set back does not turn it back
    skew_us: int = 0
    halves: dict[str, Half] = {}


def monotonic_us() -> int:
    """Microseconds that pass while the program runs, whatever is done to the clock."""
    return time.monotonic_ns() // 1000


class DeviceKeys:
    """The keys, among the person's secrets."""

    def __init__(self, secrets: Secrets, now_us: NowUs = system_now_us, passed_us: Callable[[], int] = monotonic_us) -> None:
        self._secrets, self._now_us, self._passed_us = secrets, now_us, passed_us
        known = secrets.get(SECRET)
        self._kept = msgspec.json.decode(known, type=Kept) if known else Kept()
        self._begun_us = passed_us()

    # ── contact ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def renew(self, device_key: str, lock_after_days: int, server_us: int) -> None:
        """The server gave its half, at this time of its own. Should it be another one, the keys are split anew with it."""
        halves = self._kept.halves
        if self._kept.device_key not in {"", device_key}:
            halves = {
                name: msgspec.structs.replace(each, half=joined(self._joined(each, name), device_key, name).hex())
                for name, each in halves.items()
            }
        self._keep(
            device_key=device_key, lock_after_days=lock_after_days, contact_us=server_us, seen_us=server_us,
            skew_us=server_us - self._now_us(), halves=halves,
        )  # fmt: skip

    def contact(self, server_us: int) -> None:
        """The server was heard."""
        if not self.is_locked:
            self.renew(self._kept.device_key, self._kept.lock_after_days, server_us)

    def look_at_the_clock(self) -> None:
        """Remember how late it is, and lock when it is too late."""
        if not self.is_locked:
            self._keep(seen_us=self.server_us())

    def server_us(self) -> int:
        """The server's time: never earlier than any that was seen."""
        passed_us = self._passed_us() - self._begun_us
        return max(self._now_us() + self._kept.skew_us, self._kept.seen_us + passed_us)

    @property
    def is_locked(self) -> bool:
        """Whether the server's half is away; it is thrown away here when its time is over."""
        if self._kept.device_key and self.server_us() - self._kept.contact_us >= self._kept.lock_after_days * DAY_US:
            self._keep(device_key="")
        return not self._kept.device_key

    @property
    def lock_after_days(self) -> int:
        """Without contact."""
        return self._kept.lock_after_days

    def _keep(self, **changes: object) -> None:
        self._kept, self._begun_us = msgspec.structs.replace(self._kept, **changes), self._passed_us()
        self._secrets.set(SECRET, msgspec.json.encode(self._kept).decode())

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def has(self, name: str) -> bool:
        """Whether this device has its half, locked or not."""
        return name in self._kept.halves

    def fits(self, name: str) -> bool:
        """Whether this device's half and the server's belong together."""
        half = self._kept.halves.get(name)
        return half is not None and not self.is_locked and hmac.compare_digest(half.check, _check(self._joined(half, name)))

    def make(self, name: str) -> bytes:
        """A new key; what the one before opened is lost."""
        if self.is_locked:
            raise Locked(days=self.lock_after_days)
        key = os.urandom(KEY_BYTES)
        half = Half(half=joined(key, self._kept.device_key, name).hex(), check=_check(key), made_us=self.server_us())
        self._keep(halves={**self._kept.halves, name: half})
        return key

    def key(self, name: str) -> bytes:
        """The key, made when there is none; `Locked` when the server's half is away."""
        half = self._kept.halves.get(name)
        return self._joined(half, name) if half is not None else self.make(name)

    def made_us(self, name: str) -> int:
        """When the key was made, in the server's time."""
        half = self._kept.halves.get(name)
        return half.made_us if half is not None else self.server_us()

    def drop(self, name: str) -> None:
        """Nothing is encrypted with it."""
        self._keep(halves={each: half for each, half in self._kept.halves.items() if each != name})

    def adopt(self, following: str, name: str) -> None:
        """Everything is encrypted with the key that was to follow: it is the key now."""
        key, halves = self.key(following), {each: half for each, half in self._kept.halves.items() if each != following}
        half = Half(half=joined(key, self._kept.device_key, name).hex(), check=_check(key), made_us=self.made_us(following))
        self._keep(halves={**halves, name: half})

    def destroy(self) -> None:
        """Forget every half: nothing on this device can be opened again, by anybody."""
        self._kept = Kept()
        self._secrets.delete(SECRET)

    def _joined(self, half: Half, name: str) -> bytes:
        if self.is_locked:
            raise Locked(days=self.lock_after_days)
        return joined(bytes.fromhex(half.half), self._kept.device_key, name)


def kept_for(key: bytes, server_us: int) -> str:
    """What a device keeps that has this key for its replica, as if the server had just been heard."""
    theirs = os.urandom(KEY_BYTES).hex()
    half = Half(half=joined(key, theirs, REPLICA).hex(), check=_check(key), made_us=server_us)
    kept = Kept(device_key=theirs, contact_us=server_us, seen_us=server_us, halves={REPLICA: half})
    return msgspec.json.encode(kept).decode()


def following(name: str) -> str:
    """The key that is to follow another."""
    return f"{name}-next"


def joined(half: bytes, device_key: str, name: str) -> bytes:
    """The key of two halves, or the one half of the key and the other; a half alone says nothing of the key: each is random."""
    theirs = hmac.digest(bytes.fromhex(device_key), name.encode(), hashlib.sha256)
    return bytes(one ^ other for one, other in zip(half, theirs, strict=True))


def _check(key: bytes) -> str:
    return hashlib.sha256(b"check" + key).hexdigest()[:16]
