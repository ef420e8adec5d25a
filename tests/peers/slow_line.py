"""A line as people have them at home: so many bits a second, a delay, packets that are lost; what goes through is real IP.

A machine of its own (a network namespace) lies behind two TUN devices; a process of this module carries packets from one to the
other. (`tc netem` would do the same, where the kernel has it.)
"""

import contextlib
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.network import ANY, NotPermitted, run_ip
from tests.peers.process import PeerFailed, program

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LONGEST_QUEUE_S = 0.25  # what a router at home holds; what comes on top is lost
MTU = 1_500
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowLine:
    """The machine at the far end."""

    name: str
    address: str  # of the far machine

    def command(self, words: Sequence[str]) -> list[str]:
        """The words, as they are run there."""
        return [program("ip", "iproute2"), "netns", "exec", self.name, *words]


@contextlib.contextmanager
def slow_line(*, mbit_s: float, round_trip_s: float, loss: float, congestion: str = "") -> Iterator[SlowLine]:
    """Until the block ends; raises `NotPermitted`. `congestion`: how the far machine learns how fast it may send."""
    name, net = f"pbs{ANY.randrange(16**5):05x}", f"10.{ANY.randrange(100, 250)}.{ANY.randrange(250)}"
    try:
        run_ip("netns", "add", name)
    except PeerFailed as error:
        raise NotPermitted(str(error)) from error
    try:
        if congestion:
            choose = f"echo {congestion} > /proc/sys/net/ipv4/tcp_congestion_control"
            subprocess.run([program("ip", "iproute2"), "netns", "exec", name, "sh", "-c", choose], check=True, timeout=120)
        words = [sys.executable, "-m", __name__, name, net, str(mbit_s * 1e6 / 8), str(round_trip_s / 2), str(loss)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as carrier:
            try:
                assert carrier.stdout is not None
                if carrier.stdout.readline() != "ready\n":
                    raise NotPermitted("TUN devices may not be made here")
                yield SlowLine(name=name, address=f"{net}.2")
            finally:
                carrier.kill()
    finally:
        run_ip("netns", "del", name)


class Way:
    """One direction."""

    def __init__(self, source: int, target: int, bytes_s: float, delay_s: float, loss: float) -> None:
        self.source, self._target = source, target
        self._bytes_s, self._delay_s, self._loss = bytes_s, delay_s, loss
        self._free_s = 0.0
        self._on_way: deque[tuple[float, bytes]] = deque()

    def take(self, now_s: float) -> None:
        """A packet that waits at its beginning."""
        packet = os.read(self.source, 2 * MTU)
        waits_s = max(0.0, self._free_s - now_s)
        if random.random() < self._loss or waits_s > LONGEST_QUEUE_S:
            return
        self._free_s = now_s + waits_s + len(packet) / self._bytes_s
        self._on_way.append((self._free_s + self._delay_s, packet))

    def give(self, now_s: float) -> float:
        """All that have come to its end; how long until the next one does."""
        while self._on_way and self._on_way[0][0] <= now_s:
            os.write(self._target, self._on_way.popleft()[1])
        return self._on_way[0][0] - now_s if self._on_way else 1.0


def _tun(name: str) -> int:
    handle = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return handle


def carry(name: str, net: str, bytes_s: float, delay_s: float, loss: float) -> None:
    """Until this process is ended."""
    near, far = _tun(f"{name}n"), _tun(f"{name}f")
    run_ip("link", "set", f"{name}f", "netns", name)
    for words, device, number in ([], f"{name}n", 1), (["-n", name], f"{name}f", 2):
        run_ip(*words, "addr", "add", f"{net}.{number}/30", "dev", device)
        run_ip(*words, "link", "set", device, "mtu", str(MTU), "up")
    run_ip("-n", name, "link", "set", "lo", "up")
    ways = {near: Way(near, far, bytes_s, delay_s, loss), far: Way(far, near, bytes_s, delay_s, loss)}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        wait_s = min(way.give(time.monotonic()) for way in ways.values())
        for handle in select.select(list(ways), [], [], max(wait_s, 0.0))[0]:
            ways[handle].take(time.monotonic())


if __name__ == "__main__":
    carry(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:]))
