"""Recording on the screen: begun by a key, said wherever the call is, and listened to where the call is shown."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk.desk import Connection
from app.domain.calls.queries import CallRow, call
from app.domain.calls.rules import call_id_of
from app.domain.tenants.recording import RecordingRules
from app.kernel.errors import NotHere
from softphone.api import (
    CallChanged,
    CallRinging,
    PauseRecording,
    PlayingChanged,
    PlayRecording,
    RecordingChanged,
    ResumeRecording,
    StartRecording,
    StopPlaying,
)
from softphone.scripted import ScriptedSoftphone
from tests.demo import cast
from tests.demo.story import LUCA_NUMBER
from tests.ui.conftest import until
from tests.ui.working import bar_of, console_at_work
from ui.console.console import Console
from ui.features.calls.player_view import RecordingPlayer
from ui.features.settings.recording_section import RecordingSection
from ui.theme.apply import wear

SHOTS = os.environ.get("PATCHBAY_SHOTS")  # a folder: what the screens look like, for who wants to judge it


@asynccontextmanager
async def console_of(folder: Path, email: str = cast.SUPERVISOR) -> AsyncIterator[Console]:
    """The supervisor, who says before a recording what has to be said."""
    async with console_at_work(folder, email=email) as made:
        await until(lambda: made.core.desk.workspace.value is not None)
        set_rules(made)
        yield made


def set_rules(console: Console, how: str = "on_demand") -> None:
    place = console.core.desk.workspace.value
    assert place is not None
    rules = RecordingRules(incoming=how, outgoing=how, announcement="This call is recorded for training. Is that all right?")
    console.core.desk.workspace.set(msgspec.structs.replace(place, recording=rules))


def phone_of(console: Console) -> ScriptedSoftphone:
    phone = console.core.phone
    assert isinstance(phone, ScriptedSoftphone)
    return phone


async def talk(console: Console, call_id: int = 1) -> None:
    """Luca calls, and is answered."""
    phone = phone_of(console)
    phone.say(
        CallRinging(
            call_id=call_id, sip_call_id=f"{call_id}@x", number=LUCA_NUMBER, name="", queue="Billing", line=1, invite_read_us=1
        )
    )
    await until(lambda: any(each.card for each in console.core.calls.calls.value))
    change(console, "active", call_id)
    await until(console.call_panel.isVisible)


def change(console: Console, state: Any, call_id: int = 1) -> None:
    phone_of(console).say(
        CallChanged(
            call_id=call_id, sip_call_id=f"{call_id}@x", state=state, number=LUCA_NUMBER, direction="in", line=1, sip_code=200
        )
    )


def said(console: Console, state: Any, seconds: float = 0.0, reason: str = "") -> None:
    phone_of(console).say(RecordingChanged(call_id=1, state=state, seconds=seconds, reason=reason))


def acts(console: Console, kind: type) -> list[Any]:
    return [act for act in phone_of(console).acts if isinstance(act, kind)]


async def recorded(console: Console, *, ends: bool = True) -> CallRow:
    """A call of Luca's whose recording is with it."""
    await talk(console)
    console.recording.toggle()
    await until(lambda: acts(console, StartRecording))
    said(console, "recording")
    phone_of(console).finish_recording(seconds=6.0, paused=[(2.0, 3.5)])
    if ends:
        change(console, "ended")
    wanted = call_id_of(console.core.desk.tenant_id, "1@x")
    async with asyncio.timeout(60):
        while True:
            try:
                row = await console.core.desk.read(lambda reader: call(reader, wanted))
                if row.recording.parts:
                    return row
            except NotHere:
                pass
            await asyncio.sleep(0.01)


async def shot(console: Console, name: str) -> None:
    """A picture in both themes, for who asked for one."""
    if not SHOTS:
        return
    for theme in ("light", "dark"):
        wear(theme, is_still=True)
        await asyncio.sleep(0.1)
        console.window.grab().save(f"{SHOTS}/{name}-{theme}-{console.window.width()}.png")
    wear("light", is_still=True)


def players(console: Console) -> list[RecordingPlayer]:
    return [each for each in console.window.findChildren(RecordingPlayer) if each.isVisibleTo(console.window)]


async def test_a_key_begins_pauses_and_goes_on_and_each_is_said(tmp_path: Path) -> None:
    async with console_of(tmp_path) as console:
        await talk(console)
        strip = console.call_panel.tape
        assert strip.isVisibleTo(console.call_panel)
        assert "training" in strip._say.text()
        await shot(console, "call-off")
        action = console.window.actions_known.get("call.record")
        assert action.keys == "Ctrl+Shift+R"
        assert action.is_possible()
        console.window.actions_known.run("call.record")
        await until(lambda: acts(console, StartRecording))
        said(console, "recording", 3.0)
        bar = bar_of(console)
        assert bar.mark is not None
        assert (strip._word.text(), strip.key.accessibleName(), bar.mark.words) == ("Recording", "Pause recording", "Recording")
        assert bar.mark.text() in {"0:03", "0:04", "0:05"} or bar.mark.text() > "0:05"
        await shot(console, "call-recording")
        console.calls.act("record")
        await until(lambda: acts(console, PauseRecording))
        said(console, "paused", 4.0)
        assert (strip._word.text(), strip.key.text()) == ("Paused", "Record on")
        await shot(console, "call-paused")
        QTest.mouseClick(strip.key, Qt.MouseButton.LeftButton)
        await until(lambda: acts(console, ResumeRecording))
        said(console, "failed", 5.0, "no room on the disk")
        assert (strip._word.text(), strip._say.text()) == ("Not recorded", "no room on the disk")
        assert console.core.calls.current is not None
        await shot(console, "call-failed")


async def test_a_call_that_may_not_be_recorded_offers_nothing(tmp_path: Path) -> None:
    async with console_of(tmp_path) as console:
        set_rules(console, "never")
        await talk(console)
        assert not console.call_panel.tape.isVisibleTo(console.call_panel)
        assert not console.window.actions_known.get("call.record").is_possible()
        assert bar_of(console).mark is None
        assert all(key.act != "record" for key in bar_of(console).keys)


async def test_the_call_says_that_it_was_recorded_and_is_listened_to_by_keys(tmp_path: Path) -> None:
    async with console_of(tmp_path) as console:
        row = await recorded(console)
        await console.core.calls.finish("resolved")
        console.open_conversation(row.conversation_id)
        await until(lambda: players(console))
        [player] = players(console)
        assert player.listen.text() == "Listen to the recording, 0:06"
        await shot(console, "call-page-closed")
        console.window.actions_known.run("recording.listen")
        await until(lambda: acts(console, PlayRecording))
        [player] = players(console)
        assert player._open.isVisible()
        phone_of(console).say(PlayingChanged(state="playing", seconds=4.0))
        assert player._time.text() == "0:04 / 0:06"
        await shot(console, "call-page-playing")
        player.wave.setFocus()
        QTest.keyClick(player.wave, Qt.Key.Key_Space)
        await until(lambda: acts(console, StopPlaying))
        QTest.keyClick(player.wave, Qt.Key.Key_Left)
        await until(lambda: player._time.text() == "0:00 / 0:06")
        QTest.keyClick(player.wave, Qt.Key.Key_End)
        await until(lambda: player._time.text() == "0:06 / 0:06")
        QTest.mouseClick(player.speed, Qt.MouseButton.LeftButton)
        await until(lambda: player.speed.text() == "1.25×")
        told = [act.name for act in await console.core.replica.acts(50)]
        assert told.count("call.listen") == 1


async def test_the_persons_timeline_and_the_list_of_calls_tell_of_it(tmp_path: Path) -> None:
    async with console_of(tmp_path) as console:
        row = await recorded(console)
        await console.core.calls.finish("resolved")
        console.window.show_page("calls")
        page: Any = console.window.stack.currentWidget()
        await until(lambda: page._model.rowCount() > 0)
        await until(lambda: page._model.row_at(page._model.index(0, 0)).id == row.id)
        line = page._model.row_at(page._model.index(0, 0))
        assert line.recorded == ("0:06", "play", "text")
        assert "recorded" in line.sentence
        await shot(console, "calls")
        assert row.contact_id is not None
        console.open_contact(row.contact_id)
        await until(lambda: players(console))
        assert players(console)[0].listen.text() == "Listen to the recording, 0:06"
        QTest.mouseClick(players(console)[0].listen, Qt.MouseButton.LeftButton)
        await until(lambda: acts(console, PlayRecording))
        await shot(console, "contact-playing")


async def test_who_may_not_listen_is_offered_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    async with console_of(tmp_path) as console:
        may = console.core.desk.may
        monkeypatch.setattr(console.core.desk, "may", lambda right: right != "call:listen" and may(right))
        row = await recorded(console)
        await console.core.calls.finish("resolved")
        console.open_conversation(row.conversation_id)
        await until(
            lambda: console.thread_panel.header.value is not None and console.thread_panel.header.value.id == row.conversation_id
        )
        assert players(console) == []
        assert not console.window.actions_known.get("recording.listen").is_possible()


async def test_what_lies_on_the_server_is_said_while_it_is_away(tmp_path: Path) -> None:
    async with console_of(tmp_path) as console:
        row = await recorded(console)
        await console.core.calls.finish("resolved")
        for path in (console.core.sign_in.store.files_path / "outgoing").iterdir():
            path.unlink()
        console.core.desk.connection.set(Connection(state="offline"))
        console.open_conversation(row.conversation_id)
        await until(lambda: players(console))
        console.window.actions_known.run("recording.listen")
        await until(lambda: "not on this device" in players(console)[0]._note.text())
        await shot(console, "call-page-away")


async def test_the_setting_is_seen_and_not_changed_while_the_server_is_away(tmp_path: Path) -> None:
    async with console_of(tmp_path, cast.ADMINISTRATOR) as console:
        console.open_settings("recording")
        [section] = console.window.findChildren(RecordingSection)
        await until(lambda: section._why.isVisibleTo(section))
        assert section.incoming.value == "on_demand"
        assert not section.incoming.isEnabled()
        assert section.kept.currentText() == "90 days"
        await shot(console, "settings-recording")
