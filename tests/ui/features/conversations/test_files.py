"""Files in thread and composer: nothing is fetched unasked, what could run is not opened, an answer takes its files."""

import asyncio
import os
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QWidget

from app.domain.attachments.queries import AttachmentCard, attachments
from app.domain.attachments.rules import MAX_MAIL_BYTES, may_run
from app.domain.conversations.queries import conversations
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from app.sync.errors import ServerAway
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.conversations.attaching import DraftText
from ui.features.conversations.file_view import FileLine
from ui.features.conversations.files_panel import Transfer
from ui.widgets.buttons import IconButton


def picture(widget: QWidget, name: str) -> None:
    """For who wants to look: PATCHBAY_PICTURES names the folder."""
    if folder := os.environ.get("PATCHBAY_PICTURES"):
        widget.grab().save(f"{folder}/{name}.png")


def card(name: str = "Angebot 2026.pdf") -> AttachmentCard:
    return AttachmentCard(
        id=new_id(), message_id=new_id(), name=name, media_type="application/pdf", size_bytes=2_400_000, sha256="a" * 64,
        content_id=None, is_inline=False, created_by=new_id(),
    )  # fmt: skip


async def opened(console: Console) -> UUID:
    """An e-mail conversation on the screen."""
    rows = (await console.core.desk.read(lambda reader: conversations(reader, limit=50))).rows
    conversation_id: UUID = next(row.id for row in rows if row.channel == "email")
    console.open_conversation(conversation_id)
    await until(lambda: console.thread_panel.header.value is not None)
    return conversation_id


async def test_an_answer_takes_the_files_that_were_pasted_and_not_the_one_taken_off(tmp_path: Path) -> None:
    (tmp_path / "offer.pdf").write_bytes(b"%PDF offer")
    (tmp_path / "wrong.txt").write_bytes(b"wrong")
    async with console_at_work(tmp_path / "home") as console:
        conversation_id = await opened(console)
        panel, composer = console.thread_panel, console.inbox_page.talk.composer
        pasted = QMimeData()
        pasted.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("offer.pdf", "wrong.txt")])
        assert isinstance(composer.text, DraftText)
        assert composer.text.canInsertFromMimeData(pasted)
        composer.text.insertFromMimeData(pasted)
        await until(lambda: len(panel.draft.value.files) == 2)
        assert composer.text.toPlainText() == ""
        picture(console.window, "composer-files")
        take_off = [each for each in composer.files.findChildren(IconButton) if "wrong.txt" in each.accessibleName()]
        take_off[0].click()
        await until(lambda: len(panel.draft.value.files) == 1)
        await panel.keep_draft(type(panel.draft.value)(text="See the file"))
        assert len((await console.core.drafts.load(conversation_id)).files) == 1, "typing keeps them"
        before = await console.core.desk.read(lambda reader: attachments(reader, conversation_id))
        await panel.send("See the file")
        after = await console.core.desk.read(lambda reader: attachments(reader, conversation_id))
        assert [file.name for file in after if file not in before] == ["offer.pdf"]
        assert panel.draft.value.files == ()
        [waiting] = [each for each in await console.core.files.outgoing.waiting() if each.name == "offer.pdf"]
        assert b"%PDF offer" not in b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
        assert waiting.size_bytes == 10
        big = tmp_path / "big.bin"
        with big.open("wb") as file:
            file.truncate(MAX_MAIL_BYTES + 1)
        with pytest.raises(BadValue):
            await panel.attach([big])


async def test_a_file_shows_how_far_it_is_and_can_be_stopped_and_says_that_the_server_is_away(tmp_path: Path) -> None:
    async with console_at_work(tmp_path / "home") as console:
        await opened(console)
        files = console.thread_panel.files
        assert files is not None
        shown = card()
        line = FileLine(shown, files, console.run)
        line.resize(420, 40)
        line.show()
        buttons = {each.accessibleName().split(" ")[0]: each for each in line.findChildren(IconButton)}
        assert not buttons["Stop"].isVisible()
        files.transfers.set({shown.id: Transfer(done=600_000, total=2_400_000)})
        assert (buttons["Stop"].isVisible(), buttons["Open"].isVisible()) == (True, False)
        picture(line, "file-line")
        files.transfers.set({})
        fetching = asyncio.ensure_future(files.open(shown))  # noqa: TID251 - the test is what holds it
        await until(lambda: shown.id in files.transfers.value)
        buttons["Stop"].click()
        with pytest.raises((asyncio.CancelledError, ServerAway)):
            await fetching
        assert files.transfers.value == {}
        with pytest.raises(BadValue, match="run as a program"):
            await files.open(card("invoice.pdf.exe"))
        line.hide()
        line.deleteLater()


@pytest.mark.parametrize(
    ("name", "runs"), [("a.PDF", False), ("a.Exe", True), ("a.pdf.lnk", True), ("page.html", True), ("exe", True)]
)
def test_what_could_run_is_known_by_its_name_whatever_it_says_of_its_type(name: str, runs: bool) -> None:
    assert may_run(name) is runs
