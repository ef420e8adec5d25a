"""Beside a call stand the caller's facts and what happened with them, of one kind if that is wanted."""

from pathlib import Path

from app.domain.conversations.queries import conversations
from tests.ui.conftest import until
from tests.ui.working import console_at_work
from ui.features.conversations.caller_head import CallerHead
from ui.widgets.choices import Tabs


async def test_a_call_shows_who_it_is_and_one_kind_of_what_happened(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        rows = (await console.core.desk.read(lambda reader: conversations(reader, limit=200))).rows
        call = next(row for row in rows if row.channel == "voice" and row.contact_id is not None)
        mail = next(row for row in rows if row.channel == "email")
        panel = console.thread_panel
        console.open_conversation(call.id)
        await until(lambda: panel.caller.value is not None)
        (head,) = console.inbox_page.talk.findChildren(CallerHead)
        assert head.isVisible()
        caller = panel.caller.value
        assert caller is not None
        assert caller.card.name == call.contact_name
        (tabs,) = head.findChildren(Tabs)
        assert tabs.options[0].count == f"{sum(caller.counts.values()):,}"
        tabs.chosen.emit("calls")
        await until(lambda: {item.kind for item in panel.items.value} == {"call"})
        console.open_conversation(mail.id)
        await until(lambda: panel.header.value is not None and panel.header.value.id == mail.id)
        await until(lambda: not head.isVisible())
        assert {item.kind for item in panel.items.value} & {"message"}
