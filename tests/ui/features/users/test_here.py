"""Who is here: colleagues as the server tells them, with ages, without the server, and with their state set in their place."""

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.desk.presence import TYPING, VIEWING
from app.domain.conversations.queries import conversations
from app.domain.users.queries import Forced, user
from app.protocol.live import Presence
from tests.demo import cast
from tests.ui.administering import AccessServer, administrator_at_work, button, connect, shown, somebody
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.settings.view import SettingsPage
from ui.features.users.here_view import HereSection

MAYA = somebody(cast.MAYA)


def texts(root: QWidget) -> set[str]:
    return {each.text() for each in root.findChildren(QLabel) if each.isVisible()}


def sentences(section: HereSection) -> dict[str, str]:
    model = section.table.list.model()
    said = [str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount())]
    return {each.partition(",")[0]: each for each in said}


async def opened(console: Console) -> HereSection:
    section = shown(console, "here", HereSection)
    await until(lambda: "Maya Kapoor" in sentences(section))
    return section


async def say(console: Console, server: AccessServer, doing: str, age_s: int) -> str:
    """Maya's console says that she is at the first conversation; whom that is with."""
    talk = (await console.core.desk.read(conversations)).rows[0]
    said = Presence(doing=doing, about=talk.id, user_id=MAYA)
    server.said = [(said, round((console.core.desk.clock.now().timestamp() - age_s) * 1_000_000))]
    return str(talk.contact_name or talk.address)


async def test_colleagues_are_listed_with_what_they_work_on(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        whom = await say(console, server, TYPING, age_s=0)
        section = await opened(console)
        assert len(sentences(section)) == len(cast.COLLEAGUES)
        assert whom in sentences(section)["Maya Kapoor"]
        await say(console, server, VIEWING, age_s=120)
        for watcher in list(console.core.syncer._presence_watchers):
            watcher(server.said[0][0])
        await until(lambda: f"Looks at {whom}, as of " in sentences(section)["Maya Kapoor"])
        assert any(each.startswith("As of ") for each in texts(section))
        assert unnamed(section) == []
        section.open(MAYA)
        await until(section.page.isVisible)
        button(section.page, "Open the conversation").click()
        await until(lambda: console.window.page == "inbox")


async def test_without_the_server_what_was_told_stays_with_its_age(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = await opened(console)
        server.mood = "away"
        connect(console, is_live=False)
        await until(lambda: any(each.startswith("The server is away. This is as of ") for each in texts(section)))
        assert section.table.isVisible()
        assert "Maya Kapoor" in sentences(section)
        server.mood = "strict"
        connect(console)
        await until(section.trouble.isVisible)
        assert "Your roles don't let you see who is here." in texts(section)
        server.mood = "well"
        button(section.trouble, "Try again").click()
        await until(lambda: section.table.isVisible() and "Maya Kapoor" in sentences(section))


async def test_who_never_heard_of_anybody_is_told_why(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        server.mood = "away"
        section = shown(console, "here", HereSection)
        await until(section.trouble.isVisible)
        assert any("is known to the server" in each for each in texts(section))
        server.mood = "troubled"
        button(section.trouble, "Try again").click()
        await until(lambda: any("has a problem (status 500)" in each for each in texts(section)))


async def test_a_state_is_set_in_somebodys_place_and_they_are_told(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        section.open(MAYA)
        page = section.page
        await until(page.isVisible)
        page.choice.setCurrentIndex(page.choice.findData("break"))
        QTest.keyClicks(page.reason.input, "Lunch is served")
        page.set.click()
        desk = console.core.desk
        await until(lambda: "On break" in page.accessibleName())
        maya = await desk.read(lambda reader: user(reader, MAYA))
        assert (maya.state, maya.forced) == ("break", Forced(by_id=desk.user_id, reason="Lunch is served"))
        assert unnamed(section) == []
        QTest.keyClick(page, Qt.Key.Key_Escape)
        await until(section.table.isVisible)
        section.open(desk.user_id)
        assert not page.set.isEnabled(), "one's own is chosen above"

        me = desk.me.value
        assert me is not None
        desk.me.set(msgspec.structs.replace(me, state="away", forced=Forced(by_id=MAYA, reason="Where are you?")))
        chip = console.window.top.state
        await until(lambda: chip.toolTip() == "Maya Kapoor set your state to Away: Where are you?")
        assert chip.toolTip() in texts(console.window)
        console.choose_state("available")
        await until(lambda: chip.toolTip() == "")


async def test_who_may_not_watch_is_not_offered_it(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path, email=cast.MAYA) as (console, _):
        await until(lambda: console.core.desk.me.value is not None)
        console.open_settings("account")
        page = console.window.findChild(SettingsPage)
        assert page is not None
        assert not {"here", "audit"} & {option.id for option in page.list.options}
        assert {each.id for each in console.window.actions_known.all() if each.is_possible()}.isdisjoint(
            {"here", "settings.here"}
        )
        for section in ("here", "audit", "no such thing"):
            console.open_settings(section)
            assert page.section == "account"
        await until(lambda: any("don't let you see this part of the settings" in each for each in texts(console.window)))
