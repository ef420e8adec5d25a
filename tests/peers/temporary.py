"""Folders in which servers that drop their privileges can work, and certificates for loopback."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.process import program

IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 2 * 2**30  # noqa: S108 - the folder in it is made by mkdtemp


def _roomy() -> Path | None:
    """Where files need no disk, if there is room for databases; else the usual place."""
    is_roomy = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES
    return IN_MEMORY if is_roomy else None


@contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """A folder of a short name that other users may enter, gone afterwards; unix sockets allow 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_roomy()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_certificate(folder: Path, host: str) -> Path:
    """A self-signed certificate for loopback under this host name: cert.pem (its path is given) and key.pem."""
    subprocess.run(
        [
            program("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-keyout", "key.pem", "-out", "cert.pem", "-subj", f"/CN={host}",
            "-addext", f"subjectAltName=IP:127.0.0.1,DNS:{host},DNS:localhost",
        ],
        cwd=folder, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / "cert.pem"
