"""Roles as administrators see them: made, changed cell by cell, and given up, each with a way back or a reason in words."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.domain.roles.queries import RoleCard, roles
from app.domain.roles.rules import preset_id
from app.kernel.ids import new_id
from tests.demo import cast
from tests.demo.fill import BENCH_TENANT
from tests.ui.administering import administrator_at_work, answer, button, connect, shown
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from ui.console.console import Console
from ui.features.roles.view import RolesSection
from ui.features.roles.viewmodel import draft_of
from ui.widgets.buttons import IconButton
from ui.widgets.check import Check
from ui.widgets.choices import Segmented
from ui.widgets.fields import Choice
from ui.widgets.grid import GridModel


def texts(root: QWidget) -> set[str]:
    return {each.text() for each in root.findChildren(QLabel) if each.isVisible()}


async def opened(console: Console, key: str = "") -> RolesSection:
    section = shown(console, "roles", RolesSection)
    await until(lambda: section.table.list.model().rowCount() == 4)
    if key:
        section._open(lambda: section._panel.open(preset_id(BENCH_TENANT, key)))
        await until(section.editor.isVisible)
    return section


async def known(console: Console, name: str) -> RoleCard | None:
    """The role of this name, as it is kept."""
    return next((each for each in await console.core.desk.read(roles) if each.name == name), None)


def choose(section: RolesSection, row: str, column: str = "") -> None:
    """Choose a cell, or a row by its name."""
    grid = section.editor.grid
    model = grid.model()
    assert isinstance(model, GridModel)
    line = next(place for place, each in enumerate(model.rows) if each.name == row)
    at = grid.visualRect(model.index(line, model.columns.index(column) + 1 if column else 0)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def check(section: RolesSection, words: str) -> Check:
    return next(each for each in section.editor.findChildren(Check) if each.text() == words)


async def test_all_are_listed_everybodys_first_and_say_what_they_give(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        model = section.table.list.model()
        said = [model.index(place, 0).data(Qt.ItemDataRole.AccessibleTextRole) for place in range(4)]
        assert said[0].startswith("Everybody, Everybody, without being given it, No records")
        assert said[1] == "Administrator, Aiko Tanaka, Everything"
        assert "Chloé Dubois, Jonas Weber, Marta Kowalska and 2 more, The team's records" in said[2]
        assert unnamed(section) == []


async def test_cells_rows_and_special_rights_are_changed_and_kept_when_saved(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, "agent")
        editor = section.editor
        assert not editor.save.isEnabled(), "nothing is changed yet"
        choose(section, "Contacts", "Delete")
        QTest.keyClick(editor.grid, Qt.Key.Key_1)
        choose(section, "Tasks")
        button(editor, "Chosen cells: None").click()
        check(section, "Put records into territories").click()
        check(section, "Read the audit").click()
        before = await known(console, "Agent")
        assert before is not None
        assert before.rights["contact:*"] == "team", "nothing is given before it is saved"
        QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: not editor.save.isEnabled())
        now = await known(console, "Agent")
        assert now is not None
        assert {right: now.rights.get(right) for right in ("contact:delete", "audit:read", "contact:*")} == {
            "contact:delete": "own", "audit:read": "all", "contact:*": "team",
        }  # fmt: skip
        assert {now.rights.get(f"task:{verb}") for verb in ("read", "create", "edit", "delete")} == {"none"}
        assert "task:assign" not in now.rights
        assert "territory:place" not in now.rights
        console.undo()
        await until(lambda: section._panel.draft.value is not None and section._panel.draft.value.level("task:edit") == "team")


async def test_a_field_is_hidden_then_read_only_then_open_again(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, "agent")
        panel, card = section._panel, section.editor._fields
        kind, name = card.findChildren(Choice)
        assert kind.value == "contact"
        name.setCurrentIndex(name.findData("pinned_note"))
        button(card, "Hide this field").click()
        assert panel.draft.value is not None
        assert panel.draft.value.fields == {"contact.pinned_note": "hidden"}
        assert name.findData("pinned_note") < 0, "it is not offered again"
        await until(lambda: any(each.isVisible() for each in card.findChildren(Segmented)))
        how = next(each for each in card.findChildren(Segmented) if each.isVisible())
        QTest.keyClick(how, Qt.Key.Key_Right)
        assert panel.draft.value.fields == {"contact.pinned_note": "read_only"}
        section.editor.save.click()
        await until(lambda: not panel.is_changed)
        kept = await known(console, "Agent")
        assert kept is not None
        assert kept.fields == {"contact.pinned_note": "read_only"}
        next(each for each in card.findChildren(IconButton) if "again" in each.accessibleName()).click()
        assert panel.draft.value.fields == {}
        assert unnamed(section) == []


async def test_a_new_role_needs_a_name_and_one_like_another_begins_with_what_that_gives(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console)
        section.new.click()
        editor = section.editor
        check(section, "Read the audit").click()
        editor.save.click()
        await until(lambda: "Give the role a name." in texts(editor))
        QTest.keyClicks(editor.name.input, "Auditor")
        editor.save.click()
        await until(lambda: not section._panel.is_changed)
        made = await known(console, "Auditor")
        assert made is not None
        assert (made.key, made.rights) == ("auditor", {"audit:read": "all"})
        button(editor, "New role like this").click()
        QTest.keyClicks(editor.name.input, "Auditor 2")
        editor.save.click()
        await until(lambda: not section._panel.is_changed)
        again = await known(console, "Auditor 2")
        assert again is not None
        assert again.rights == made.rights


async def test_everything_is_one_switch_and_taking_it_back_leaves_what_there_is(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, "administrator")
        editor, panel = section.editor, section._panel
        assert editor._everything.isChecked()
        assert not check(section, "Read the audit").isEnabled()
        editor._everything.click()
        assert panel.draft.value is not None
        assert panel.draft.value.level("contact:edit") == "all"
        assert "*" not in panel.draft.value.rights
        editor._everything.click()
        assert panel.draft.value.rights == {"*": "all"}


async def test_a_role_that_somebody_has_stays_and_says_who_has_it(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, "supervisor")
        problems: list[str] = []
        console.messages.said_problem.connect(problems.append)
        section.editor.delete.click()
        await until(lambda: bool(problems))
        assert problems == ["Supervisor is still held by Priya Raman, Søren Østergård. Take it away there first, then delete it."]
        section._open(lambda: section._panel.open(preset_id(BENCH_TENANT, "baseline")))
        assert section.editor.delete.isHidden(), "everybody's role is not given up"
        section._open(section._panel.create)
        section._panel.rename("Passing")
        section.editor.save.click()
        await until(lambda: not section._panel.is_changed)
        section.editor.delete.click()
        await until(section.table.isVisible)
        assert await known(console, "Passing") is None
        console.undo()
        await until(lambda: section.table.list.model().rowCount() == 5)


async def test_leaving_asks_when_something_would_be_lost(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, "agent")
        section.editor.name.input.setFocus()
        QTest.keyClicks(section.editor.name.input, "s")
        QTest.keyClick(section.editor, Qt.Key.Key_Escape)
        assert "not given or taken yet" in await answer(console, "Go on editing")
        assert section.editor.isVisible()
        section.editor.leave()
        await answer(console, "Drop the changes")
        await until(section.table.isVisible)
        assert await known(console, "Agents") is None


async def test_nobody_changes_a_role_without_the_right_or_without_the_server(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        section = await opened(console, "agent")
        connect(console, is_live=False)
        assert any("changed on the server" in each for each in texts(section.editor))
        choose(section, "Contacts")
        QTest.keyClick(section.editor.grid, Qt.Key.Key_3)
        assert not section._panel.is_changed
        assert not section.editor.delete.isEnabled()
    async with administrator_at_work(tmp_path / "agent", email=cast.MAYA) as (console, _):
        section = await opened(console, "agent")
        assert any("You can look, not change" in each for each in texts(section.editor))
        assert not section.editor.name.input.isEnabled()


def test_a_right_that_nothing_asks_for_any_more_is_left_out_when_a_role_is_saved() -> None:
    kept = {"contact:*": "team", "*": "own", "audit:read": "all"}
    card = RoleCard(id=new_id(), key="k", name="K", rights=kept | {"call:monitor": "all"}, fields={}, holders=[])
    assert draft_of(card, {}).rights == kept
