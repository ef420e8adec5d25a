"""A peer's process: a free port, a folder, a log, ready when it says so, and ended with all its children."""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class PeerMissing(RuntimeError):
    """The peer is not installed here."""


class PeerFailed(RuntimeError):
    """The peer did not come up; its log's end is in the text."""


def program(name: str, package: str) -> str:
    """The path of a program; `PeerMissing` names the Debian package that brings it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/lib/postgresql/15/bin")
    if found is None:
        raise PeerMissing(f"{name} is missing: install the Debian package {package}")
    return found


ANY = random.SystemRandom()  # not the seeded one, which is the same in every worker


def free_port(room: int = 1) -> int:
    """A port on loopback that nobody uses now, neither TCP nor UDP, nor the `room` - 1 ports after it.

    It lies below those that the system gives to outgoing connections: none takes it before the peer does.
    """
    for _ in range(200):
        port = ANY.randrange(10_000, 32_000)
        if all(_is_free(port + each) for each in range(room)):
            return port
    raise PeerFailed("no port is free")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def answers(port: int) -> bool:
    """Whether something listens on a TCP port of loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_so: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
    """Look every 20 ms until it is so; `PeerFailed` when it does not become so."""
    end = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > end:
            raise PeerFailed(f"{what} not within {timeout_s} s")
        time.sleep(0.02)


@contextmanager
def killed_after(command: Sequence[str], **options: Any) -> "Iterator[subprocess.Popen[str]]":
    """A program that is killed when the block ends, however that ends: `Popen` would wait for it without limit."""
    with subprocess.Popen(list(command), text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


class Peer:
    """One process in a session of its own, so that its children end with it."""

    def __init__(self, command: Sequence[str], folder: Path, *, name: str, environment: dict[str, str] | None = None) -> None:
        self.log_path = folder / f"{name}.log"
        self._name = name
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                list(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **(environment or {})},
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def log(self) -> str:
        """What it wrote so far."""
        return self.log_path.read_text(errors="replace")

    def wait_ready(self, is_ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Until it is ready; `PeerFailed` with its log's end when it is not, or has ended."""
        end = time.monotonic() + timeout_s
        while not is_ready():
            if not self.is_running or time.monotonic() > end:
                self.stop()
                raise PeerFailed(f"{self._name} did not come up:\n{self.log()[-3000:]}")
            time.sleep(0.02)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it and its children a signal."""
        if self.is_running:
            os.killpg(self._process.pid, number)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask it to end, then end it."""
        self.kill(signal.SIGTERM)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill(signal.SIGKILL)
            self._process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
