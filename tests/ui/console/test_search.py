"""The palette searches the whole device, says what it looked for and how long it took, and asks the server for the rest."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk.desk import Connection
from app.domain.contacts.queries import contacts
from app.domain.search.queries import Found, Group
from app.domain.search.showing import Hit as Record
from app.kernel.errors import NeedsServer
from tests.demo import cast
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.shell.palette import CommandPalette
from ui.shell.palette_rows import HitRow


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Console]:
    """Until the first try to reach the server has failed, and until what was begun has ended."""
    async with console_at_work(folder) as console:
        console.window.resize(1440, 900)
        await until(lambda: console.core.desk.connection.value.state == "offline")
        yield console
        await asyncio.sleep(0.3)


def palette(console: Console) -> CommandPalette:
    assert console.palette.shown is not None
    return console.palette.shown


def lines(console: Console) -> list[str]:
    return [row.hit.title for row in palette(console).hits]


def groups(console: Console) -> list[str]:
    return list(dict.fromkeys(row.hit.group.partition(" · ")[0] for row in palette(console).hits))


def line(console: Console, title: str) -> HitRow:
    return next(row for row in palette(console).hits if row.hit.title == title)


async def test_records_of_every_kind_come_below_the_acts_with_their_counts_and_the_time(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.palette.open()
        palette(console).input.setText("re")
        await until(lambda: "Conversations" in groups(console))
        assert groups(console)[0] != "Conversations", "acts stand first"
        assert palette(console)._count.text().endswith(" ms")
        assert " of " in palette(console)._count.text()
        assert "this device" in palette(console)._count.text()


async def test_a_search_shows_records_only_and_enter_opens_the_first(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.palette.search()
        assert lines(console) == [], "no acts; what can be typed is said instead"
        palette(console).input.setText("luca bianchi")
        await until(lambda: "Luca Bianchi" in lines(console))
        assert palette(console).hits[0].hit.title == "Luca Bianchi"
        QTest.keyClick(palette(console).input, Qt.Key.Key_Return)
        await until(lambda: console.window.page == "contacts")
        await until(lambda: console.record_person.person.value is not None)
        person = console.record_person.person.value
        assert person is not None
        assert person.card.name == "Luca Bianchi"


async def test_a_message_opens_its_conversation(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.palette.search()
        palette(console).input.setText("kind:message refund")
        await until(lambda: bool(palette(console).hits))
        first = palette(console).hits[0]
        assert first.hit.marks or first.hit.detail_marks
        QTest.keyClick(palette(console).input, Qt.Key.Key_Return)
        await until(lambda: console.thread_panel.header.value is not None)
        assert console.window.page == "inbox"


async def test_a_slip_and_a_bad_query_are_said(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.palette.search()
        palette(console).input.setText("delivrey ")
        await until(lambda: bool(palette(console).hits))
        assert palette(console)._found.note == "Showing results for “delivery”"
        palette(console).input.setText("kind:unicorn x")
        await until(lambda: "kind:unicorn is not known" in palette(console)._found.note)
        assert palette(console).hits == []


async def test_while_the_index_is_being_made_that_is_said(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        index = console.core.replica._replica.search
        console.palette.search()
        index.share = 0.436
        palette(console).input.setText("luca bianchi")
        await until(lambda: "being indexed (43%)" in palette(console)._found.note)
        assert "Luca Bianchi" in lines(console), "what is in it is found"
        index.share = None
        palette(console).input.setText("luca b")
        await until(lambda: palette(console)._found.note == "")


async def test_a_number_can_be_called(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.palette.open()
        palette(console).input.setText("06 555 0142")
        await until(lambda: any(title.startswith("Call ") for title in lines(console)))
        assert "Luca Bianchi" in lines(console)


def far(count: int, *also: UUID, is_more: bool = False) -> Found:
    at = msgspec.json.decode(b'"2026-01-01T00:00:00Z"', type=Record.__annotations__["at"])
    records = [Record(kind="contact", id=each, title="Known", at=at) for each in also]
    records.append(Record(kind="contact", id=cast.user_id(cast_tenant(), "far"), title="Far Away", at=at))
    return Found(groups=[Group(kind="contact", hits=records, count=count, is_more=is_more)])


async def live(console: Console, monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, str | None], Found]) -> None:
    """Connected, as far as the desk knows, to a server that answers like this."""

    async def search(typed: str, _limit: int, after: str | None = None) -> Found:
        return answer(typed, after)

    monkeypatch.setattr(console.core.syncer, "search", search)
    await console.core.syncer.stop()
    console.core.desk.connection.set(Connection(state="live"))


def cast_tenant() -> Any:
    from tests.demo.fill import BENCH_TENANT

    return BENCH_TENANT


async def test_the_server_is_asked_for_what_is_not_here_and_its_records_carry_a_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(tmp_path) as console:
        known = (await console.core.desk.read(lambda reader: contacts(reader, search="Luca Bianchi", limit=1))).rows[0]
        await live(console, monkeypatch, lambda _typed, _after: far(312, known.id))
        console.palette.search()
        palette(console).input.setText("kind:contact luca bianchi")
        await until(lambda: "Far Away" in lines(console))
        assert line(console, "Far Away").hit.is_away
        assert line(console, "Far Away").hit.group == "People · on the server"
        assert line(console, "Far Away").accessibleName().endswith("on the server")
        assert lines(console).count(known.name) == 1, "what is here is shown once, as it is here"
        assert lines(console).index(known.name) < lines(console).index("Far Away")
        assert palette(console)._count.text().endswith("more on the server")


async def test_more_of_one_kind_comes_page_by_page_from_here_and_then_from_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(tmp_path) as console:
        asked: list[tuple[str, str | None]] = []

        def answer(typed: str, after: str | None) -> Found:
            asked.append((typed, after))
            return far(1)

        await live(console, monkeypatch, answer)
        console.palette.search()
        palette(console).input.setText("kind:contact a")
        await until(lambda: bool(lines(console)) and "More results" not in lines(console)[:1])
        await until(lambda: len(asked) == 1)
        QTest.keyClick(palette(console).input, Qt.Key.Key_Tab)
        await until(lambda: "More results" in lines(console))
        first = set(lines(console))
        seen = 0
        while "Look on the server" not in lines(console):
            before, seen = lines(console), seen + 1
            assert seen < 30
            palette(console)._press(line(console, "More results"))
            await until(lambda before=before: lines(console) != before)  # type: ignore[misc]
            assert not (set(lines(console)) - {"More results"}) <= first or seen == 0
        assert len(asked) == 1, "what is here is shown before the server is asked again"
        palette(console)._press(line(console, "Look on the server"))
        await until(lambda: "Far Away" in lines(console))
        assert asked[-1] == ("kind:contact kind:contact a", None)


async def test_what_has_no_room_comes_with_page_down(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.window.resize(1000, 640)
        console.palette.search()
        palette(console).input.setText("re")
        await until(lambda: "More results" in lines(console))
        before = lines(console)
        QTest.keyClick(palette(console).input, Qt.Key.Key_PageDown)
        assert lines(console)[0] not in before[:-1] or lines(console) != before
        QTest.keyClick(palette(console).input, Qt.Key.Key_PageUp)
        assert lines(console) == before


async def test_without_a_connection_it_is_said_that_only_this_device_was_searched(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.palette.search()
        palette(console).input.setText("luca")
        await until(lambda: bool(lines(console)))
        assert "this device only" in palette(console)._count.text()
        palette(console).input.setText("zzxxqq")
        await until(lambda: palette(console)._found.nothing.endswith("the server is not connected"))


async def test_a_server_that_can_not_be_asked_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_work(tmp_path) as console:
        asked: list[str] = []

        async def search(typed: str, _limit: int, _after: str | None = None) -> Found:
            asked.append(typed)
            raise NeedsServer

        monkeypatch.setattr(console.core.syncer, "search", search)
        await console.core.syncer.stop()
        console.core.desk.connection.set(Connection(state="live"))
        console.palette.search()
        palette(console).input.setText("luca")
        await until(lambda: asked and lines(console))
        assert not any(title.startswith("The server") for title in lines(console))


async def test_control_f_goes_to_the_views_own_filter_or_searches_what_the_view_shows(tmp_path: Path) -> None:
    async with at_work(tmp_path) as console:
        console.window.show_page("contacts")
        console.finder.find_in_view()
        assert console.palette.shown is None
        console.window.show_page("inbox")
        console.finder.find_in_view()
        assert palette(console).input.text() == "kind:conversation "
