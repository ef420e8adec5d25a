"""The list that is shown goes into a file, as it is filtered; refusals and an absent server are said in words."""

import csv
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.sync.errors import ServerAway, ServerTrouble
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.calls.view import CallsPage
from ui.features.contacts.view import ContactsPage


class Line:
    """A server that writes two rows of whatever is asked for, or does not."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.trouble: Exception | None = None

    async def ask(self, path: str, query: dict[str, str]) -> bytes:
        raise NotImplementedError

    async def download(self, path: str, query: dict[str, str]) -> AsyncIterator[bytes]:
        self.asked.append((path, query))
        if self.trouble is not None:
            raise self.trouble
        yield b"id,name\r\n1,Ann\r\n"
        yield b"2,Bob\r\n"


def saved(console: Console, path: Path) -> None:
    """The person chooses this file."""
    dialog = next(each for each in console.window.findChildren(QFileDialog) if each.isVisible())
    dialog.fileSelected.emit(str(path))
    dialog.close()
    dialog.deleteLater()


def is_longer(problems: list[str], count: int) -> bool:
    return len(problems) > count


async def test_contacts_go_into_a_file_as_they_are_filtered(tmp_path: Path) -> None:
    async with console_at_work(tmp_path / "copy") as console:
        console.core.archive._line = line = Line()
        said: list[str] = []
        console.messages.said_done.connect(lambda text, _: said.append(text))
        page = console.window.show_page("contacts")
        assert isinstance(page, ContactsPage)
        page.search.setText("Agnieszka")
        console.window.actions_known.run("export")
        saved(console, tmp_path / "people.csv")
        await until(lambda: said == ["3 lines in people.csv."])
        assert line.asked == [("/export/contacts", {"search": "Agnieszka", "format": "csv"})]
        with (tmp_path / "people.csv").open(newline="") as file:
            assert [each["name"] for each in csv.DictReader(file)] == ["Ann", "Bob"]


async def test_every_list_has_its_own_filters(tmp_path: Path) -> None:
    async with console_at_work(tmp_path / "copy") as console:
        console.core.archive._line = line = Line()
        calls = console.window.show_page("calls")
        assert isinstance(calls, CallsPage)
        calls._choose("missed")
        for name in ("calls", "accounts", "inbox"):
            console.window.show_page(name)
            console.window.actions_known.run("export")
            saved(console, tmp_path / f"{name}.json")
            await until((tmp_path / f"{name}.json").exists)
        assert line.asked == [
            ("/export/calls", {"outcome": "missed", "format": "json"}), ("/export/accounts", {"format": "json"}),
            ("/export/conversations", {"format": "json"}),
        ]  # fmt: skip
        console.window.show_page("settings")
        assert not console.window.actions_known.get("export").is_possible()


async def test_refused_and_away_are_said_and_leave_no_file(tmp_path: Path) -> None:
    async with console_at_work(tmp_path / "copy") as console:
        console.core.archive._line = line = Line()
        problems: list[str] = []
        console.messages.said_problem.connect(problems.append)
        for trouble in (ServerTrouble(status=403), ServerAway(hint="gone"), None):
            line.trouble, count = trouble, len(problems)
            console.exporting.write(
                "contacts", {}, tmp_path / "no" / "people.csv" if trouble is None else tmp_path / "people.csv"
            )
            await until(partial(is_longer, problems, count))
        assert [each.partition(".")[0] for each in problems[:2]] == [
            "Your roles don't allow this (Contacts, export)", "This needs the server",
        ]  # fmt: skip
        assert "can't be written" in problems[2]
        assert not list(tmp_path.glob("*.csv*"))
