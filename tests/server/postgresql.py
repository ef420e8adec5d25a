"""A PostgreSQL 15 of Debian's on a free port of the loopback, for as long as a block runs."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

BINARIES = Path("/usr/lib/postgresql/15/bin")
OWNER = "owner"


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The address of its first database, as the owner of everything."""
    folder = Path(tempfile.mkdtemp(prefix="patchbay-pg-"))  # not pytest's: another user must be able to enter it
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    try:
        _run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", OWNER, "--no-sync")
        _run("pg_ctl", "-D", str(folder / "data"), "-o", options, "-w", "-l", str(folder / "log"), "start")
        yield f"postgresql://{OWNER}@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str) -> None:
    """As PostgreSQL refuses root, as its own user then."""
    prefix: Sequence[str] = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    done = subprocess.run(
        [*prefix, str(BINARIES / program), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd="/"
    )
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
