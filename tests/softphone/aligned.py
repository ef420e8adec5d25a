"""A process of its own: one sound is played to both taps of a recording, whose connections come and go; the file is then read.

Run as `python -m tests.softphone.aligned FILE WAV`; prints how many samples both sides have, and how many of them differ.
"""

import random
import sys
import threading
import time
from pathlib import Path

import pjsua2 as pj

from softphone.engine.library import Library
from softphone.engine.recorder import Recorder, Step
from softphone.engine.taps import Taps
from tests.softphone.heard import AGENT, CUSTOMER, hear

KEY = bytes(32)
CHANGES = 60


def main(path: Path, wav: str) -> None:
    """Both orders of the ports: what is later in the one is earlier in the other."""
    library = Library()
    player = pj.AudioMediaPlayer()
    player.createPlayer(wav)
    as_made, turned = Taps(), Taps()
    turned.agent, turned.customer = turned.customer, turned.agent
    for name, taps in (("as_made", as_made), ("turned", turned)):
        record(path.with_name(name), player, taps)
        compare(path.with_name(name))
    del player
    as_made.close()
    turned.close()
    library.endpoint.libDestroy()


def record(path: Path, player: pj.AudioMediaPlayer, taps: Taps) -> None:
    """Connections change at any moment of the bridge's clock."""
    done = threading.Event()

    def tell(_recorder: Recorder, step: Step) -> None:
        if step == "done":
            done.set()

    recorder = Recorder(1, str(path), KEY, tell)
    recorder.begin()
    taps.recorder = recorder
    chance = random.Random(7)
    for _ in range(CHANGES):
        for tap in (taps.agent, taps.customer):
            (player.startTransmit if chance.random() < 0.7 else player.stopTransmit)(tap)
        time.sleep(chance.uniform(0.005, 0.06))
    recorder.end()
    for tap in (taps.agent, taps.customer):
        player.stopTransmit(tap)
    assert done.wait(60)


def compare(path: Path) -> None:
    """Sample by sample, where there is something on both sides."""
    sound = hear(path, KEY).sound
    both = [(left, right) for left, right in zip(sound[AGENT::2], sound[CUSTOMER::2], strict=True) if left and right]
    sys.stdout.write(f"{len(both)} {sum(left != right for left, right in both)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
