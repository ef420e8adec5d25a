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
        _ip("link", "set", self.database_cable, "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self.database_cable, "up")


@contextlib.contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """So many, until the block ends; raises `NotPermitted`."""
    tag, net = f"{ANY.randrange(16**5):05x}", ANY.randrange(100, 250)
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_machine(f"pb{tag}{number}", f"10.{net}.{number}", number)) for number in range(count)]


@contextlib.contextmanager
def _machine(name: str, net: str, number: int) -> Iterator[Machine]:
    try:
        _ip("netns", "add", name)
    except PeerFailed as error:
        raise NotPermitted(str(error)) from error
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        for kind, base in (("d", 0), ("c", 4)):
            ours, theirs = f"{name}{kind}", f"{name}{kind}x"
            try:
                _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
            except PeerFailed as error:
                raise NotPermitted(str(error)) from error
            _ip("addr", "add", f"{net}.{base + 1}/30", "dev", ours)
            _ip("-n", name, "addr", "add", f"{net}.{base + 2}/30", "dev", theirs)
            _ip("link", "set", ours, "up")
            _ip("-n", name, "link", "set", theirs, "up")
        yield Machine(name=name, database_side=f"{net}.1", client_side=f"{net}.6", database_cable=f"{name}d")
    finally:
        for kind in ("d", "c"):
            with contextlib.suppress(PeerFailed):
                _ip("link", "del", f"{name}{kind}")
        _ip("netns", "del", name)


def _ip(*words: str) -> None:
    done = subprocess.run([program("ip", "iproute2"), *words], capture_output=True, text=True, check=False, timeout=20)
    if done.returncode:
        raise PeerFailed(f"ip {' '.join(words)}: {done.stderr.strip()}")
