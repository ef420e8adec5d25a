"""Machines on a network of their own: network namespaces, each with a cable to the database and one to the clients."""

import contextlib
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.peers.process import PeerFailed, program

ANY = random.SystemRandom()


class NotPermitted(RuntimeError):
    """Namespaces may not be made here (no root, or a container without the right)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A namespace; the test's own side of each cable stays outside."""

    name: str
    database_side: str  # our address on its cable to the database
    client_side: str  # its address for clients
    database_cable: str

    def command(self, words: Sequence[str]) -> list[str]:
        """The words, as they are run on this machine."""
        return [program("ip", "iproute2"), "netns", "exec", self.name, *words]

    def cut(self) -> None:
        """Pull the cable to the database."""
        run_ip("link", "set", self.database_cable, "down")

    def mend(self) -> None:
        """Plug it in again."""
        run_ip("link", "set", self.database_cable, "up")


@contextlib.contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """So many, until the block ends; raises `NotPermitted`."""
    tag, net = f"{ANY.randrange(16**5):05x}", ANY.randrange(100, 250)
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_machine(f"pb{tag}{number}", f"10.{net}.{number}", number)) for number in range(count)]


@contextlib.contextmanager
def _machine(name: str, net: str, number: int) -> Iterator[Machine]:
    try:
        run_ip("netns", "add", name)
    except PeerFailed as error:
        raise NotPermitted(str(error)) from error
    try:
        run_ip("-n", name, "link", "set", "lo", "up")
        for kind, base in (("d", 0), ("c", 4)):
            ours, theirs = f"{name}{kind}", f"{name}{kind}x"
            try:
                run_ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
            except PeerFailed as error:
                raise NotPermitted(str(error)) from error
            run_ip("addr", "add", f"{net}.{base + 1}/30", "dev", ours)
            run_ip("-n", name, "addr", "add", f"{net}.{base + 2}/30", "dev", theirs)
            run_ip("link", "set", ours, "up")
            run_ip("-n", name, "link", "set", theirs, "up")
        yield Machine(name=name, database_side=f"{net}.1", client_side=f"{net}.6", database_cable=f"{name}d")
    finally:
        for kind in ("d", "c"):
            with contextlib.suppress(PeerFailed):
                run_ip("link", "del", f"{name}{kind}")
        run_ip("netns", "del", name)


def run_ip(*words: str) -> None:
    """A command of `ip`; raises `PeerFailed`."""
    done = subprocess.run([program("ip", "iproute2"), *words], capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise PeerFailed(f"ip {' '.join(words)}: {done.stderr.strip()}")
