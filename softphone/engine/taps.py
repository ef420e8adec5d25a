"""Two ports on the bridge, one that hears the agent and one that hears the customer, tick by tick of its one clock."""

import contextlib
from collections.abc import Callable
from typing import Any, Final

import pjsua2 as pj
from typing_extensions import override

from softphone.engine.frames import bytes_of
from softphone.engine.recorder import Recorder
from softphone.engine.sound import FRAME_BYTES, shape

SILENCE: Final = bytes(FRAME_BYTES)


class Tap(pj.AudioMediaPort):  # type: ignore[misc] # pjsua2 has no types
    """Lives on the library's clock, which calls it every 20 ms whether anybody talks to it or not."""

    def __init__(self, name: str, taken: Callable[["Tap"], None]) -> None:
        """Only after the library was initialised: before that it hangs for ever."""
        super().__init__()
        self.heard = SILENCE
        self.faults = 0
        self._taken = taken
        self.createPort(name, shape())

    @override
    def onFrameReceived(self, frame: Any) -> None:
        try:
            heard = bytes_of(frame.buf)
            self.heard = heard if len(heard) == FRAME_BYTES else SILENCE  # silence comes without bytes
            self._taken(self)
        except Exception:  # noqa: BLE001 - nothing may cross into the native caller
            self.faults += 1


class Taps:
    """A pair for one recording after the other: made once and kept, as the library may still be inside of one that goes."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self.agent, self.customer = Tap("agent", self._taken), Tap("customer", self._taken)
        # The bridge goes through its ports by their number: with the later one the tick is whole.
        self._later = max(self.agent, self.customer, key=lambda tap: tap.getPortId())

    def _taken(self, tap: Tap) -> None:
        if tap is not self._later:
            return
        if self.recorder is not None:
            self.recorder.tick(self.agent.heard, self.customer.heard)
        self.agent.heard = self.customer.heard = SILENCE

    def connect(self, source: Any, audio: Any, *, is_agent_heard: bool) -> None:
        """What the call brings, and what the agent says while the customer hears it; `audio` None: the call has no sound now."""
        with contextlib.suppress(pj.Error):  # its media went away in this moment: the next ones connect it anew
            if audio is not None:
                audio.startTransmit(self.customer)
            (source.startTransmit if audio is not None and is_agent_heard else source.stopTransmit)(self.agent)

    def disconnect(self, source: Any, audio: Any) -> None:
        """Hear nobody."""
        source.stopTransmit(self.agent)
        if audio is not None:
            with contextlib.suppress(pj.Error):  # it went away in this moment, and its way to here with it
                audio.stopTransmit(self.customer)

    def close(self) -> None:
        """Let the native ports go, before the library ends."""
        self.recorder = None
        del self._later, self.agent, self.customer
