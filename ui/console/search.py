"""What the palette finds beside acts: everything in this device's index, and what only the server holds."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from app.domain.contacts.matching import who_calls
from app.domain.search.queries import Found, Group, search
from app.domain.search.rules import BadQuery
from app.domain.search.showing import Hit as Record
from app.kernel.errors import PatchbayError
from app.kernel.phone import digits_of
from app.kernel.texts import text_of
from ui.shell.palette_rows import Findings, Hit
from ui.widgets.fields import SearchField

if TYPE_CHECKING:
    from ui.console.console import Console

log = logging.getLogger(__name__)
LEAST_DIGITS = 5
OF_EACH, FETCHED_OF_EACH = 3, 20
ICONS = {
    "identity": "at-sign", "conversation": "message-square-text", "message": "mail", "account": "building-2", "call": "phone",
    "note": "sticky-note", "task": "square-check-big", "attachment": "paperclip",
}  # fmt: skip


class Finder:
    """Asks the index on this device, then the server whether it has more."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    async def find(self, typed: str) -> Findings:
        """The best hits on this device; what is wrong with the search where something is."""
        desk, began_s = self._console.core.desk, time.perf_counter()
        try:
            found = await desk.read(lambda reader: search(reader, q=typed, typing=True, limit=OF_EACH))
        except BadQuery as refusal:
            return Findings(note=text_of(refusal))
        callers = await self._callers(typed)
        took_ms = max(1, round((time.perf_counter() - began_s) * 1_000))
        hits = [*callers, *(hit for group in found.groups for hit in self._lines(group))]
        return Findings(
            hits=hits, note=self._note(found), count=self._count(found, took_ms), more=partial(self._server, typed, found)
        )

    def find_in_view(self) -> None:
        """The field that narrows what is on the screen; where there is none, a search among what is shown there."""
        window = self._console.window
        if window.page == "settings":
            self._console.find_setting()
            return
        shown = window.stack.currentWidget()
        field = shown.findChild(SearchField) if shown is not None else None
        if field is not None:
            field.setFocus()
        else:
            kinds = {"inbox": "kind:conversation ", "calls": "kind:call ", "tasks": "kind:task "}
            self._console.open_palette_with(kinds.get(window.page, ""), only_records=True)

    def open_account(self, account_id: UUID) -> None:
        """A company's page."""
        from ui.features.accounts.view import AccountsPage

        page = self._console.window.show_page("accounts")
        if isinstance(page, AccountsPage):
            page.open_account(account_id)

    # ── the server ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _server(self, typed: str, here: Found) -> Findings | None:
        """The same, and a line for what only the server has; nothing where it has no more or can't be asked."""
        if self._console.core.desk.connection.value.state != "live":
            return None
        try:
            there = await self._console.core.syncer.search(typed, FETCHED_OF_EACH)
        except PatchbayError as error:
            log.info("the server was not asked for more: %s", error.key)
            return None
        text = self._surplus(here, there)
        if not text:
            return None
        tr = self._console.tr
        line = Hit(
            title=text, group=tr("Not on this device"), icon="cloud", keys=("↵",), marks=(), stays=True,
            run=lambda: self._show_fetched(there),
        )  # fmt: skip
        hits = [hit for group in here.groups for hit in self._lines(group)]
        return Findings(hits=[line, *hits], note=self._note(here), count=self._count(here, 0))

    def _surplus(self, here: Found, there: Found) -> str:
        """ "The server has 312 more", as far as both could count."""
        known = {group.kind: group for group in here.groups}
        more, is_more = 0, False
        for group in there.groups:
            mine = known.get(group.kind)
            count = mine.count if mine else 0
            if mine is not None and mine.is_more:
                continue  # neither can say
            more += max(0, group.count - count)
            is_more = is_more or (group.is_more and group.count > count)
        if not more:
            return ""
        tr = self._console.tr
        told = tr("The server has more than {0} more") if is_more else tr("The server has {0} more")
        return told.replace("{0}", f"{more:,}")

    def _show_fetched(self, there: Found) -> None:
        if self._console.palette is not None:
            self._console.palette.show_findings(self._fetched(there))

    def _fetched(self, found: Found) -> Findings:
        hits = [hit for group in found.groups for hit in self._lines(group, is_away=True)]
        text = self._console.tr("{0} of {1} · from the server")
        return Findings(hits=hits, count=text.replace("{0}", str(len(hits))).replace("{1}", _total(found)))

    # ── lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _callers(self, typed: str) -> list[Hit]:
        """Whoever has the number that was typed, and a call to it."""
        console = self._console
        if len(digits_of(typed)) < LEAST_DIGITS or any(letter.isalpha() for letter in typed):
            return []
        desk = console.core.desk
        found = await desk.read(lambda reader: who_calls(reader, typed, desk.country))
        group = console.tr("Phone")
        people = [
            Hit(
                title=match.name, group=group, detail=match.shown, avatar=match.name,
                run=partial(console.open_contact, match.contact_id),
            )
            for match in found.matches
        ]  # fmt: skip
        call = Hit(
            title=console.tr("Call {0}").replace("{0}", found.shown), group=group, icon="phone",
            run=lambda: console.dial(found.value),
        )  # fmt: skip
        return [*people, call]

    def _lines(self, group: Group, *, is_away: bool = False) -> Sequence[Hit]:
        name = self._names().get(group.kind, group.kind)
        more = self._console.tr("more than {0}") if group.is_more else "{0}"
        head = f"{name} · {more.replace('{0}', f'{group.count:,}')}"
        return [self._line(record, head, is_away=is_away) for record in group.hits]

    def _line(self, record: Record, group: str, *, is_away: bool) -> Hit:
        is_text = bool(record.snippet) and (bool(record.snippet_marks) or not record.detail)
        detail = record.snippet if is_text else record.detail
        return Hit(
            title=record.title or self._console.tr("(no subject)"), group=group, detail=detail,
            icon=_icon(record), avatar=record.title if record.kind == "contact" else "", marks=record.title_marks,
            detail_marks=record.snippet_marks if is_text else (), is_away=is_away, run=partial(self._open, record),
        )  # fmt: skip

    def _open(self, record: Record) -> None:
        """Where the record is shown; what stands nowhere of its own is shown with what it is about."""
        console = self._console
        ways: tuple[tuple[UUID | None, Callable[[UUID], object]], ...] = (
            (record.id if record.kind == "account" else None, self.open_account),
            (record.conversation_id, console.open_conversation),
            (record.contact_id, console.open_contact),
        )
        for target, way in ways:
            if target is not None:
                way(target)
                return
        console.window.show_page("tasks" if record.kind == "task" else "contacts")

    def _names(self) -> dict[str, str]:
        tr = self._console.tr
        return {
            "contact": tr("People"), "identity": tr("Numbers and addresses"), "conversation": tr("Conversations"),
            "message": tr("Messages"), "account": tr("Accounts"), "call": tr("Calls"), "note": tr("Notes"), "task": tr("Tasks"),
            "attachment": tr("Files"),
        }  # fmt: skip

    def _note(self, found: Found) -> str:
        return self._console.tr("Showing results for “{0}”").replace("{0}", found.corrected) if found.corrected else ""

    def _count(self, found: Found, took_ms: int) -> str:
        shown = sum(len(group.hits) for group in found.groups)
        text = self._console.tr("{0} of {1} · this device, {2} ms") if took_ms else self._console.tr("{0} of {1} · this device")
        return text.replace("{0}", str(shown)).replace("{1}", _total(found)).replace("{2}", str(took_ms))


def _total(found: Found) -> str:
    """All that were counted, with a sign that there are more."""
    more = "+" if any(group.is_more for group in found.groups) else ""
    return f"{sum(group.count for group in found.groups):,}{more}"


def _icon(record: Record) -> str:
    if record.kind == "identity":
        return "at-sign" if "@" in record.title else "phone"
    return ICONS.get(record.kind, "circle-dot")
