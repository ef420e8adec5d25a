"""What the palette finds beside acts: first what is on this device, then what only the server holds; page by page."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from app.desk.elsewhere import Elsewhere
from app.domain.contacts.matching import who_calls
from app.domain.search.queries import Found, search
from app.domain.search.rules import BadQuery
from app.kernel.errors import PatchbayError
from app.kernel.phone import digits_of
from app.kernel.texts import text_of
from ui.console.hits import Hits, total
from ui.shell.palette_rows import Findings, Hit
from ui.widgets.fields import SearchField

if TYPE_CHECKING:
    from ui.console.console import Console

log = logging.getLogger(__name__)
LEAST_DIGITS = 5
OF_EACH, FETCHED_OF_EACH, PAGE = 3, 20, 11


class Finder:
    """Asks the index on this device, then the server for what is not on it."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._elsewhere = Elsewhere(console.core.replica, console.core.syncer)
        self._hits = Hits(console)

    async def find(self, typed: str) -> Findings:
        """The best hits on this device; what is wrong with the search where something is."""
        desk, began_s = self._console.core.desk, time.perf_counter()
        try:
            found = await desk.read(lambda reader: search(reader, q=typed, typing=True, limit=OF_EACH))
        except BadQuery as refusal:
            return Findings(note=text_of(refusal))
        callers = await self._callers(typed)
        took_ms = max(1, round((time.perf_counter() - began_s) * 1_000))
        hits = [*callers, *self._hits.of_device(found, partial(self._more, typed))]
        return Findings(
            hits=hits, note=self._note(found), count=self._count(found, took_ms), nothing=self._nothing(),
            more=partial(self._server, typed, found, callers),
        )  # fmt: skip

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
            self._console.palette.open_with(kinds.get(window.page, ""), only_records=True)

    # ── the server ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _is_live(self) -> bool:
        return self._console.core.desk.connection.value.state == "live"

    async def _server(self, typed: str, here: Found, callers: list[Hit]) -> Findings | None:
        """The same, and below it what only the server has; nothing where it has no more or can't be asked."""
        there = await self._ask_server(typed, FETCHED_OF_EACH)
        away = await self._away(there) if there is not None else frozenset()
        if there is None or not away:
            return None
        more = partial(self._more, typed)
        lines = self._hits.of_server(there, away, more, most=OF_EACH)
        hits = [*callers, *self._hits.of_device(here, more), *lines]
        text = self._console.tr("{0} · {1} more on the server")
        surplus = self._surplus(here, there, len(away))
        return Findings(hits=hits, note=self._note(here), count=text.replace("{0}", self._count(here, 0)).replace("{1}", surplus))

    async def _ask_server(self, typed: str, limit: int, after: str | None = None) -> Found | None:
        """Nothing when it can't be asked: what is here stays shown."""
        if not self._is_live:
            return None
        try:
            return await self._elsewhere.search(typed, limit, after)
        except PatchbayError as error:
            log.info("the server was not asked for more: %s", error.key)
            return None

    async def _away(self, there: Found) -> frozenset[UUID]:
        return await self._elsewhere.not_here([(record.kind, record.id) for group in there.groups for record in group.hits])

    @staticmethod
    def _surplus(here: Found, there: Found, away: int) -> str:
        """How many more the server has, as far as both could count."""
        known = {group.kind: group for group in here.groups}
        more, is_more = 0, False
        for group in there.groups:
            mine = known.get(group.kind)
            if mine is not None and mine.is_more:
                continue  # neither can say
            more += max(0, group.count - (mine.count if mine else 0))
            is_more = is_more or group.is_more
        return f"{max(more, away):,}{'+' if is_more else ''}"

    # ── more of one kind ──────────────────────────────────────────────────────────────────────────────────────────────

    def _more(self, typed: str, kind: str) -> Callable[[], object]:
        """What shows more of a kind, in place of what is shown."""
        return lambda: self._console.core.tasks.start(self._show_page(typed, kind), name="palette")

    async def _show_page(self, typed: str, kind: str, after: str | None = None, *, is_away: bool = False) -> None:
        page = await (self._far_page if is_away else self._near_page)(typed, kind, after)
        if self._console.palette.shown is not None:
            self._console.palette.shown.show_findings(page)

    async def _near_page(self, typed: str, kind: str, after: str | None) -> Findings:
        """A page of what is here; behind the last one comes the server."""
        wanted = f"kind:{kind} {typed}"
        found = await self._console.core.desk.read(lambda reader: search(reader, q=wanted, typing=True, limit=PAGE, after=after))
        hits = self._hits.of_device(found, partial(self._more, typed))
        follows = next((group.next for group in found.groups), None)
        if follows is not None:
            hits.append(self._further(typed, kind, follows, is_away=False))
        elif self._is_live:
            hits.append(self._further(typed, kind, None, is_away=True))
        return Findings(hits=hits, note=self._note(found), count=self._count(found, 0), nothing=self._nothing())

    async def _far_page(self, typed: str, kind: str, after: str | None) -> Findings:
        """A page of what the server has, without what is here."""
        there = await self._ask_server(f"kind:{kind} {typed}", PAGE, after)
        if there is None:
            return Findings(note=self._console.tr("The server can't be asked now. All that is on this device was searched."))
        hits = self._hits.of_server(there, await self._away(there), partial(self._more, typed), most=PAGE)
        follows = next((group.next for group in there.groups), None)
        if follows is not None:
            hits.append(self._further(typed, kind, follows, is_away=True))
        text = self._console.tr("{0} · from the server").replace("{0}", total(there))
        return Findings(hits=hits, count=text, nothing=self._console.tr("The server has nothing more of this kind."))

    def _further(self, typed: str, kind: str, after: str | None, *, is_away: bool) -> Hit:
        tr = self._console.tr
        text = tr("Look on the server") if is_away and after is None else tr("More results")
        return Hit(
            title=text, group=self._hits.name(kind), icon="cloud" if is_away else "chevron-down", keys=("↵",), marks=(),
            stays=True,
            run=lambda: self._console.core.tasks.start(self._show_page(typed, kind, after, is_away=is_away), name="palette"),
        )  # fmt: skip

    # ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────

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
            run=lambda: console.calls.dial(found.value),
        )  # fmt: skip
        return [*people, call]

    def _note(self, found: Found) -> str:
        """What must be known of these results: what was looked for instead, and that not everything is found as yet."""
        tr, made = self._console.tr, self._console.core.replica.indexed
        notes = [tr("Showing results for “{0}”").replace("{0}", found.corrected)] if found.corrected else []
        if made is not None:
            text = tr("This device is still being indexed ({0}%): not everything is found yet")
            notes.append(text.replace("{0}", str(int(made * 100))))
        return " · ".join(notes)

    def _nothing(self) -> str:
        tr = self._console.tr
        return (
            tr("Nothing found on this device")
            if self._is_live
            else tr("Nothing found on this device; the server is not connected")
        )

    def _count(self, found: Found, took_ms: int) -> str:
        """How many, and where was looked: without a connection only here."""
        tr, shown = self._console.tr, sum(len(group.hits) for group in found.groups)
        where = tr("this device") if self._is_live else tr("this device only")
        time_words = f", {took_ms} ms" if took_ms else ""
        text = tr("{0} of {1} · {2}").replace("{0}", str(shown)).replace("{1}", total(found)).replace("{2}", where)
        return f"{text}{time_words}"
