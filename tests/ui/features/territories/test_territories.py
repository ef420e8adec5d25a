"""Territories as administrators see them: a tree that is built, moved and cut, and who looks after which."""

from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.territories.commands import CreateTerritory
from app.domain.territories.queries import TerritoryCard, territories
from app.kernel.ids import new_id
from tests.demo import cast
from tests.ui.administering import AccessServer, administrator_at_work, button, shown, somebody
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.territories.view import TerritoriesSection
from ui.widgets.buttons import Button

TREE = (("EMEA", None), ("Germany", "EMEA"), ("Alps", "Germany"), ("Americas", None))


async def grown(server: AccessServer) -> dict[str, UUID]:
    """The tree."""
    ids: dict[str, UUID] = {}
    for name, above in TREE:
        ids[name] = new_id()
        await server.ask(CreateTerritory(territory_id=ids[name], name=name, above_id=ids[above] if above else None))
    return ids


async def known(console: Console) -> dict[str, TerritoryCard]:
    return {each.name: each for each in await console.core.desk.read(territories)}


def said(section: TerritoriesSection) -> list[str]:
    model = section.table.list.model()
    return [model.index(place, 0).data(Qt.ItemDataRole.AccessibleTextRole) for place in range(model.rowCount())]


async def test_the_tree_is_told_from_the_top_and_one_is_moved_with_all_below_it(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = shown(console, "territories", TerritoriesSection)
        await until(section.table.empty.isVisible)
        ids = await grown(server)
        await until(lambda: len(said(section)) == len(TREE))
        assert said(section) == ["Americas: Nobody", "EMEA: Nobody", "Germany, below EMEA: Nobody", "Alps, below Germany: Nobody"]
        section._panel.open(ids["Germany"])
        assert section.above.findData(str(ids["Alps"])) < 0, "nothing is below what is below it"
        section.above.setCurrentIndex(section.above.findData(str(ids["Americas"])))
        section.above.activated.emit(section.above.currentIndex())
        await until(lambda: [each.name for each in section._panel.lines.value or ()] == ["Americas", "Germany", "Alps", "EMEA"])
        assert (await known(console))["Germany"].above_id == ids["Americas"]
        assert unnamed(section) == []


async def test_who_looks_after_one_is_chosen_and_a_new_one_begins_where_it_was_put(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = shown(console, "territories", TerritoriesSection)
        ids = await grown(server)
        await until(lambda: len(said(section)) == len(TREE))
        section.new.click()
        QTest.keyClicks(section.page.name.input, "France")
        section.above.setCurrentIndex(section.above.findData(str(ids["EMEA"])))
        section.page.save.click()
        await until(lambda: len(section._panel.lines.value or ()) == len(TREE) + 1)
        assert (await known(console))["France"].above_id == ids["EMEA"]
        maya = str(somebody(cast.MAYA))
        await until(lambda: section.page.choice.findData(maya) >= 0)
        section.page.choice.setCurrentIndex(section.page.choice.findData(maya))
        section.page.add.click()
        out = "Maya Kapoor looks after it no longer"
        await until(lambda: any(each.accessibleName() == out for each in section.page.findChildren(Button)))
        button(section.page, out).click()
        await until(lambda: section.page.choice.findData(maya) >= 0)


async def test_one_is_deleted_and_comes_back(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        section = shown(console, "territories", TerritoriesSection)
        ids = await grown(server)
        await until(lambda: len(said(section)) == len(TREE))
        section._panel.open(ids["Germany"])
        section.delete.click()
        await until(lambda: len(section._panel.lines.value or ()) == len(TREE) - 1)
        assert section.table.isVisible()
        assert (await known(console))["Alps"].above_id == ids["EMEA"]
        console.undo()
        await until(lambda: len(section._panel.lines.value or ()) == len(TREE))
        assert (await known(console))["Alps"].above_id == ids["Germany"]
