"""Closing the window: a call is never cut off unasked, and what was typed is there the next time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.desk.drafts import Drafts
from app.domain.calls.queries import calls
from app.domain.notes.queries import notes
from softphone.api import CallChanged, CallRinging, HangUp
from softphone.scripted import ScriptedSoftphone
from tests.demo.story import LUCA_NUMBER
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work
from ui.bootstrap import Program
from ui.console.console import Console
from ui.shell.question import QuestionSheet
from ui.widgets.buttons import Button


class Leaver:
    """A console on a call, in a program whose window can be closed."""

    def __init__(self, console: Console) -> None:
        self.console, self.program = console, Program(console.window, console.core.sign_in.store.folder)
        self.program.console = console
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        self.phone = phone

    @property
    def is_over(self) -> bool:
        return self.program._over.is_set()

    async def talk(self) -> None:
        """Luca calls and is answered."""
        self.phone.say(
            CallRinging(call_id=1, sip_call_id="1@x", number=LUCA_NUMBER, name="", queue="Billing", line=1, invite_read_us=1)
        )
        self.change("active")
        await until(lambda: self.console.core.calls.current is not None and self.console.core.calls.current.card is not None)

    def change(self, state: str) -> None:
        self.phone.say(
            CallChanged(
                call_id=1, sip_call_id="1@x", state=state, number=LUCA_NUMBER, direction="in", line=1,  # type: ignore[arg-type] # as the tests say
                sip_code=200, reason="",
            )
        )  # fmt: skip

    async def sheet(self) -> QuestionSheet:
        await until(lambda: self.console.window.findChildren(QuestionSheet))
        return self.console.window.findChildren(QuestionSheet)[0]


@asynccontextmanager
async def leaver(folder: Path) -> AsyncIterator[Leaver]:
    async with console_at_work(folder) as console:
        yield Leaver(console)


def press(root: QWidget, text: str) -> None:
    next(each for each in root.findChildren(Button) if each.text() == text).click()


async def test_without_a_call_the_window_closes_at_once(tmp_path: Path) -> None:
    async with leaver(tmp_path) as it:
        it.console.window.close()
        await until(lambda: it.is_over)
        assert not it.console.window.findChildren(QuestionSheet)


async def test_on_a_call_it_asks_and_escape_stays(tmp_path: Path) -> None:
    async with leaver(tmp_path) as it:
        await it.talk()
        it.console.window.activateWindow()
        it.console.window.actions_known.run("quit")
        sheet = await it.sheet()
        assert "You are on a call with" in sheet.accessibleName()
        assert unnamed(sheet) == []
        it.console.window.close()  # once more while it asks: one question is enough
        await asyncio.sleep(0.02)
        assert len(it.console.window.findChildren(QuestionSheet)) == 1
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not it.console.window.findChildren(QuestionSheet))
        assert not it.is_over
        assert HangUp(call_id=1) not in it.phone.acts
        it.change("ended")


async def test_hanging_up_ends_the_call_writes_the_log_and_then_closes(tmp_path: Path) -> None:
    async with leaver(tmp_path) as it:
        await it.talk()
        it.console.call_panel.write_note("Wants the corrected invoice.")
        it.console.window.close()
        press(await it.sheet(), "Hang up and close")
        await until(lambda: HangUp(call_id=1) in it.phone.acts)
        assert not it.is_over
        it.change("ended")
        await until(lambda: it.is_over)
        last = (await it.console.core.desk.read(lambda reader: calls(reader, limit=1))).rows[0]
        assert (last.state, last.outcome) == ("ended", "answered")
        contact_id = last.contact_id
        assert contact_id is not None
        written = await it.console.core.desk.read(lambda reader: notes(reader, contact_id=contact_id))
        assert "Wants the corrected invoice." in [note.text for note in written]


async def test_what_was_typed_a_moment_before_is_kept_without_a_word(tmp_path: Path) -> None:
    async with leaver(tmp_path) as it:
        panel = it.console.thread_panel
        await until(lambda: panel.conversation_id is not None)
        composer = it.console.inbox_page.talk.composer
        composer.begin(is_note=False)
        QTest.keyClicks(composer.text, "Dear Amara, ")
        it.console.window.close()
        await until(lambda: it.is_over)
        conversation_id = panel.conversation_id
        assert conversation_id is not None
        assert (await Drafts(it.console.core.replica).load(conversation_id)).text == "Dear Amara, "
        assert not it.console.window.findChildren(QuestionSheet)
