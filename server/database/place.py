"""Where the data lives: a SQLite file with one file a tenant beside it, or one PostgreSQL database."""

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.engine import make_url

from app.kernel.errors import PatchbayError

BLOBS = "PATCHBAY_BLOBS"
LEDGER = "PATCHBAY_LEDGER"


class UnknownDatabase(PatchbayError):
    """The address names a database that this server cannot use."""

    key = "unknown_database"
    text = "{url} is not a database that Patchbay can use. Write sqlite:///path/patchbay.db or postgresql://user@host/name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`folder` holds the tenants' files (on SQLite), the blobs, the secret key and what is noted of the audits."""

    url: str
    folder: Path
    path: Path | None = None
    bucket_url: str = ""  # where files are kept, if not in the folder
    ledger: Path | None = None  # where what no restore may take back is kept, if somebody said where

    @property
    def is_sqlite(self) -> bool:
        return self.path is not None

    @property
    def key_file(self) -> Path:
        return self.folder / "secret.key"

    @property
    def blobs(self) -> Path:
        return self.folder / "blobs"

    @property
    def anchors(self) -> Path:
        return self.folder / "anchors"

    def tenant_file(self, tenant_id: UUID) -> Path:
        """The SQLite file of one tenant."""
        return self.folder / f"{tenant_id}.db"


def read_place(url: str, folder: Path | None = None) -> Place:
    """The place that `--database` names; `UnknownDatabase` when it is neither of the two kinds."""
    scheme, bucket_url = url.partition(":")[0], os.environ.get(BLOBS, "")
    ledger = Path(os.environ[LEDGER]).absolute() if os.environ.get(LEDGER) else None
    if scheme == "sqlite" and url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///")).absolute()
        return Place(url=url, path=path, folder=folder or path.with_suffix(".d"), bucket_url=bucket_url, ledger=ledger)
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        address = make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        folder = (folder or Path("patchbay.d")).absolute()
        return Place(url=address, folder=folder, bucket_url=bucket_url, ledger=ledger)
    raise UnknownDatabase(url=url)
