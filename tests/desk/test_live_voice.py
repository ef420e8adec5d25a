"""The line's quality follows the call that is talked on, from the last seconds alone, and is said to be poor once."""

from collections.abc import Iterable

import msgspec
import pytest

from app.desk.echo_call import EchoCall, Limits
from app.desk.live_voice import RECOVERED, SILENT, TURNED, WINDOW, LineQuality, LiveVoice, Trail
from app.desk.profile import SipAccount
from softphone.api import Dial, Event, PhoneError, PhoneLost, RegistrationChanged, VoiceFigures, WatchVoice
from tests.demo.story import LUCA_NUMBER
from tests.desk.conftest import Work

FIRST = VoiceFigures(
    call_id=1, codec="G722", clock_rate_hz=16000, round_trip_ms=28.0, jitter_ms=3.0, lost=0, packets_in=50, packets_out=50
)
BAD = 20  # percent
ON, OFF = WatchVoice(is_on=True), WatchVoice(is_on=False)


def seconds(count: int, last: VoiceFigures = FIRST, *, loss: int = 0, is_silent: bool = False) -> list[VoiceFigures]:
    """What the phone tells in the next seconds, of 50 packets each."""
    told = []
    for _ in range(count):
        came = 0 if is_silent else 50 * (100 - loss) // 100
        lost = 0 if is_silent else 50 - came
        last = msgspec.structs.replace(last, packets_in=last.packets_in + came, lost=last.lost + lost)
        told.append(last)
    return told


def after(figures: Iterable[VoiceFigures]) -> Trail:
    trail = Trail()
    for each in figures:
        trail = trail.after(each)
    return trail


def quality_after(figures: Iterable[VoiceFigures]) -> LineQuality:
    quality = after(figures).quality
    assert quality is not None
    return quality


def test_nothing_is_said_before_something_came() -> None:
    untold = msgspec.structs.replace(FIRST, packets_in=0)
    assert after([]).quality is None
    assert after([FIRST]).quality is None
    assert after([untold] * SILENT).quality is None


def test_loss_is_that_of_the_last_seconds() -> None:
    bad = seconds(WINDOW, loss=BAD)
    assert quality_after([FIRST, *bad]).loss_percent == BAD
    assert quality_after([FIRST, *bad]).verdict == "poor"
    calm = quality_after([FIRST, *bad, *seconds(WINDOW, bad[-1])])
    assert (calm.loss_percent, calm.verdict) == (0.0, "good")
    assert calm.figures.loss_percent > 0


def test_a_packet_that_comes_late_after_all_is_lost_no_more() -> None:
    before = msgspec.structs.replace(FIRST, lost=3)
    assert quality_after([before, msgspec.structs.replace(before, lost=1, packets_in=102)]).loss_percent == 0.0


@pytest.mark.parametrize(("round_trip_ms", "verdict"), [(None, "good"), (28.0, "good"), (640.0, "fair"), (900.0, "poor")])
def test_what_comes_late_makes_the_line_worse(round_trip_ms: float | None, verdict: str) -> None:
    late = msgspec.structs.replace(FIRST, round_trip_ms=round_trip_ms)
    assert quality_after([late, *seconds(3, late)]).verdict == verdict


def test_a_line_on_which_nothing_comes_is_poor_until_something_does() -> None:
    silent = seconds(SILENT, is_silent=True)
    found = quality_after([FIRST, *silent])
    assert (found.is_silent, found.verdict) == (True, "poor")
    assert quality_after([FIRST, *silent, *seconds(1, silent[-1])]).verdict == "good"


def test_a_new_stream_counts_anew() -> None:
    bad = [FIRST, *seconds(WINDOW, loss=BAD)]
    assert after([*bad, FIRST]).quality is None
    other_codec = msgspec.structs.replace(bad[-1], codec="PCMA", packets_in=bad[-1].packets_in + 50)
    assert after([*bad, other_codec]).quality is None


def say(work: Work, events: Iterable[Event]) -> None:
    for event in events:
        work.phone.say(event)


def shown(voice: LiveVoice) -> LineQuality | None:
    return voice.quality.value


async def talk(work: Work) -> LiveVoice:
    voice = LiveVoice(work.phone, work.calls, work.desk.tasks)
    work.ring(LUCA_NUMBER)
    await work.until(lambda: bool(work.popped))
    assert work.phone.acts == []  # while it only rings
    say(work, [FIRST, *seconds(2)])
    assert voice.quality.value is None
    work.change("active")
    await work.until(lambda: work.phone.acts == [ON])
    return voice


async def test_it_is_watched_while_one_talks_and_neither_on_hold_nor_afterwards(work: Work) -> None:
    voice, changes = await talk(work), list[object]()
    work.calls.calls.subscribe(changes.append)
    say(work, [FIRST, *seconds(3), msgspec.structs.replace(FIRST, call_id=2)])
    found = shown(voice)
    assert found is not None
    assert found.figures == seconds(3)[-1]
    assert changes == []  # nobody else hears of it
    work.change("held")
    assert shown(voice) is None
    await work.until(lambda: work.phone.acts == [ON, OFF])
    say(work, seconds(4))
    assert shown(voice) is None
    work.change("active")
    await work.until(lambda: work.phone.acts == [ON, OFF, ON])
    say(work, seconds(2))
    assert shown(voice) is not None
    work.change("ended")
    assert shown(voice) is None
    await work.until(lambda: work.phone.acts == [ON, OFF, ON, OFF])
    voice.close()


async def test_that_the_line_is_poor_is_said_once_in_a_call(work: Work) -> None:
    voice, said = await talk(work), list[bool]()
    voice.is_poor.subscribe(said.append)
    bad = seconds(TURNED, loss=BAD)
    say(work, [FIRST, *bad[:-1]])
    assert said == []
    say(work, bad[-1:])
    assert said == [True]
    good = seconds(WINDOW + RECOVERED, bad[-1])
    say(work, good)
    assert said == [True, False]
    say(work, seconds(2 * TURNED, good[-1], loss=BAD))
    assert said == [True, False]
    found = shown(voice)
    assert found is not None
    assert found.verdict == "poor"
    work.change("ended")
    work.ring(LUCA_NUMBER)
    work.change("active")
    say(work, [FIRST, *bad])
    assert said == [True, False, True]
    voice.close()


async def test_a_phone_that_dies_and_does_not_answer_leaves_nothing_behind(work: Work) -> None:
    voice = await talk(work)
    say(work, [FIRST, *seconds(TURNED, loss=BAD)])
    work.phone.answers[WatchVoice] = PhoneError("the phone is being started again")
    work.phone.say(PhoneLost(reason="signal 11", lost_calls=[1]))
    assert (voice.quality.value, voice.is_poor.value) == (None, False)
    await work.until(lambda: work.phone.acts == [ON, OFF])
    voice.close()


async def test_a_test_call_that_ends_takes_no_figures_from_a_real_one(work: Work) -> None:
    work.phone.answers[Dial] = 7
    work.calls.lines.use((SipAccount(id="first", user="2041", domain="pbx.example"),))
    work.phone.say(RegistrationChanged(account="first", state="registered"))
    voice = LiveVoice(work.phone, work.calls, work.desk.tasks)
    echo = EchoCall(work.phone, work.calls, work.desk.tasks, Limits(answer_s=600, end_s=600))
    echo.begin("*43")
    await work.until(lambda: echo.run.value.call_id == 7)
    work.ring(LUCA_NUMBER)
    work.change("active")
    echo.stop()
    await work.until(lambda: any(not isinstance(act, Dial | WatchVoice) for act in work.phone.acts))
    assert [act for act in work.phone.acts if isinstance(act, WatchVoice)] == [ON]
    work.change("ended")
    await work.until(lambda: [act for act in work.phone.acts if isinstance(act, WatchVoice)] == [ON, OFF])
    voice.close()


async def test_figures_that_come_no_more_are_shown_no_longer(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    voice = await talk(work)
    monkeypatch.setattr("app.desk.live_voice.STALE_S", 0.01)
    say(work, [FIRST, *seconds(2)])
    assert shown(voice) is not None
    await work.until(lambda: shown(voice) is None)  # the other side lets one wait
    say(work, seconds(2))
    assert shown(voice) is not None
    voice.close()
