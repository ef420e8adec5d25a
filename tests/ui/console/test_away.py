"""A record that only the server has: shown as it is there, kept when it is wanted, and said plainly when it can't be had."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.messages.records import Message
from app.domain.scopes.queries import pins
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.protocol.envelopes import Block
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.away.view import AwaySheet
from ui.theme.apply import wear


def sheets(console: Console) -> list[AwaySheet]:
    return [each for each in console.window.findChildren(AwaySheet) if not each.isHidden()]


def said(sheet: AwaySheet) -> str:
    return " | ".join(each.text() for each in sheet.findChildren(QLabel))


def server_has(console: Console, monkeypatch: pytest.MonkeyPatch, blocks: Callable[[str, UUID], list[Block]]) -> None:
    async def fetch(kind: str, record_id: UUID) -> list[Block]:
        return blocks(kind, record_id)

    monkeypatch.setattr(console.core.syncer, "fetch", fetch)


async def test_a_conversation_is_read_on_the_server_and_opens_once_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_at_work(tmp_path) as console:
        server, talk, person = FarServer(console), new_id(), new_id()
        team, now = console.core.desk.tenant_id, moment_from_us(system_now_us())
        records = (
            (Conversation, talk, {
                "team_id": team, "channel": "email", "subject": "Where is my order?", "contact_id": person,
                "address": "far@away.example", "inbox_key": "support", "last_message_at": now,
            }),
            (Message, new_id(), {
                "conversation_id": talk, "direction": "in", "author_name": "Far Away",
                "text": "It has been two weeks.", "sent_at": now,
            }),
        )  # fmt: skip

        def blocks(kind: str, record_id: UUID) -> list[Block]:
            if kind == "contact":
                return server.blocks((Contact, record_id, {"team_id": team, "name": "Far Away"}))
            return server.blocks(*records)

        server_has(console, monkeypatch, blocks)
        console.away.open("conversation", talk, "Where is my order?")
        await until(lambda: bool(sheets(console)) and "two weeks" in said(sheets(console)[0]))
        (sheet,) = sheets(console)
        shown = console.away.panel.shown.value
        assert shown is not None
        assert (shown.title, shown.under) == ("Where is my order?", "Far Away · Open")
        assert unnamed(sheet) == []
        for scheme in ("light", "dark") if os.environ.get("PATCHBAY_PICTURES") else ():
            wear(scheme, is_still=True)
            console.window.grab().save(f"{os.environ['PATCHBAY_PICTURES']}/away-{scheme}.png")
        next(each for each in sheet.findChildren(QAbstractButton) if each.accessibleName() == "Keep on this device").click()
        await until(lambda: console.away.panel.is_keeping.value)
        async with asyncio.timeout(60):
            while talk not in [pin.record_id for pin in await console.core.desk.read(pins)]:  # noqa: ASYNC110 - asked, not told
                await asyncio.sleep(0.01)
        await server.bring(*records)  # it comes with the next pull
        await until(lambda: not sheets(console))
        await until(lambda: console.thread_panel.header.value is not None and console.thread_panel.header.value.id == talk)


async def test_a_record_that_is_gone_and_a_server_that_is_away_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console_at_work(tmp_path) as console:
        console.away.open("contact", new_id(), "Far Away")
        await until(lambda: bool(sheets(console)) and "needs the server" in said(sheets(console)[0]))
        keep = next(each for each in sheets(console)[0].findChildren(QAbstractButton) if each.accessibleName().startswith("Keep"))
        assert not keep.isEnabled()

        def gone(kind: str, record_id: UUID) -> list[Block]:
            raise NotHere(kind=kind, id=record_id.hex)

        server_has(console, monkeypatch, gone)
        console.away.open("contact", new_id(), "Somebody else")
        await until(lambda: len(sheets(console)) == 1 and "is not here" in said(sheets(console)[0]))
        sheets(console)[0].leave()
        await until(lambda: not sheets(console))
