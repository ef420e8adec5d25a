"""Who hears whom: the connections that should exist, made again at every media event, since holding drops them all."""

from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from softphone.api import Event
from softphone.engine.calls import Line
from softphone.engine.echo import EchoTest
from softphone.engine.recordings import Recordings
from softphone.engine.sound import Bridge, Listener


class Graph:
    """The microphone (or a file in its place), the calls, the speaker, and what listens beside them: meter, echo, recordings."""

    def __init__(
        self, *, emit: Callable[[Event], None], hand_over: Callable[..., None], echo_heard: Callable[[int], None]
    ) -> None:
        """Only after the library was initialised."""
        self.bridge = Bridge()
        self.echo = EchoTest(lambda late_ms: hand_over(echo_heard, late_ms))
        self.recordings = Recordings(emit=emit, hand_over=hand_over, source_of_agent=lambda: self.source)
        self.is_metering = False
        self._meter = Listener()
        self._player: Any = None

    @property
    def source(self) -> Any:
        """What the agent says."""
        return self._player or self.bridge

    def play_file(self, path: str) -> None:
        """In place of the microphone, from now on; the first one stays."""
        if self._player is None:
            self._player = pj.AudioMediaPlayer()
            self._player.createPlayer(path)

    def connect(self, line: Line) -> None:
        """What the agent says to the call unless muted, the call to the speaker, both to their recording."""
        self.recordings.connect(line)
        if line.audio is None:
            return
        line.audio.startTransmit(self.bridge)
        (self.source.stopTransmit if line.is_muted else self.source.startTransmit)(line.audio)
        if line.is_test:
            self.echo.connect(line.audio)

    def meter(self, *, is_on: bool) -> None:
        """Listen to the microphone, also without a call; what was loud before is forgotten."""
        if is_on != self.is_metering:
            (self.bridge.startTransmit if is_on else self.bridge.stopTransmit)(self._meter)
            self.is_metering = is_on
        self.bridge.take_peaks()

    def close(self) -> None:
        """Let the native ports go, before the library ends."""
        self.meter(is_on=False)
        self.echo.close()
        self.recordings.drop()
        self._player = None
        del self._meter, self.bridge
