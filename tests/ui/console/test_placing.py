"""A record is put into a territory where it is open, by a menu of all of them, and taken out again."""

from pathlib import Path
from uuid import UUID

from PySide6.QtWidgets import QApplication, QMenu

from app.domain.contacts.queries import contacts
from app.domain.territories.commands import CreateTerritory
from app.domain.territories.queries import places_for
from app.kernel.ids import new_id
from tests.scale import fleet
from tests.ui.administering import administrator_at_work, pick
from tests.ui.conftest import until
from ui.console.console import Console


async def place_of(console: Console, contact_id: UUID) -> list[str]:
    found = await console.core.desk.read(lambda reader: places_for(reader, "contact", contact_id))
    return [each.name for each in found if each.is_current]


async def offered() -> list[tuple[str, bool]]:
    """What the menu that opens says."""
    await until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return [(each.iconText().strip(), each.isChecked()) for each in menu.actions() if each.text()]


async def test_a_contact_is_put_into_a_territory_and_taken_out_and_both_come_back(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        desk = console.core.desk
        contact = (await desk.read(lambda reader: contacts(reader, limit=1))).rows[0].id
        console.open_contact(contact)
        await until(lambda: console.record_person.person.value is not None)
        act = next(each for each in console.window.actions_known.all() if each.id == "record.territory")
        assert act.is_possible()
        before = {each.name for each in await desk.read(lambda reader: places_for(reader, "contact", contact))}
        above, below = new_id(), new_id()
        await desk.ask(CreateTerritory(territory_id=above, name="Zone"))
        await desk.ask(CreateTerritory(territory_id=below, name="Zone R&D", above_id=above))
        act.run()
        assert {name for name, _ in await offered()} == {*before, "Zone", "Zone R&D"}
        await pick("Zone R&D")
        await until_placed(console, contact, ["Zone R&D"])
        act.run()
        assert ("Zone R&D", True) in await offered()
        await pick("In no territory")
        await until_placed(console, contact, [])
        await until(lambda: len(desk.last_acts.value) == 4)
        console.undo()
        await until_placed(console, contact, ["Zone R&D"])
        await until(lambda: len(desk.last_acts.value) == 3)
        console.undo()
        await until_placed(console, contact, [])


async def until_placed(console: Console, contact_id: UUID, names: list[str]) -> None:
    async def is_so() -> bool:
        return await place_of(console, contact_id) == names

    await fleet.until(is_so)
