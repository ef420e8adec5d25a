"""One JSON line a request on standard input, one a reply or event on standard output."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pjsua2 as pj

from softphone.api import (
    Answer,
    Device,
    DevicesChanged,
    Diagnose,
    Dial,
    HangUp,
    Hold,
    Levels,
    ListDevices,
    MeterLevels,
    Mute,
    PauseRecording,
    PhoneError,
    Ping,
    PlayRecording,
    PlayTest,
    Register,
    Reject,
    ResumeRecording,
    SendDtmf,
    StartRecording,
    StopPlaying,
    StopRecording,
    Unregister,
    UseSound,
    WatchVoice,
)
from softphone.engine import network
from softphone.engine.phone import Phone
from softphone.engine.plugs import Plugs
from softphone.engine.sound import list_devices
from softphone.wire import Reply, Request

log = logging.getLogger("softphone")
METER_S = 0.1
FIGURES_S = 1.0
TIDY_S = 2.0
LINE_LIMIT = 1 << 20
HANDLERS: dict[type, Callable[[Phone, Any], Any]] = {
    Register: lambda phone, act: phone.register(act.account),
    Unregister: lambda phone, act: phone.unregister(act.account),
    Dial: lambda phone, act: phone.calls.dial(act.number, act.account, shown=act.shown, is_test=act.is_test),
    Answer: lambda phone, act: phone.calls.answer(act.call_id),
    Reject: lambda phone, act: phone.calls.reject(act.call_id, act.code),
    HangUp: lambda phone, act: phone.calls.hang_up(act.call_id),
    Hold: lambda phone, act: phone.calls.hold(act.call_id, is_on=act.is_on),
    Mute: lambda phone, act: phone.calls.mute(act.call_id, is_on=act.is_on),
    SendDtmf: lambda phone, act: phone.calls.send_dtmf(act.call_id, act.digits),
    StartRecording: lambda phone, act: phone.calls.record(act.call_id, act.path, act.key),
    PauseRecording: lambda phone, act: phone.graph.recordings.pause(act.call_id, is_on=True),
    ResumeRecording: lambda phone, act: phone.graph.recordings.pause(act.call_id, is_on=False),
    StopRecording: lambda phone, act: phone.graph.recordings.stop(act.call_id),
    UseSound: lambda phone, act: phone.use_sound(act.sound),
    ListDevices: lambda _phone, _act: list_devices(),
    MeterLevels: lambda phone, act: phone.graph.meter(is_on=act.is_on),
    PlayTest: lambda phone, act: phone.play_test(act.which),
    PlayRecording: lambda phone, act: phone.play(act.path, act.key, act.begin_s),
    StopPlaying: lambda phone, _act: phone.player.stop(),
    Diagnose: lambda phone, _act: phone.diagnose(),
    Ping: lambda _phone, _act: "pong",
}


class Pipe:
    """The two ends that the console holds; events of the library never mix into them."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # whatever native code prints goes to the log, not between the lines

    def say(self, thing: Any) -> None:
        """Write one line."""
        try:
            self._out.write(msgspec.json.encode(thing) + b"\n")
        except BrokenPipeError:
            log.info("the console is gone")

    async def lines(self) -> asyncio.StreamReader:
        """Standard input as a stream of lines."""
        reader = asyncio.StreamReader(limit=LINE_LIMIT)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        return reader


class Service:
    """Carries requests out, one after the other, and looks at devices and levels meanwhile."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._phone = Phone(pipe.say)
        self._is_watching = False

    def carry_out(self, line: bytes) -> None:
        """One request; its answer or its error goes back."""
        try:
            request = msgspec.json.decode(line, type=Request)
        except msgspec.MsgspecError as error:
            self._pipe.say(Reply(id=0, error=str(error)))
            return
        try:
            if isinstance(request.act, WatchVoice):
                self._is_watching, value = request.act.is_on, None
            else:
                value = HANDLERS[type(request.act)](self._phone, request.act)
        except PhoneError as error:
            self._pipe.say(Reply(id=request.id, error=str(error)))
        except pj.Error as error:
            log.warning("%s: %s", type(request.act).__name__, error.info())
            self._pipe.say(Reply(id=request.id, error=error.reason))
        else:
            self._pipe.say(Reply(id=request.id, value=msgspec.Raw(msgspec.json.encode(value))))

    async def meter(self) -> None:
        """Levels ten times a second while they are wanted."""
        while True:
            await asyncio.sleep(METER_S)
            if self._phone.graph.is_metering:
                microphone, speaker = self._phone.graph.bridge.take_peaks()
                self._pipe.say(Levels(microphone=microphone, speaker=speaker))

    async def tell_figures(self) -> None:
        """Of every call's voice, once a second while somebody wants them."""
        while True:
            await asyncio.sleep(FIGURES_S)
            if self._is_watching:
                for figures in self._phone.calls.figures():
                    self._pipe.say(figures)

    async def watch_devices(self) -> None:
        """Sound moves on when a device comes or goes."""
        await Plugs().watch(self._devices_changed)

    def _devices_changed(self, before: list[Device], now: list[Device]) -> None:
        self._phone.devices_changed(before, now)
        self._pipe.say(DevicesChanged(devices=now, is_null=self._phone.devices.is_null))

    async def watch_network(self) -> None:
        """Accounts sign in anew from another address."""
        await network.watch(self._phone.network_changed)

    async def tidy(self) -> None:
        """Ended calls are let go, on this thread."""
        while True:
            await asyncio.sleep(TIDY_S)
            self._phone.tidy()

    async def ring(self) -> None:
        """Open and close the device that rings."""
        await self._phone.alerts.ringer.run()

    async def play(self) -> None:
        """Let recordings be heard."""
        await self._phone.player.run()

    async def close(self) -> None:
        """Hang up and let the library go."""
        await self._phone.close()


async def serve() -> None:
    """Until standard input ends: the console has closed it, or is dead."""
    pipe = Pipe()
    lines = await pipe.lines()
    service = Service(pipe)
    async with asyncio.TaskGroup() as group:
        works = (
            service.meter(), service.tell_figures(), service.watch_devices(), service.watch_network(), service.ring(),
            service.play(), service.tidy(),
        )  # fmt: skip
        beside = [group.create_task(each) for each in works]
        while line := await lines.readline():
            service.carry_out(line)
        for task in beside:
            task.cancel()
    await service.close()
