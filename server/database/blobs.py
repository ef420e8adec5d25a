"""Files by their content: each is kept once a tenant, under its SHA-256, and appears whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.kernel.errors import PatchbayError


class BlobTooLarge(PatchbayError):
    """A file is larger than this server takes."""

    key = "blob_too_large"
    text = "The file is larger than {limit_mb} MB."


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A kept file."""

    sha256: str
    size_bytes: int


class BlobFolder:
    """The files of one tenant."""

    def __init__(self, root: Path, tenant_id: UUID) -> None:
        self._folder = root / str(tenant_id)

    def path(self, sha256: str) -> Path:
        """Where a file of this hash is, if it is here."""
        return self._folder / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The whole file; FileNotFoundError when it is not here."""
        return self.path(sha256).read_bytes()

    def keep(self, content: bytes) -> Blob:
        """Keep these bytes."""
        return self.keep_parts([content])

    def keep_parts(self, parts: Iterable[bytes]) -> Blob:
        """Keep a file that comes in parts; it has its name only once it is whole and on the disk."""
        self._folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".part-", delete=False) as file:
            try:
                for part in parts:
                    digest.update(part)
                    size += len(part)
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        target = self.path(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        Path(file.name).replace(target)
        return Blob(sha256=digest.hexdigest(), size_bytes=size)
