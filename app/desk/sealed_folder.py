"""The folder of files on this device: every one sealed, under a name that tells nobody which it is."""

import contextlib
import hashlib
import hmac
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from app.desk.halves import half_of
from app.desk.profile import OPENED
from app.desk.sealed import DamagedFile, SealedWriter, hash_of, opened_parts

log = logging.getLogger(__name__)
LIMIT_BYTES = 2 << 30


class SealedFolder:
    """`kept` can be fetched again and is bounded; `outgoing` is the only copy; `opened` is plain, for a while."""

    def __init__(self, folder: Path, key: bytes, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder, self.key, self._limit_bytes = folder, key, limit_bytes

    def path(self, place: str, sha256: str) -> Path:
        """Where such a file is, or would be."""
        return self._folder / place / sealed_name(self.key, sha256)

    def is_whole(self, path: Path, sha256: str) -> bool:
        """Whether what it holds has this hash; if not, it goes."""
        try:
            if hash_of(path, self.key) == sha256:
                return True
        except FileNotFoundError:
            return False  # what it belongs to left this device meanwhile
        except DamagedFile:
            log.warning("a kept file is damaged and is fetched again")
        path.unlink(missing_ok=True)
        return False

    def move(self, path: Path, place: str, sha256: str) -> Path:
        """To where it belongs."""
        target = self.path(place, sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
        return target

    def seal(self, parts: Iterator[bytes]) -> tuple[str, int]:
        """A copy of what these parts are among those that go out; its hash and its size."""
        fresh = self._folder / "sealing" / os.urandom(16).hex()
        writer, digest = SealedWriter(fresh, self.key), hashlib.sha256()
        try:
            for part in parts:
                digest.update(part)
                writer.write(part)
            writer.finish()
        except BaseException:
            with contextlib.suppress(OSError):  # what it still holds has no room either
                writer.leave()
            fresh.unlink(missing_ok=True)  # nobody would come back to it
            raise
        self.move(fresh, "outgoing", digest.hexdigest())
        return digest.hexdigest(), writer.size

    def write_plain(self, path: Path, target: Path) -> None:
        """What is in it, for other programs; it has its name only when it is whole."""
        fresh = half_of(target)
        try:
            with fresh.open("wb") as file:
                for part in opened_parts(path, self.key):
                    file.write(part)
            fresh.chmod(0o600)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise

    def opened(self, sha256: str) -> Path:
        """Where plain copies of it stand."""
        return self._folder / OPENED / sha256[:16]

    def forget_opened(self) -> None:
        """Plain copies do not outlive the program."""
        shutil.rmtree(self._folder / OPENED, ignore_errors=True)

    def make_room(self) -> None:
        """Those that were used longest ago go first; the last one stays, however large."""
        kept = sorted(self._kept(), key=lambda path: path.stat().st_mtime)
        size = sum(path.stat().st_size for path in kept)
        for path in kept[:-1]:
            if size <= self._limit_bytes:
                return
            size -= path.stat().st_size
            path.unlink()

    def kept_bytes(self) -> int:
        """How much room those take that can be fetched again."""
        return sum(path.stat().st_size for path in self._kept())

    def empty(self) -> None:
        """Let those go that can be fetched again."""
        for path in self._kept():
            path.unlink(missing_ok=True)

    def keep_outgoing(self, hashes: set[str]) -> None:
        """Of those that go out let all others go."""
        names = {sealed_name(self.key, sha256) for sha256 in hashes}
        for path in (self._folder / "outgoing").glob("*"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def drop_begun(self, before_s: float) -> None:
        """Copies that were never finished go, and halves to which nothing came since then. Nobody may be making a copy."""
        for path in (self._folder / "sealing").glob("*"):
            path.unlink(missing_ok=True)
        for path in (self._folder / "coming").glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before_s:
                    path.unlink()

    def forget(self, sha256: str) -> None:
        """Nothing of it stays here, sealed or plain, but what goes out."""
        for place in ("coming", "kept"):
            self.path(place, sha256).unlink(missing_ok=True)
        shutil.rmtree(self.opened(sha256), ignore_errors=True)

    def _kept(self) -> list[Path]:
        folder = self._folder / "kept"
        return list(folder.iterdir()) if folder.exists() else []


def sealed_name(key: bytes, sha256: str) -> str:
    """What a file of this hash is called on the disk: it tells nobody which one it is."""
    return hmac.digest(key, sha256.encode(), hashlib.sha256).hex()[:40]
