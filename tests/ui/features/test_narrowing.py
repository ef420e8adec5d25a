"""The lists of accounts and conversations are narrowed to a tag, an owner and a state, by the keyboard."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.accounts.commands import AssignAccount, CreateAccount, LockAccount
from app.domain.conversations.commands import EditConversation, SetConversationStatus
from app.domain.conversations.queries import conversation_ids
from app.domain.users.queries import users
from app.kernel.ids import new_id
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work
from ui.bridge.narrow_row import NarrowChoice
from ui.console.console import Console
from ui.features.accounts.view import AccountsPage
from ui.theme.apply import wear

NONE = Qt.KeyboardModifier.NoModifier


def picture(console: Console, name: str) -> None:
    for scheme in ("light", "dark") if os.environ.get("PATCHBAY_PICTURES") else ():
        wear(scheme, is_still=True)
        console.window.grab().save(f"{os.environ['PATCHBAY_PICTURES']}/{name}-{console.window.width()}-{scheme}.png")
        wear("light", is_still=True)


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Console]:
    async with console_at_work(folder) as console:
        console.window.resize(1280, 800)
        console.window.activateWindow()
        await until(console.window.isActiveWindow)
        yield console


def press(console: Console, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """As a hand does: into whatever has the focus."""
    QTest.keyClick(QApplication.focusWidget() or console.window, key, modifier)


async def choose(console: Console, choice: NarrowChoice, text: str) -> None:
    """By the arrows, once it is offered."""
    await until(lambda: choice.findText(text) >= 0)
    press(console, Qt.Key.Key_Escape)
    press(console, Qt.Key.Key_F)
    for _ in range(3):
        if QApplication.focusWidget() is choice:
            break
        press(console, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is choice
    press(console, Qt.Key.Key_Home)
    for _ in range(choice.findText(text)):
        press(console, Qt.Key.Key_Down)
    assert choice.currentText() == text


def shown(page: Any) -> list[str]:
    return [page._model.row_at(page._model.index(place)).name for place in range(page._model.rowCount())]


async def test_accounts_are_narrowed_by_keys_and_all_are_shown_again(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        desk = console.core.desk
        maya = next(each for each in await desk.read(users) if each.name == "Maya Kapoor")
        ids = {name: new_id() for name in ("Aaa mine", "Aaa mayas", "Aaa nobodys")}
        for name, account_id in ids.items():
            await desk.run(CreateAccount(account_id=account_id, name=name, tags=("zebra",) if "ma" in name else ()))
        await desk.run(AssignAccount(account_id=ids["Aaa mayas"], owner_id=maya.id, team_id=None))
        await desk.run(AssignAccount(account_id=ids["Aaa nobodys"], owner_id=None, team_id=None))
        await desk.run(LockAccount(account_id=ids["Aaa nobodys"]))
        page = console.window.show_page("accounts")
        assert isinstance(page, AccountsPage)
        tag, owner, state = page.narrow_row.choices.values()
        await until(lambda: not tag.isHidden() and owner.count() > 3 and page._model.rowCount() > 3)
        everything = len(shown(page))
        press(console, Qt.Key.Key_Escape)  # out of the field that finds a name
        press(console, Qt.Key.Key_F)
        assert QApplication.focusWidget() is tag
        await choose(console, tag, "zebra")
        await until(lambda: shown(page) == ["Aaa mayas"])
        picture(console, "accounts-narrowed")
        await choose(console, owner, "Nobody's")
        await until(lambda: shown(page) == [])
        assert page._empty.isVisible()
        picture(console, "accounts-none")
        press(console, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
        await until(lambda: len(shown(page)) == everything)
        assert (tag.currentIndex(), owner.currentIndex()) == (0, 0)
        press(console, Qt.Key.Key_F)
        await choose(console, owner, "Maya Kapoor")
        await until(lambda: "Aaa mayas" in shown(page) and "Aaa mine" not in shown(page))
        await choose(console, owner, "Anybody's")
        await choose(console, state, "Locked")
        await until(lambda: shown(page) == ["Aaa nobodys"])
        press(console, Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is page.list
        assert unnamed(page.narrow_row) == []
        asked: list[object] = []
        page.export_wanted.connect(asked.append)
        page.export.click()
        assert asked == [{"starting_with": "", "is_locked": True}], "what leaves is what is shown"
        assert await page._accounts.everything() == [ids["Aaa nobodys"]], "and so is what Ctrl A chooses"


async def test_conversations_are_narrowed_by_keys(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        desk, inbox, view = console.core.desk, console.inbox, console.inbox_page.list
        talks = await desk.read(lambda reader: conversation_ids(reader, view="all"))
        await desk.run(EditConversation(conversation_id=talks[0], patch={"tags": ["zebra"]}))
        await desk.run(SetConversationStatus(conversation_id=talks[1], status="pending"))

        def ids() -> list[UUID]:
            return [view._model.row_at(view._model.index(place)).id for place in range(view._model.rowCount())]

        await until(lambda: view._model.is_loaded)
        assert view.narrow_row.isHidden()
        console.inbox_page.go_to_list()
        press(console, Qt.Key.Key_F)
        state, owner, tag = view.narrow_row.choices.values()
        await until(lambda: owner.count() > 3 and tag.findText("zebra") > 0)
        assert QApplication.focusWidget() is state
        picture(console, "inbox-narrow")
        await choose(console, owner, "Maya Kapoor")
        await until(lambda: inbox.view.value == "all")
        mayas = await desk.read(lambda reader: conversation_ids(reader, owner_id=UUID(hex=owner.value)))
        await until(lambda: ids() == mayas[:50])
        await choose(console, owner, "Anybody's")
        await choose(console, tag, "zebra")
        await until(lambda: ids() == [talks[0]])
        assert inbox.exported() == {"status": "open", "tag": "zebra"}
        picture(console, "inbox-narrowed")
        await choose(console, state, "Pending")
        await until(lambda: ids() == [])
        assert view._empty._button.isVisible(), "all of it is one step away"
        await choose(console, tag, "Any tag")
        await until(lambda: talks[1] in ids())
        press(console, Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is view.list
        press(console, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
        await until(lambda: view.narrow_row.isHidden() and talks[0] in ids())
        assert inbox.exported() == {}


async def test_the_views_of_the_inbox_and_the_owner_never_contradict_each_other(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        inbox = console.inbox
        inbox.narrowing.owner.value.set("nobody")
        assert inbox.view.value == "all"
        unassigned = await console.core.desk.read(lambda reader: conversation_ids(reader, view="unassigned"))
        assert await inbox.everything() == unassigned
        inbox.view.set("mine")
        assert inbox.narrowing.owner.is_usual
        mine = await console.core.desk.read(lambda reader: conversation_ids(reader, view="mine"))
        assert await inbox.everything() == mine


async def test_letters_choose_in_a_choice_and_act_elsewhere(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        page = console.window.show_page("accounts")
        assert isinstance(page, AccountsPage)
        owner = page.narrow_row.choices["Owner"]
        await until(lambda: owner.count() > 3)
        owner.setFocus()
        await until(owner.hasFocus)
        owner.showPopup()
        popup = owner.view()
        await until(popup.isVisible)
        QTest.keyClicks(popup, "J")
        QTest.keyClick(popup, Qt.Key.Key_Return)
        await until(lambda: owner.currentText() == "Jonas Weber")
        owner.showPopup()
        await until(popup.isVisible)
        QTest.keyClick(popup, Qt.Key.Key_Escape)
        await until(lambda: not popup.isVisible())
        assert owner.currentText() == "Jonas Weber"
