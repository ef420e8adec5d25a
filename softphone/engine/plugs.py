"""Which devices are plugged in, looked at so often that sound moves on within a second, and so cheaply that nobody feels it.

The sound library tells nobody of a device that comes or goes, on no system; asking it over one connection that is kept takes
0.2 ms of processor time with PulseAudio. Where a look takes longer, the next one waits longer.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

import miniaudio

from softphone.api import Device, Sound
from softphone.engine.sound import Plugged, devices_of

log = logging.getLogger(__name__)
LOOK_S: Final = 0.25
MOST_SHARE: Final = 0.01  # of a core
MOST_PAUSE_S: Final = 2.0


class Plugs:
    """Keeps its connection to the sound system; a sound system that ended and came back is asked anew."""

    def __init__(self) -> None:
        self._connection: Plugged | None = None
        self.cost_s = 0.0  # processor time of the last look

    def look(self) -> list[Device]:
        """What is plugged in; nothing where there is no sound system."""
        began = time.thread_time()
        try:
            if self._connection is None:
                self._connection = Plugged()
            return devices_of(self._connection)
        except miniaudio.MiniaudioError as error:
            if self._connection is not None:
                log.info("the sound system is gone: %s", error)
            self._connection = None
            return []
        finally:
            self.cost_s = time.thread_time() - began

    @property
    def pause_s(self) -> float:
        """How long to wait before the next look."""
        return min(MOST_PAUSE_S, max(LOOK_S, self.cost_s / MOST_SHARE))

    async def watch(self, changed: Callable[[list[Device], list[Device]], None]) -> None:
        """Tell of every change: what there was, and what there is."""
        before = await asyncio.to_thread(self.look)
        while True:
            await asyncio.sleep(self.pause_s)
            now = await asyncio.to_thread(self.look)
            if now != before:
                changed(before, now)
                before = now


def is_touched(sound: Sound, before: list[Device], now: list[Device]) -> bool:
    """Whether the sound that is wanted comes from or goes to what changed; the system's choice may be another with any change."""
    for wanted, is_input in ((sound.microphone, True), (sound.speaker, False)):
        was, there = (sorted(each.id for each in known if each.is_input is is_input) for known in (before, now))
        is_ours_alone = wanted in was or wanted in there
        if (wanted in was) != (wanted in there) or (not is_ours_alone and was != there):
            return True
    return False
