"""PostgreSQL 15 of Debian's: a cluster of its own on a free port of loopback, with an owner and a role that owns nothing."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import PeerFailed, free_port, program
from tests.peers.temporary import open_folder

OWNER = "owner"
GUEST = "guest"
SYSTEM_USER = "postgres"  # the Debian package makes it; PostgreSQL refuses to run as root
OPTIONS = (
    "-p {port} -c listen_addresses={addresses} -c unix_socket_directories= -c max_connections=200"
    " -c fsync=off -c full_page_writes=off"
)


@dataclass(frozen=True, slots=True)
class PostgreSql:
    """A running cluster; everybody on loopback is trusted."""

    port: int
    data: Path
    listens_on: str = "127.0.0.1"

    def start(self) -> None:
        """Returns when it answers."""
        options = OPTIONS.format(port=self.port, addresses=self.listens_on)
        log = self.data.with_name("log")
        _as_its_user("pg_ctl", "-D", str(self.data), "-o", options, "-w", "-l", str(log), "start")

    def stop(self, mode: str = "immediate") -> None:
        """As `pg_ctl` does: "fast" says goodbye to everybody, "immediate" to nobody."""
        if (self.data / "postmaster.pid").exists():
            _as_its_user("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """The postmaster at once, without a word (SIGKILL); its children end when they notice."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def url(self, role: str = OWNER, database: str = "postgres") -> str:
        """The address of a database for a role: `OWNER` may all, `GUEST` only what it is granted."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """A new database, a copy of the template (which nobody may be using); its address for the owner."""
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(database=name)

    def run(self, statement: str, database: str = "postgres") -> str:
        """One statement of the owner's, by psql; what it answers."""
        done = subprocess.run(
            [
                program("psql", "postgresql-client-15"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement,
                self.url(database=database),
            ],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise PeerFailed(f"psql: {done.stderr}")
        return done.stdout.strip()


@contextmanager
def postgresql(addresses: Sequence[str] = ()) -> Iterator[PostgreSql]:
    """A cluster that lives as long as the block; also on these addresses of ours, for machines on a network of the test's."""
    with open_folder("pbpg") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, SYSTEM_USER)
        data, port = folder / "data", free_port()
        _as_its_user("initdb", "-D", str(data), "-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.writelines(f"host all all {address}/30 trust\n" for address in addresses)
        listen = ",".join(["127.0.0.1", *addresses])
        server = PostgreSql(port, data, listen)
        try:
            server.start()
            server.run(f"CREATE ROLE {GUEST} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
            yield server
        finally:
            server.stop()


def _as_its_user(name: str, *arguments: str) -> None:
    path = program(name, "postgresql-15")
    prefix = ["runuser", "-u", SYSTEM_USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, path, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd=Path("/"), timeout=300
    )
    if done.returncode:
        raise PeerFailed(f"{name}: {done.stderr.decode(errors='replace')}")
