"""Calls recorded from real ones: who said what and when, through hold, mute, pause, a full disk and a phone that is killed."""

import asyncio
import math
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from softphone.api import (
    Answer,
    CallChanged,
    CallRinging,
    DevicesChanged,
    HangUp,
    Hold,
    Mute,
    PauseRecording,
    PhoneError,
    PhoneLost,
    RecordingChanged,
    RecordingDone,
    Register,
    RegistrationChanged,
    ResumeRecording,
    Sound,
    StartRecording,
    StopRecording,
    UseSound,
)
from softphone.client import SoftphoneProcess
from softphone.recorded import NoRecording
from softphone.sealed import HEAD_BYTES, SEALED_BYTES
from tests.peers.baresip import Baresip, baresip, make_tone
from tests.peers.kamailio import Kamailio
from tests.peers.sound import sound
from tests.softphone.conftest import Ear, account
from tests.softphone.heard import AGENT, CUSTOMER, Heard, hear

KEY = bytes(range(32))
AGENT_HZ, CUSTOMER_HZ, OTHER_HZ = 450, 1000, 1500
WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER = (AGENT, AGENT_HZ), (CUSTOMER, CUSTOMER_HZ)
A_CHUNK_S, A_TICK_S = 1.02, 0.02
SOON_S = 0.1  # of the recording: so much later a change of the graph is heard at the latest


@pytest.fixture(scope="module")
def customer(proxy: Kamailio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Somebody who whistles."""
    with baresip(tmp_path_factory.mktemp("customer"), proxy.port, tone_hz=CUSTOMER_HZ) as running:
        yield running


@pytest_asyncio.fixture
async def agent(ear: Ear, proxy: Kamailio, tmp_path: Path) -> AsyncIterator[Ear]:
    """An agent without a sound card who whistles too."""
    tone = make_tone(tmp_path / "agent.wav", AGENT_HZ, rate=16_000, seconds=2)
    await ear.phone.do(UseSound(sound=Sound(is_silent=True, play_file=str(tone))))
    await ear.phone.do(Register(account=account(proxy)))
    await ear.wait(RegistrationChanged, lambda event: event.state == "registered")
    yield ear


class Recording:
    """The recording of a call, begun and told of."""

    def __init__(self, ear: Ear, call_id: int, path: Path) -> None:
        self.ear, self.call_id, self.path = ear, call_id, path

    async def begin(self) -> "Recording":
        since = len(self.ear.heard)
        await self.ear.phone.do(StartRecording(call_id=self.call_id, path=str(self.path), key=KEY))
        await self.ear.wait(RecordingChanged, lambda event: event.call_id == self.call_id, since=since)
        return self

    async def now(self) -> float:
        """Which second it is in: a pause that is over at once tells."""
        begin_s = await self.pause()
        await self.resume()
        return begin_s

    async def pause(self) -> float:
        return await self._changed(PauseRecording(call_id=self.call_id), "paused")

    async def resume(self) -> float:
        return await self._changed(ResumeRecording(call_id=self.call_id), "recording")

    async def _changed(self, act: PauseRecording | ResumeRecording, state: str) -> float:
        since = len(self.ear.heard)
        await self.ear.phone.do(act)
        told = await self.ear.wait(RecordingChanged, lambda event: event.call_id == self.call_id, since=since)
        assert told.state == state
        return told.seconds

    async def lasts(self, seconds: float) -> None:
        """Until so much of it is in the file."""
        chunks = math.ceil(seconds / A_CHUNK_S)
        await until(lambda: self.path.stat().st_size >= HEAD_BYTES + chunks * SEALED_BYTES)

    async def hears(self, begin_s: float, *tones: tuple[int, int]) -> float:
        """Until each of these (side, hertz) is in the file for a while from this second on; which second it is then."""
        await until(lambda: all(hear(self.path, KEY).seconds_of(side, hertz, begin_s) > 0.3 for side, hertz in tones))
        return await self.now()

    async def done(self) -> tuple[RecordingDone, Heard]:
        """What was told of the whole, and the whole."""
        done = await self.ear.wait(RecordingDone, lambda event: event.path == str(self.path))
        return done, hear(self.path, KEY)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - a file tells nobody that it grew
            await asyncio.sleep(0.05)


async def talk(agent: Ear, customer: Baresip) -> int:
    since = len(agent.heard)
    await asyncio.to_thread(customer.call, "agent")
    ringing = await agent.wait(CallRinging, since=since)
    await agent.phone.do(Answer(call_id=ringing.call_id))
    await agent.wait(CallChanged, lambda event: event.call_id == ringing.call_id and event.state == "active", since=since)
    return ringing.call_id


async def become(agent: Ear, call_id: int, state: str, since: int) -> None:
    await agent.wait(CallChanged, lambda event: event.call_id == call_id and event.state == state, since=since)


async def hold(agent: Ear, call_id: int, *, is_on: bool) -> None:
    since = len(agent.heard)
    await agent.phone.do(Hold(call_id=call_id, is_on=is_on))
    await become(agent, call_id, "held" if is_on else "active", since)


async def end(agent: Ear, call_id: int) -> None:
    since = len(agent.heard)
    await agent.phone.do(HangUp(call_id=call_id))
    await become(agent, call_id, "ended", since)


async def test_each_side_is_in_its_channel_through_mute_hold_and_pause(agent: Ear, customer: Baresip, tmp_path: Path) -> None:
    call_id = await talk(agent, customer)
    recording = await Recording(agent, call_id, tmp_path / "new" / "call").begin()
    await recording.hears(0, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
    await agent.phone.do(Mute(call_id=call_id, is_on=True))
    muted = await recording.now()
    unmuted = await recording.hears(muted, WHISTLE_OF_CUSTOMER)
    await agent.phone.do(Mute(call_id=call_id, is_on=False))
    await recording.hears(unmuted, WHISTLE_OF_AGENT)
    await hold(agent, call_id, is_on=True)
    held = await recording.now()
    await recording.lasts(held + 2)
    resumed = await recording.now()
    await hold(agent, call_id, is_on=False)
    await recording.hears(resumed, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
    paused = await recording.pause()
    await recording.lasts(paused + 2)
    on = await recording.resume()
    await recording.hears(on, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
    await end(agent, call_id)
    done, heard = await recording.done()
    assert heard.is_silent(AGENT, muted + SOON_S, unmuted)
    assert heard.is_silent(AGENT, held + SOON_S, resumed)
    assert heard.is_silent(CUSTOMER, held + SOON_S, resumed)
    assert heard.is_silent(AGENT, paused, on)
    assert heard.is_silent(CUSTOMER, paused, on)
    assert heard.seconds_of(AGENT, CUSTOMER_HZ) == heard.seconds_of(CUSTOMER, AGENT_HZ) == 0
    assert (heard.recorded.end, heard.recorded.seconds, list(heard.recorded.gaps)) == ("whole", done.seconds, done.gaps)
    marked = [(gap.begin_s, gap.begin_s + gap.seconds) for gap in done.gaps]  # a moment's pause just before is one with it
    assert any(begin_s < paused + A_TICK_S / 2 and end_s > on - A_TICK_S / 2 for begin_s, end_s in marked)
    told = [event.state for event in agent.heard if isinstance(event, RecordingChanged)]
    assert (told[0], told[-1], told.count("stopped")) == ("recording", "stopped", 1)


async def test_two_calls_are_recorded_at_once_each_by_itself(
    agent: Ear, customer: Baresip, proxy: Kamailio, tmp_path: Path
) -> None:
    first = await talk(agent, customer)
    one = await Recording(agent, first, tmp_path / "one").begin()
    await one.hears(0, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
    with baresip(tmp_path / "other", proxy.port, user="second", password="second-pw", tone_hz=OTHER_HZ) as other:
        second = await talk(agent, other)  # the first waits
        two = await Recording(agent, second, tmp_path / "two").begin()
        waits = await one.now()
        await two.hears(0, WHISTLE_OF_AGENT, (CUSTOMER, OTHER_HZ))
        on = await one.now()
        await hold(agent, first, is_on=False)
        waits_too = await two.now()
        await one.hears(on, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
        os.kill(other.process.pid, signal.SIGKILL)  # and says nothing any more, not even good-bye
        gone = await two.now()
        await two.lasts(gone + 1)
        await one.hears(await one.now(), WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
        await end(agent, second)
    await end(agent, first)
    (_, heard), (_, heard_too) = await one.done(), await two.done()
    assert heard.is_silent(AGENT, waits + SOON_S, on)
    assert heard.is_silent(CUSTOMER, waits + SOON_S, on)
    assert heard_too.is_silent(AGENT, waits_too + SOON_S, heard_too.recorded.seconds)
    assert heard.seconds_of(CUSTOMER, OTHER_HZ) == heard_too.seconds_of(CUSTOMER, CUSTOMER_HZ) == 0
    assert heard.seconds_of(AGENT, OTHER_HZ) == heard_too.seconds_of(AGENT, CUSTOMER_HZ) == 0
    assert heard.recorded.end == heard_too.recorded.end == "whole"


async def test_a_phone_that_is_killed_leaves_all_but_the_last_second(agent: Ear, customer: Baresip, tmp_path: Path) -> None:
    call_id = await talk(agent, customer)
    recording = await Recording(agent, call_id, tmp_path / "call").begin()
    said_s = await recording.hears(0, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
    await recording.lasts(said_s - A_CHUNK_S)
    assert agent.phone.pid is not None
    os.kill(agent.phone.pid, signal.SIGKILL)
    await agent.wait(PhoneLost)
    heard = hear(recording.path, KEY)
    assert heard.recorded.end == "cut"
    assert heard.recorded.seconds > said_s - A_CHUNK_S - A_TICK_S / 2
    assert heard.seconds_of(AGENT, AGENT_HZ) > 0.3
    assert heard.seconds_of(CUSTOMER, CUSTOMER_HZ) > 0.3
    with pytest.raises(NoRecording):
        hear(recording.path, bytes(32))
    await asyncio.to_thread(customer.hang_up)


async def test_a_phone_that_is_closed_ends_its_recordings(agent: Ear, customer: Baresip, tmp_path: Path) -> None:
    recording = await Recording(agent, await talk(agent, customer), tmp_path / "call").begin()
    await recording.hears(0, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
    await agent.phone.close()
    done, heard = await recording.done()
    assert (heard.recorded.end, heard.recorded.seconds) == ("whole", done.seconds)


async def test_a_disk_that_is_full_ends_the_recording_and_not_the_call(agent: Ear, customer: Baresip, tmp_path: Path) -> None:
    call_id = await talk(agent, customer)
    assert agent.phone.pid is not None
    room = HEAD_BYTES + 2 * SEALED_BYTES + 1000
    _, most = resource.prlimit(agent.phone.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(agent.phone.pid, resource.RLIMIT_FSIZE, (room, most))
    recording = await Recording(agent, call_id, tmp_path / "call").begin()
    failed = await agent.wait(RecordingChanged, lambda event: event.state == "failed")
    assert failed.reason == "the disk takes no larger file"
    done, heard = await recording.done()
    assert (round(done.seconds, 2), heard.recorded.end) == (round(2 * A_CHUNK_S, 2), "cut")
    assert heard.recorded.seconds == done.seconds
    with pytest.raises(PhoneError, match="not recorded"):
        await agent.phone.do(StopRecording(call_id=call_id))
    resource.prlimit(agent.phone.pid, resource.RLIMIT_FSIZE, (most, most))
    again = await Recording(agent, call_id, tmp_path / "again").begin()
    await end(agent, call_id)
    assert (await again.done())[1].recorded.end == "whole"


async def test_a_microphone_that_is_pulled_out_and_plugged_in_leaves_both_sides_on_one_clock(
    proxy: Kamailio, customer: Baresip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sound(tmp_path) as machine:
        for name, value in machine.environment.items():
            monkeypatch.setenv(name, value)
        plug = machine.plug_in("headset")
        agent = Ear(SoftphoneProcess())
        await agent.phone.start()
        try:
            await agent.phone.do(UseSound(sound=Sound(microphone="Monitor of headset", speaker="headset")))
            await agent.phone.do(Register(account=account(proxy)))
            await agent.wait(RegistrationChanged, lambda event: event.state == "registered")
            call_id = await talk(agent, customer)
            recording = await Recording(agent, call_id, tmp_path / "call").begin()
            tone = make_tone(tmp_path / "agent.wav", AGENT_HZ, rate=16_000, seconds=120)
            with machine.speak(tone, "headset") as voice:
                await recording.hears(0, WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
                machine.pull_out(plug)
                await agent.wait(DevicesChanged, lambda event: "headset" not in {each.name for each in event.devices})
                gone = await recording.now()
                await recording.hears(gone, WHISTLE_OF_CUSTOMER)
                voice.kill()
            since = len(agent.heard)
            machine.plug_in("headset")
            await agent.wait(DevicesChanged, lambda event: "headset" in {each.name for each in event.devices}, since=since)
            with machine.speak(tone, "headset") as voice:
                await recording.hears(await recording.now(), WHISTLE_OF_AGENT, WHISTLE_OF_CUSTOMER)
                voice.kill()
            await end(agent, call_id)
        finally:
            await agent.phone.close()
        done, heard = await recording.done()
        assert (heard.recorded.end, heard.recorded.seconds) == ("whole", done.seconds)
        assert heard.seconds_of(AGENT, CUSTOMER_HZ) == heard.seconds_of(CUSTOMER, AGENT_HZ) == 0


async def test_what_cannot_be_recorded_is_refused_or_told(agent: Ear, customer: Baresip, tmp_path: Path) -> None:
    path = str(tmp_path / "call")
    with pytest.raises(PhoneError, match="has ended"):
        await agent.phone.do(StartRecording(call_id=99, path=path, key=KEY))
    since = len(agent.heard)
    await asyncio.to_thread(customer.call, "agent")
    call_id = (await agent.wait(CallRinging, since=since)).call_id
    with pytest.raises(PhoneError, match="can't be recorded now"):
        await agent.phone.do(StartRecording(call_id=call_id, path=path, key=KEY))
    await agent.phone.do(Answer(call_id=call_id))
    await become(agent, call_id, "active", since)
    with pytest.raises(PhoneError, match="another length"):
        await agent.phone.do(StartRecording(call_id=call_id, path=path, key=KEY[:16]))
    for act in (PauseRecording, ResumeRecording, StopRecording):
        with pytest.raises(PhoneError, match="is not recorded"):
            await agent.phone.do(act(call_id=call_id))
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file" / "call", tmp_path / "file"):
        since = len(agent.heard)
        await agent.phone.do(StartRecording(call_id=call_id, path=str(place), key=KEY))
        told = await agent.wait(RecordingChanged, since=since)
        assert (told.state, told.reason) == ("failed", "there is such a file")
    assert (tmp_path / "file").read_text() == "no folder"
    recording = await Recording(agent, call_id, tmp_path / "call").begin()
    with pytest.raises(PhoneError, match="recorded already"):
        await agent.phone.do(StartRecording(call_id=call_id, path=path, key=KEY))
    await agent.phone.do(StopRecording(call_id=call_id))
    done, heard = await recording.done()
    assert done.seconds == heard.recorded.seconds
    await end(agent, call_id)
    assert len([event for event in agent.heard if isinstance(event, RecordingDone)]) == 1
