"""A file that the server does not take: its author is told, and says what becomes of the answer that waits for it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.attachments.queries import attachments
from app.domain.conversations.queries import conversations
from app.domain.messages.queries import thread
from app.kernel.errors import BadValue, NotAllowed
from app.sync.errors import ServerAway
from app.sync.rest import Rest
from tests.ui.conftest import until
from tests.ui.features.outbox.test_outbox import press, shown
from tests.ui.working import console_at_work
from ui.console.console import Console
from ui.features.outbox.view import OutboxRow


@asynccontextmanager
async def refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Console, UUID]]:
    """An answer with a file that the server has refused."""
    (folder / "offer.pdf").write_bytes(b"%PDF offer")

    async def refuse(*_: object) -> None:
        raise NotAllowed(permission="attachment:create")

    monkeypatch.setattr(Rest, "get", refuse)
    async with console_at_work(folder / "home") as console:
        rows = (await console.core.desk.read(lambda reader: conversations(reader, limit=50))).rows
        conversation_id: UUID = next(row.id for row in rows if row.channel == "email")
        console.open_conversation(conversation_id)
        await until(lambda: console.thread_panel.header.value is not None)
        await console.thread_panel.attach([folder / "offer.pdf"])
        await console.thread_panel.send("See the offer")
        await until(lambda: console.core.files.outgoing.refused.value)
        await until(lambda: any(each.file and each.file.in_answers for each in console.outbox.rows.value))
        yield console, conversation_id


async def names(console: Console, conversation_id: UUID) -> list[str]:
    return [each.name for each in await console.core.desk.read(lambda reader: attachments(reader, conversation_id))]


async def answers(console: Console, conversation_id: UUID) -> list[str]:
    messages = await console.core.desk.read(lambda reader: thread(reader, conversation_id))
    return [each.text for each in messages if each.text == "See the offer"]


async def test_a_refused_file_says_why_and_the_answer_goes_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with refused(tmp_path, monkeypatch) as (console, conversation_id):
        row = next(each for each in console.outbox.rows.value if each.file)
        assert row.trouble is not None
        assert (row.what, row.trouble.title) == ("File not sent: offer.pdf", "Not allowed any more")
        assert row.detail.startswith("Your answer waits for it: ")
        assert [way.text for way in row.ways] == ["Send without it", "Try again", "Discard the answer"]
        assert console.outbox.needing >= 1
        view = shown(console)
        await until(lambda: any(each.row_id == row.id for each in view.findChildren(OutboxRow)))
        if folder := os.environ.get("PATCHBAY_PICTURES"):
            console.window.grab().save(f"{folder}/outbox-file.png")
        press(next(each for each in view.findChildren(OutboxRow) if each.row_id == row.id), "Send without it")
        await until(lambda: not console.core.files.outgoing.refused.value)
        assert await names(console, conversation_id) == []
        assert await answers(console, conversation_id) == ["See the offer"]
        push = await console.core.replica.outgoing(50)
        sent = [each.name for each in push.commands if each.name != "conversation.mark_read"]  # which comes when it comes
        assert sent[-2:] == ["message.reply_files", "attachment.remove"]


async def test_the_answer_is_discarded_and_comes_back_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with refused(tmp_path, monkeypatch) as (console, conversation_id):
        row = next(each for each in console.outbox.rows.value if each.file)
        bring_back = await console.outbox.discard(row)
        assert (await names(console, conversation_id), await answers(console, conversation_id)) == ([], [])
        assert console.core.files.outgoing.refused.value == ()
        await bring_back()
        assert await names(console, conversation_id) == ["offer.pdf"]
        await until(lambda: console.core.files.outgoing.refused.value)  # it was tried again, and refused again


async def test_an_answer_that_still_waits_is_discarded_with_its_file_and_comes_back_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stay_away(*_: object) -> None:
        raise ServerAway(hint="away")

    (tmp_path / "offer.pdf").write_bytes(b"%PDF offer")
    monkeypatch.setattr(Rest, "get", stay_away)
    async with console_at_work(tmp_path / "home") as console:
        rows = (await console.core.desk.read(lambda reader: conversations(reader, limit=50))).rows
        conversation_id = next(row.id for row in rows if row.channel == "email")
        console.open_conversation(conversation_id)
        await until(lambda: console.thread_panel.header.value is not None)
        await console.thread_panel.attach([tmp_path / "offer.pdf"])
        await console.thread_panel.send("See the offer")
        files = console.core.files
        [file] = await files.outgoing.waiting()
        await console.outbox.refresh()
        row = next(each for each in console.outbox.rows.value if each.entry and each.entry.name == "message.reply_files")
        bring_back = await console.outbox.discard(row)
        assert await answers(console, conversation_id) == []
        assert await files.outgoing.waiting() == [], "nobody is given it"
        assert not files.outgoing.is_gone(file.sha256)
        await bring_back()
        assert await answers(console, conversation_id) == ["See the offer"]
        assert await files.outgoing.waiting() == [file]
        row = next(each for each in console.outbox.rows.value if each.entry and each.entry.name == "message.reply_files")
        await console.outbox.discard(row)
        outgoing = console.core.sign_in.store.files_path / "outgoing"
        assert len(list(outgoing.iterdir())) == 1
    assert list(outgoing.iterdir()) == [], "its copy goes with the program"


async def test_a_draft_that_has_lost_its_file_is_not_sent_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with refused(tmp_path, monkeypatch) as (console, _):
        (tmp_path / "other.pdf").write_bytes(b"%PDF other")
        await console.thread_panel.attach([tmp_path / "other.pdf"])
        await until(lambda: len(console.core.files.outgoing.refused.value) == 2)
        await until(lambda: any(each.detail == "In a draft" for each in console.outbox.rows.value))
        row = next(each for each in console.outbox.rows.value if each.detail == "In a draft")
        assert [way.text for way in row.ways] == ["Remove the file", "Try again"]
        await console.outbox.remove_file(row)
        with pytest.raises(BadValue, match=r"other\.pdf"):
            await console.thread_panel.send("With the other one")
