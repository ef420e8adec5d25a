"""What ties territories to the record that is open: which one it is in, and putting it into another."""

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, QPoint

from app.domain.territories.commands import PlaceRecord, TakeOutRecord
from app.domain.territories.queries import Place, places_for
from ui.shell.actions import Action
from ui.widgets.menus import Menu

if TYPE_CHECKING:
    from ui.console.console import Console

BEFORE_CENTRE = (120, 160)  # pixels: where the menu begins


class PlacingGlue(QObject):
    """Opens a menu of all territories, as a tree."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console

    def open_shown(self) -> None:
        """For the contact, account or conversation that is open."""
        if (record := self._console.shown.record) is not None:
            self._console.run(self._offer(record.kind, record.id))

    async def _offer(self, kind: str, record_id: UUID) -> None:
        places = await self._console.core.desk.read(lambda reader: places_for(reader, kind, record_id))
        menu = Menu(self._console.window, self.tr("Territory"))
        current = next((each for each in places if each.is_current), None)
        for place in places:
            put = partial(self._put, kind, record_id, place)
            menu.add_mark(f"{'      ' * place.depth}{place.name}", put, is_on=place.is_current)
        if not places:
            menu.add_words(self.tr("There is no territory yet. They are made in the settings."))
        if current is not None:
            menu.addSeparator()
            menu.add_choice(self.tr("In no territory"), partial(self._take_out, kind, record_id, current))
        pane = self._console.window.pane
        menu.popup(pane.mapToGlobal(pane.rect().center()) - QPoint(*BEFORE_CENTRE))

    def _put(self, kind: str, record_id: UUID, place: Place) -> None:
        command = PlaceRecord(territory_id=place.id, record_kind=kind, record_id=record_id)
        self._console.run(self._console.core.desk.run(command), self.tr("Now in {0}.").replace("{0}", place.name), undo=True)

    def _take_out(self, kind: str, record_id: UUID, place: Place) -> None:
        command = TakeOutRecord(territory_id=place.id, record_kind=kind, record_id=record_id)
        said = self.tr("No longer in {0}.").replace("{0}", place.name)
        self._console.run(self._console.core.desk.run(command), said, undo=True)

    def actions(self) -> list[Action]:
        """In the palette."""
        console = self._console
        return [
            Action(
                id="record.territory", title=self.tr("Territory…"), group=self.tr("This record"), icon="globe",
                run=self.open_shown,
                is_possible=lambda: console.shown.record is not None and console.core.desk.may("territory:place"),
            )
        ]  # fmt: skip
