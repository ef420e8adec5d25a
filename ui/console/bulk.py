"""What ties acts on many records to the frame: the lists' selections, their bars, the palette, the question before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor

from app.desk.bulk import Outcome, Progress
from app.domain.users.queries import users
from ui.bridge.chosen import Chosen
from ui.bridge.lines import ChosenLines
from ui.bridge.messages import Choice, Question
from ui.console.field_sheet import FieldSheet
from ui.features.acts import counted, undone_words
from ui.features.bulk import OFFERS, Offer, done_words, is_asked, offers, refusals
from ui.shell.actions import Action
from ui.widgets.bulk_bar import BarAct, BulkBar
from ui.widgets.menus import Menu

if TYPE_CHECKING:
    from ui.console.console import Console

PAGES = {"inbox": "conversation", "contacts": "contact", "accounts": "account", "tasks": "task"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One list and its bar."""

    chosen: Chosen | ChosenLines
    bar: BulkBar


class BulkGlue(QObject):
    """One bar a list; the palette speaks of the list that is shown."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console, self._desk = console, console.core.desk
        self._places: dict[str, Place] = {}
        self._desk.bulk.progress.subscribe(self._show_progress)
        self.follow("conversation", console.inbox_page.list.chosen, console.inbox_page.list.bar)

    def follow(self, kind: str, chosen: Chosen | ChosenLines, bar: BulkBar) -> None:
        """A list of records of this kind."""
        self._places[kind] = Place(chosen=chosen, bar=bar)
        chosen.changed.connect(partial(self._show, kind))
        bar.wanted.connect(partial(self.begin, kind))
        bar.cleared.connect(chosen.clear)
        bar.stopped.connect(self._desk.bulk.stop)

    def _show(self, kind: str) -> None:
        place = self._places[kind]
        if self._desk.bulk.progress.value is not None:
            return
        if place.chosen.is_many:
            known = offers(self._desk, kind)
            acts = [
                BarAct(id=each.id, text=self.tr(each.text), icon=each.icon, is_danger=each.id == "delete")
                for each in known
                if each.in_bar
            ]
            place.bar.offer(acts, "" if known else self.tr("Your roles don't let you change many at once."))
        place.bar.show_count(place.chosen.count)

    def _show_progress(self, progress: Progress | None) -> None:
        for kind, place in self._places.items():
            if progress is None:
                self._show(kind)
            else:
                place.bar.show_progress(progress.done + progress.refused, progress.total)

    # ── an act ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, kind: str, act: str) -> None:
        """With what is chosen there; what else the act needs is asked first."""
        offer = next((each for each in offers(self._desk, kind) if each.id == act), None)
        if offer is not None and self._places[kind].chosen.is_many:
            asks: dict[str, Callable[[str, Offer], object]] = {
                "": self._ask_nothing, "person": self._ask_person, "somebody": self._ask_person, "time": self._ask_time,
                "field": self._ask_field,
            }  # fmt: skip
            asks[offer.chooses](kind, offer)

    def _ask_nothing(self, kind: str, offer: Offer) -> None:
        self._go(kind, offer, None)

    def _ask_person(self, kind: str, offer: Offer) -> None:
        async def ask() -> None:
            people, me = await self._desk.read(users), self._desk.user_id
            choices: list[tuple[str, Any]] = [(self.tr("Me"), me)]
            choices += [] if offer.chooses == "somebody" else [(self.tr("Nobody"), None)]
            choices += [(each.name, each.id) for each in people if each.is_active and each.id != me]
            self._menu(kind, offer, choices)

        self._console.run(ask())

    def _ask_time(self, kind: str, offer: Offer) -> None:
        self._menu(kind, offer, self._console.choosing.times())

    def _ask_field(self, kind: str, offer: Offer) -> None:
        sheet = FieldSheet(self._console.window, self._console.window.pane, kind, self._places[kind].chosen.count)
        sheet.chosen.connect(lambda patch: self._go(kind, offer, patch))
        sheet.open()

    def _menu(self, kind: str, offer: Offer, choices: "list[tuple[str, Any]] | list[tuple[str, datetime]]") -> None:
        menu = Menu(self._console.window, self.tr(offer.text))
        for text, value in choices:
            menu.add_choice(text, partial(self._go, kind, offer, value))
        button = self._places[kind].bar.buttons.get(offer.id)
        if button is not None:
            menu.open_under(button)
        else:
            menu.popup(QCursor.pos())

    def _go(self, kind: str, offer: Offer, value: Any) -> None:
        self._console.run(self._do(kind, offer, value))

    async def _do(self, kind: str, offer: Offer, value: Any) -> None:
        place, console = self._places[kind], self._console
        ids = place.chosen.ids
        if is_asked(offer, len(ids)) and await console.messages.ask(self._question(kind, offer, len(ids))) != "yes":
            return
        outcome = await self._desk.run_many([offer.build(each, value) for each in ids])
        place.chosen.clear()
        console.messages.done(done_words(offer, kind, outcome), can_undo=outcome.done > 0)
        await self._tell_refused(outcome)

    def _question(self, kind: str, offer: Offer, count: int) -> Question:
        doing = {"edit": self.tr("Change"), "complete": self.tr("Finish")}.get(offer.id, self.tr(offer.text).rstrip("…"))
        act = f"{doing} {counted(kind, count)}"
        return Question(
            title=f"{act}?",
            text=self.tr("Each is done for itself; what can't be changed is named. Ctrl Z takes all of it back."),
            choices=(
                Choice(id="no", text=self.tr("Leave them")),
                Choice(id="yes", text=act, kind="danger" if offer.id == "delete" else "primary"),
            ),
            safe="no", icon=offer.icon,
        )  # fmt: skip

    async def _tell_refused(self, outcome: Outcome) -> None:
        if outcome.refused:
            count = self.tr("{0} of {1} stayed as they were").replace("{0}", f"{len(outcome.refused):,}")
            title = count.replace("{1}", f"{outcome.done + len(outcome.refused):,}")
            text = "\n".join(await refusals(self._desk, outcome))
            await self._console.messages.ask(
                Question(title=title, text=text, choices=(Choice(id="close", text=self.tr("Close")),), safe="close")
            )

    def undo(self) -> None:
        """Take the last act back, of one record or of many."""
        self._console.run.telling(self._undo())

    async def _undo(self) -> str:
        outcome = await self._desk.undo()
        if outcome is not None and outcome.refused:
            self._console.run(self._tell_refused(outcome))
        return undone_words(outcome)

    # ── the palette ───────────────────────────────────────────────────────────────────────────────────────────────────

    def actions(self) -> list[Action]:
        """Every act of every list; possible where many are chosen."""
        found = [
            Action(
                id=f"bulk.{kind}.{offer.id}", title=self.tr("Selected: {0}").replace("{0}", self.tr(offer.text)),
                group=self.tr("What is selected"), icon=offer.icon, run=partial(self.begin, kind, offer.id),
                is_possible=partial(self._is_possible, kind, offer),
            )
            for kind in OFFERS
            for offer in OFFERS[kind]
        ]  # fmt: skip
        stop = Action(
            id="bulk.stop", title=self.tr("Stop the change of many records"), group=self.tr("What is selected"), icon="x",
            run=self._desk.bulk.stop, is_possible=lambda: self._desk.bulk.progress.value is not None,
        )  # fmt: skip
        return [*found, stop]

    def _is_possible(self, kind: str, offer: Offer) -> bool:
        place = self._places.get(kind)
        is_shown = PAGES.get(self._console.window.page) == kind
        return is_shown and place is not None and place.chosen.is_many and offer in offers(self._desk, kind)
