"""Whatever opens over the screen gives the focus back where it was, and an act that is typed is not lost by a click beside it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.contacts.queries import contacts
from tests.ui.conftest import until
from tests.ui.working import FarServer, console_at_work
from ui.bridge.messages import Choice, Question
from ui.console.console import Console
from ui.features.settings.account_sheet import AccountSheet
from ui.features.settings.viewmodel import SettingsPanel
from ui.widgets.floating import Floating
from ui.widgets.raised import Scrim

ASKED = Question(
    title="End it?", text="It goes on.", choices=(Choice(id="no", text="No"), Choice(id="yes", text="Yes")), safe="no"
)


def floats(console: Console) -> list[Floating]:
    return [each for each in console.window.findChildren(Floating) if not each.isHidden()]


def open_account(console: Console) -> None:
    core = console.core
    panel = SettingsPanel(core.sign_in, core.calls, core.accounts).accounts
    AccountSheet(console.window, panel, console.run, panel.draft("")).open()


async def test_every_float_gives_the_focus_back(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.activateWindow()
        await until(lambda: console.thread_panel.header.value is not None)
        one = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0]
        await FarServer(console).conflict(one.id)
        ways: dict[str, Callable[[], object]] = {
            "somebody new": console.sheets.create, "what I did": console.audit.open_acts, "palette": console.palette.open,
            "history": console.audit.open_shown_history, "outbox": console.outbox_glue.open, "share": console.sharing.open_shown,
            "conflict": console.outbox_glue.decide, "tag": console.tagging.open_shown,
            "question": lambda: console.run(console.messages.ask(ASKED)), "phone account": lambda: open_account(console),
        }  # fmt: skip
        reply = console.inbox_page.talk.composer.text
        for name, show in ways.items():
            reply.setFocus()
            show()
            await until(lambda: floats(console) and not reply.hasFocus())
            focused = QApplication.focusWidget()
            assert focused is not None, name
            QTest.keyClick(focused, Qt.Key.Key_Escape)
            await until(lambda: not floats(console))
            assert reply.hasFocus(), name


async def test_a_click_beside_what_is_typed_keeps_it(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.sheets.create(name="Ana Sousa")
        (scrim,) = [each for each in console.window.findChildren(Scrim) if each.isVisible()]
        QTest.mouseClick(scrim, Qt.MouseButton.LeftButton)
        assert console.sheets.shown is not None
        assert console.sheets.shown.field("name").text == "Ana Sousa"
