"""The phone: its library, its accounts, its calls and its sound, put together and taken apart.

The main thread owns every native object; the library's one worker thread only hands plain values over. Kept so because a
native object that is called or collected on a foreign thread ends the process.
"""

import asyncio
import contextlib
import gc
from collections.abc import Callable
from typing import Any, Literal

from softphone.api import Account, Device, Diagnostics, Event, Sound
from softphone.engine.accounts import Accounts, NativeAccount
from softphone.engine.alerts import Alerts
from softphone.engine.calling import Calling
from softphone.engine.graph import Graph
from softphone.engine.library import Library
from softphone.engine.lines import LINES, Lines
from softphone.engine.player import Player, Wanted
from softphone.engine.plugs import is_touched
from softphone.engine.sound import Devices


class Phone:
    """Runs on one asyncio loop; `emit` hears every event there."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._say = emit
        self._loop = asyncio.get_running_loop()
        self._is_closing = False
        self._lines = Lines()
        self._sound = Sound(is_silent=True)
        gc.disable()  # see `tidy`
        self._library = Library()
        self._accounts = Accounts(
            self._library.endpoint, emit=emit, hand_over=self.hand_over, rings=self._rings, is_busy=self._lines.is_busy_at
        )
        self.graph = Graph(emit=emit, hand_over=self.hand_over, echo_heard=self._echo_heard)
        self.devices = Devices(self.graph.bridge)
        self.alerts = Alerts(self.graph.bridge)
        self.player = Player(emit)
        self.calls = Calling(
            self._accounts, self._lines, self.graph, emit=self._emit, hand_over=self.hand_over, follow=self._follow
        )

    def _emit(self, event: Event) -> None:
        self._say(event)
        self._follow()

    def _follow(self) -> None:
        if not self._is_closing:
            self.alerts.follow(self._lines)

    def hand_over(self, act: Callable[..., None], *values: Any) -> None:
        """From the library's thread to the main thread; nothing any more once the end has begun."""
        if not self._is_closing:
            self._loop.call_soon_threadsafe(act, *values)

    def _rings(self, account: NativeAccount, prm: Any) -> None:
        """On the library's thread."""
        self.calls.rings(account, prm)

    def _echo_heard(self, late_ms: int) -> None:
        self.calls.echo_heard(late_ms)

    # ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def register(self, account: Account) -> None:
        """Sign an account in at its proxy."""
        self._accounts.register(account)

    def unregister(self, account_id: str) -> None:
        """Sign an account out."""
        self._accounts.unregister(account_id)

    def network_changed(self) -> None:
        """Sign every account in anew from this machine's other address."""
        self._accounts.network_changed()

    # ── sound ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def use_sound(self, sound: Sound) -> None:
        """Take other devices, or a file in place of the microphone."""
        self._sound = sound
        self.devices.open(sound)
        self.alerts.use(sound)
        if sound.play_file:
            self.graph.play_file(sound.play_file)
        for line in self._lines:
            self.graph.connect(line)
        self.player.move(sound)

    def devices_changed(self, before: list[Device], now: list[Device]) -> None:
        """Take what is wanted, or what there is; a voice is not broken for a device that it has nothing to do with."""
        if self._sound.is_silent:
            return
        if is_touched(self._sound, before, now):
            self.devices.open(self._sound)
            self.player.move(self._sound)
        self.alerts.ringer.restart()

    def play_test(self, which: Literal["speaker", "ringer"]) -> None:
        """Let a device be heard once."""
        self.alerts.try_out(which, has_speaker=self.devices.has_speaker)

    def play(self, path: str, key: bytes, begin_s: float) -> None:
        """Let a recording be heard, on the same speaker as calls."""
        self.player.play(Wanted(path=path, key=key, begin_s=begin_s, sound=self._sound))

    # ── itself ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def diagnose(self) -> Diagnostics:
        """What works here and what is missing."""
        bridge = self.graph.bridge
        return Diagnostics(
            version=self._library.version, codecs=self._library.codecs, missing=self._library.missing,
            is_null_sound=self.devices.is_null, sound=self.devices.fault,
            transport=", ".join(self._accounts.transports), accounts=self._accounts.states, most_calls=LINES,
            refused_requests=self.calls.refused, dropped_messages=self._library.dropped.count,
            glitches=bridge.to_speaker.glitches + bridge.from_microphone.glitches, ringer=self.alerts.ringer.fault,
        )  # fmt: skip

    def tidy(self) -> None:
        """Let ended calls go. Collection is off elsewhere: on a sound library's thread it would end the process."""
        self._lines.tidy()
        gc.collect()

    async def close(self) -> None:
        """In this order: hang up, wait, hear no more, drop every native object, collect, destroy."""
        self._library.endpoint.hangupAllCalls()
        if len(self._lines):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.5):
                    await self._lines.all_ended.wait()
        await self.graph.recordings.close()
        self._is_closing = True
        self.devices.close()
        self.alerts.close()
        self._accounts.close()
        self._lines.clear()
        self.graph.close()
        del self.alerts, self.devices, self.calls, self.graph
        gc.collect()
        self._library.endpoint.libDestroy()
