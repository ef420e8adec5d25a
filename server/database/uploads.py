"""Files on their way in: what has come of each is kept on this machine, and goes on from there when the line was cut."""

import hashlib
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from app.kernel.errors import BadValue, PatchbayError
from server.database.blobs import HASH

KEPT_S = 3 * 86_400.0  # without anything more coming
MOST_AT_ONCE = 20  # of one person


class WrongOffset(PatchbayError):
    """The part that came does not follow the last one."""

    key = "wrong_offset"
    text = "The server has {size_bytes} bytes of this file: go on from there."


class TooManyUploads(PatchbayError):
    """One person has begun too many files."""

    key = "too_many_uploads"
    text = "Too many files are being uploaded. Let some of them end first."


class Uploads:
    """Those of one tenant. All of it blocks, but `claim`; what two write at once is the newer one's."""

    def __init__(self, root: Path, tenant_id: UUID) -> None:
        self._folder = root / str(tenant_id)
        self._writers: dict[Path, object] = {}

    def path(self, user_id: UUID, sha256: str) -> Path:
        """Where what came lies."""
        if not HASH.fullmatch(sha256):
            raise BadValue(field="sha256", value=sha256[:80], hint="Write the SHA-256 as 64 hexadecimal digits.")
        return self._folder / f"{user_id.hex}-{sha256}"

    def size(self, path: Path) -> int:
        """How much of it came."""
        return path.stat().st_size if path.exists() else 0

    def claim(self, path: Path) -> object:
        """Become the one who writes: an older request that still trickles may not go on."""
        claim = self._writers[path] = object()
        return claim

    def release(self, path: Path, claim: object) -> None:
        """Write no more."""
        if self._writers.get(path) is claim:
            del self._writers[path]

    def begin(self, path: Path, user_id: UUID, offset: int) -> None:
        """Before the first part of a request; `WrongOffset` tells where to go on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.drop_old()
        if not path.exists() and len(list(self._folder.glob(f"{user_id.hex}-*"))) >= MOST_AT_ONCE:
            raise TooManyUploads
        if self.size(path) != offset:
            raise WrongOffset(size_bytes=self.size(path))

    def append(self, path: Path, claim: object, offset: int, part: bytes) -> None:
        """One part more, unless somebody newer writes."""
        if self._writers.get(path) is not claim or self.size(path) != offset:
            raise WrongOffset(size_bytes=self.size(path))
        with path.open("r+b" if path.exists() else "wb") as file:
            file.seek(offset)  # not at its end: what another process writes at this moment is the same, or is found out
            file.write(part)

    def check(self, path: Path, sha256: str) -> None:
        """Whether what came is the file; what is not is dropped and begins anew."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
        if digest.hexdigest() != sha256:
            path.unlink()
            raise BadValue(field="sha256", value=sha256[:12], hint="What came has another hash. Send it again from the start.")

    def drop_kept(self, path: Path) -> None:
        """The file is kept: what came of it is wanted no longer, unless somebody gives it once more just now."""
        if path not in self._writers:
            path.unlink(missing_ok=True)

    def drop_old(self) -> None:
        """Halves that nobody went on with."""
        too_old_s = time.time() - KEPT_S
        for path in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # another process was quicker
                if path.stat().st_mtime < too_old_s:
                    path.unlink()
