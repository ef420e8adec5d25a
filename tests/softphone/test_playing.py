"""Recordings are heard in the speaker of a real sound server, from any second on, and what can't be played is said."""

import asyncio
from array import array
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from softphone.api import PlayingChanged, PlayRecording, Sound, StopPlaying, UseSound
from softphone.client import SoftphoneProcess
from softphone.engine.player import mixed
from softphone.recorded import Part, Shape
from softphone.scripted import AGENT_HZ, CUSTOMER_HZ, write_tones
from tests.peers.sound import Sound as Machine
from tests.peers.sound import sound
from tests.softphone.conftest import Ear
from tests.softphone.heard import amplitude

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with sound(tmp_path_factory.mktemp("sound")) as running:
        yield running


@pytest_asyncio.fixture
async def ear(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ear]:
    """A phone with a speaker."""
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    listening = Ear(SoftphoneProcess())
    await listening.phone.start()
    await listening.phone.do(UseSound(sound=Sound()))
    yield listening
    await listening.phone.close()


def play(path: Path, begin_s: float = 0.0, key: bytes = KEY) -> PlayRecording:
    return PlayRecording(path=str(path), key=key, begin_s=begin_s)


async def test_both_sides_are_heard_and_how_far_it_is(ear: Ear, machine: Machine, tmp_path: Path) -> None:
    write_tones(tmp_path / "call", KEY, seconds=120)
    await ear.phone.do(play(tmp_path / "call"))
    await ear.wait(PlayingChanged, lambda event: event.state == "playing" and event.seconds > 0)
    heard = array("h", await asyncio.to_thread(machine.record, 1.5))
    for hertz in (AGENT_HZ, CUSTOMER_HZ):
        assert max(amplitude(heard[start : start + 800], hertz) for start in range(0, len(heard) - 800, 800)) > 3_000
    since = len(ear.heard)
    await ear.phone.do(play(tmp_path / "call", begin_s=119.5))  # in place of the first
    ended = await ear.wait(PlayingChanged, lambda event: event.state != "playing", since=since)
    assert ended.state == "ended"
    assert ended.seconds == pytest.approx(120)
    places = [event.seconds for event in ear.heard[since:] if isinstance(event, PlayingChanged) and event.seconds > 119]
    assert places == sorted(places)


async def test_one_stops_it_and_goes_on_from_there(ear: Ear, machine: Machine, tmp_path: Path) -> None:
    write_tones(tmp_path / "call", KEY, seconds=60)
    await ear.phone.do(play(tmp_path / "call", begin_s=30))
    await ear.wait(PlayingChanged, lambda event: event.seconds > 30)
    since = len(ear.heard)
    await ear.phone.do(UseSound(sound=Sound(speaker="Desk-bell")))  # another device: it goes on there
    await ear.wait(PlayingChanged, lambda event: event.seconds > 30.3, since=since)
    assert machine.players("ringer") == 1 + 1  # the calls' and this one
    since = len(ear.heard)
    await ear.phone.do(StopPlaying())
    stopped = await ear.wait(PlayingChanged, lambda event: event.state != "playing", since=since)
    assert stopped.state == "stopped"
    assert stopped.seconds > 30.3
    await ear.phone.do(StopPlaying())  # once more changes nothing
    assert ear.heard[-1] == stopped


async def test_what_cannot_be_played_is_said(ear: Ear, tmp_path: Path) -> None:
    write_tones(tmp_path / "call", KEY, seconds=3)
    (tmp_path / "note").write_bytes(b"a letter to somebody" * 5)
    asked = (play(tmp_path / "none"), play(tmp_path / "note"), play(tmp_path / "call", key=bytes(32)))
    for act in asked:
        since = len(ear.heard)
        await ear.phone.do(act)
        told = await ear.wait(PlayingChanged, since=since)
        assert (told.state, told.reason) == ("failed", "the recording can't be read")
    since = len(ear.heard)
    await ear.phone.do(UseSound(sound=Sound(is_silent=True)))
    await ear.phone.do(play(tmp_path / "call"))
    told = await ear.wait(PlayingChanged, since=since)
    assert (told.state, told.reason) == ("failed", "no speaker: sound is off")


def test_two_sides_are_added_and_never_turn_over() -> None:
    samples = array("h", [1, 2, 30_000, 30_000, -30_000, -30_000])
    part = Part(shape=Shape(rate=16_000, channels=2), ticks=1, paused=0, is_last=True, sound=samples.tobytes())
    assert list(array("h", mixed(part))) == [3, 32_767, -32_767]
