"""Listening to a recording: with the server away, both sides seen, faster without higher voices, and told once."""

from pathlib import Path

import numpy as np
import pytest

from app.desk.desk import Connection
from app.desk.playing import Player
from app.desk.stretch import Stretcher
from app.desk.telephony import PhoneTrouble
from app.domain.calls.queries import CallRow
from app.kernel.permissions import Actor
from softphone.api import PhoneError, PlayingChanged, PlayRecording, StopPlaying
from softphone.recorded import read_recording
from tests.desk.test_taping import Studio, loudness, studio  # noqa: F401 - a fixture


async def recorded(studio: Studio) -> tuple[Player, CallRow]:  # noqa: F811
    """A call of two seconds with a pause, and somebody who may listen."""
    call = await studio.talk()
    await studio.taping.start(call)
    studio.work.phone.finish_recording(seconds=2.0, paused=[(0.5, 1.0)])
    row, _ = await studio.kept()
    studio.work.change("ended")
    await studio.work.logged(lambda each: each.state == "ended")
    player = Player(studio.work.desk, studio.work.calls, studio.work.phone, studio.files, studio.folder / "heard")
    studio.work.phone.acts.clear()
    return player, row


def heard(player: Player, studio: Studio) -> np.ndarray:  # noqa: F811
    """What the phone was given to play."""
    asked = next(act for act in reversed(studio.work.phone.acts) if isinstance(act, PlayRecording))
    pieces: list[bytes] = []
    read_recording(Path(asked.path), asked.key, pieces.append)
    return np.frombuffer(b"".join(pieces), dtype="<i2").reshape(-1, 2)


async def test_a_recording_is_heard_with_the_server_away(studio: Studio) -> None:  # noqa: F811
    player, row = await recorded(studio)
    await player.open(row.id)
    playback = player.playback.value
    assert (playback.state, playback.seconds, len(playback.peaks)) == ("ready", 2.0, 40)
    assert playback.file is not None
    assert playback.file.gaps == ((0.5, 0.5),)
    agent, customer = zip(*playback.peaks, strict=True)
    assert all(0.2 < loud < 0.3 for loud in (*agent[:9], *customer[:9], *agent[21:]))
    assert max((*agent[11:19], *customer[11:19])) == 0.0
    await player.toggle()
    assert player.playback.value.state == "playing"
    sound = heard(player, studio)
    assert len(sound) == 32_000
    assert loudness(sound[:7_000, 0], 16_000, 440) > 1_000
    studio.work.phone.say(PlayingChanged(state="playing", seconds=1.25))
    assert player.playback.value.at_s == 1.25
    await player.toggle()
    assert (player.playback.value.state, studio.work.phone.acts[-1]) == ("ready", StopPlaying())
    await player.seek(99)
    await player.toggle()  # from the end: from the beginning
    asked = studio.work.phone.acts[-1]
    assert isinstance(asked, PlayRecording)
    assert asked.begin_s == 0.0
    studio.work.phone.say(PlayingChanged(state="ended", seconds=2.0))
    assert (player.playback.value.state, player.playback.value.at_s) == ("ready", 2.0)
    await player.close()
    assert not (studio.folder / "heard").exists()


async def test_one_listens_faster_from_the_same_place(studio: Studio) -> None:  # noqa: F811
    player, row = await recorded(studio)
    await player.open(row.id)
    await player.play()
    studio.work.phone.say(PlayingChanged(state="playing", seconds=1.0))
    await player.use_speed(2.0)
    asked = studio.work.phone.acts[-1]
    assert isinstance(asked, PlayRecording)
    assert (player.playback.value.state, player.playback.value.at_s, asked.begin_s) == ("playing", 1.0, 0.5)
    assert 0.9 * 16_000 < len(heard(player, studio)) < 1.1 * 16_000
    studio.work.phone.say(PlayingChanged(state="playing", seconds=0.75))
    assert player.playback.value.at_s == 1.5


@pytest.mark.parametrize("speed", [1.25, 1.5, 2.0])
def test_voices_stay_as_high_as_they_were_and_both_sides_together(speed: float) -> None:
    rate = 16_000
    moments = np.arange(4 * rate) / rate
    sides = [9_000 * np.sin(2 * np.pi * hertz * moments) * (moments % 1 < 0.5) for hertz in (220, 500)]
    sound = np.stack(sides, axis=1).astype(np.int16)
    stretcher = Stretcher(rate, speed)
    given = np.concatenate([stretcher.take(sound[at : at + 3_000]) for at in range(0, len(sound), 3_000)])
    assert abs(len(given) - len(sound) / speed) < 0.1 * rate
    for side, hertz in enumerate((220, 500)):
        loud = {each: loudness(given[:, side], rate, each) for each in (hertz, round(hertz * speed))}
        assert loud[hertz] > 5 * loud[round(hertz * speed)]
    quiet = [
        np.abs(given[:, side].astype(int)).reshape(-1)[: len(given) // 160 * 160].reshape(-1, 160).max(axis=1) < 500
        for side in (0, 1)
    ]
    assert (quiet[0] == quiet[1]).mean() > 0.95


async def test_who_listens_is_told_once_in_a_quarter_of_an_hour(studio: Studio) -> None:  # noqa: F811
    player, row = await recorded(studio)
    for _ in range(2):
        await player.open(row.id)
        await player.play()
        await player.pause()
        await player.play()
    told = [act.name for act in await studio.work.replica.acts(50)]
    assert told.count("call.listen") == 1


async def test_what_is_not_here_is_said_to_be_on_the_server(studio: Studio) -> None:  # noqa: F811
    player, row = await recorded(studio)
    for path in (studio.folder / "outgoing").iterdir():
        path.unlink()
    studio.work.desk.connection.set(Connection(state="offline"))
    await player.open(row.id)
    assert player.playback.value.state == "away"
    await player.toggle()
    assert studio.work.phone.acts == []


async def test_what_is_no_recording_any_more_is_said(studio: Studio) -> None:  # noqa: F811
    player, row = await recorded(studio)
    for path in (studio.folder / "outgoing").iterdir():
        path.write_bytes(path.read_bytes()[:-40] + bytes(40))
    studio.work.desk.connection.set(Connection(state="offline"))
    await player.open(row.id)
    assert player.playback.value.state in {"away", "failed"}
    assert studio.work.phone.acts == []


async def test_a_call_that_comes_silences_it_and_a_phone_that_cannot_says_why(studio: Studio) -> None:  # noqa: F811
    player, row = await recorded(studio)
    await player.open(row.id)
    studio.work.phone.answers[PlayRecording] = PhoneError("no speaker")
    with pytest.raises(PhoneTrouble, match="no speaker"):
        await player.toggle()
    assert player.playback.value.state == "ready"
    del studio.work.phone.answers[PlayRecording]
    await player.toggle()
    studio.work.ring("+390655509999", 7)
    await studio.work.until(lambda: player.playback.value.state == "ready")
    assert StopPlaying() in studio.work.phone.acts
    await player.toggle()
    studio.work.phone.say(PlayingChanged(state="failed", seconds=0.3, reason="the speaker was pulled out"))
    assert "pulled out" in str(player.playback.value.error)


async def test_who_may_not_listen_opens_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    player, row = await recorded(studio)
    may = Actor.may
    monkeypatch.setattr(Actor, "may", lambda self, right, keys=None: right != "call:listen" and may(self, right, keys))
    await player.open(row.id)
    assert player.playback.value.state == "forbidden"
