"""PgBouncer of Debian's before a PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tests.peers.postgresql import OWNER, SYSTEM_USER
from tests.peers.process import Peer, answers, free_port, program
from tests.peers.temporary import open_folder

SETTINGS = """
[databases]
* = host=127.0.0.1 port={to_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
default_pool_size = {size}
ignore_startup_parameters = extra_float_digits
"""
START_S = 60.0


@contextmanager
def pgbouncer(to_port: int, mode: Literal["session", "transaction", "statement"], size: int = 60) -> Iterator[int]:
    """Its port, until the block ends. The owner is let in."""
    port = free_port()
    with open_folder("pgbouncer") as folder:
        settings = folder / "pgbouncer.ini"
        users = folder / "users"
        users.write_text(f'"{OWNER}" ""\n')
        settings.write_text(SETTINGS.format(port=port, to_port=to_port, mode=mode, size=size, users=users))
        words = [program("pgbouncer", "pgbouncer"), str(settings)]
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(settings, SYSTEM_USER)
            words = ["runuser", "-u", SYSTEM_USER, "--", *words]
        with Peer(words, folder, name="pgbouncer") as peer:
            peer.wait_ready(lambda: answers(port), START_S)
            yield port
