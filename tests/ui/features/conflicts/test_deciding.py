"""Two people changed the same field: one sentence, three values, one key; all of it without the server."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.domain.contacts.queries import contact, contacts
from app.kernel.ids import new_id
from app.kernel.loss import Joined
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import FarServer, console_at_work
from ui.console.console import Console
from ui.features.conflicts.view import ConflictDialog, SideCard
from ui.features.conflicts.viewmodel import difference_text, value_text
from ui.widgets.buttons import Button
from ui.widgets.marks import Chip
from ui.widgets.text import ElidedLabel

NOW = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)


def tagged(by: UUID, before: list[str], after: list[str]) -> Joined:
    return Joined(field="tags", before=before, after=after, by=by)


async def somebody(console: Console) -> UUID:
    found: UUID = (await console.core.desk.read(lambda reader: contacts(reader, limit=1))).rows[0].id
    return found


async def title_of(console: Console, contact_id: UUID) -> str | None:
    return (await console.core.desk.read(lambda reader: contact(reader, contact_id))).job_title


async def opened(console: Console) -> ConflictDialog:
    console.window.activateWindow()
    console.outbox_glue.decide()
    await until(lambda: console.window.findChildren(ConflictDialog))
    dialog = console.window.findChildren(ConflictDialog)[0]
    await until(lambda: any(card.hasFocus() for card in dialog.findChildren(SideCard)))
    return dialog


async def test_the_dialog_says_who_did_what_and_what_was_joined(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        person = await somebody(console)
        now = await title_of(console, person)  # what stands there is theirs, whoever set it since
        await FarServer(console).conflict(person)
        dialog = await opened(console)
        cards = [card.accessibleName() for card in dialog.findChildren(SideCard)]
        assert [name.partition(". ")[0] for name in cards] == ["Mine: Fleet lead", f"Theirs: {now}", "Original: Clerk"]
        assert dialog.accessibleName().startswith("Two people changed this job title")
        shown = {each.text() for each in dialog.findChildren(ElidedLabel)}
        assert {"Italian", "Call before noon"} <= shown
        assert unnamed(dialog) == []


async def test_tags_of_both_are_told_as_kept_with_what_each_changed(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        server = FarServer(console)
        me, maya = server.me, server.colleague
        turns = [
            tagged(maya, ["lead"], ["lead", "vip"]), tagged(maya, ["lead", "vip"], ["vip"]), tagged(me, ["vip"], ["late", "vip"])
        ]  # fmt: skip
        await server.conflict(await somebody(console), joined=turns)
        dialog = await opened(console)
        assert "late, vip" in {each.text() for each in dialog.findChildren(ElidedLabel)}
        assert [each.accessibleName() for each in dialog.findChildren(Chip)] == ["Both kept"]
        name = console.conflicts.cards.value[0].names[str(maya)]
        said = {each.text() for each in dialog.findChildren(QLabel)}
        assert f"{name}: +vip −lead   you: +late" in said
        assert "yours" not in said


@pytest.mark.parametrize(("key", "title"), [(Qt.Key.Key_1, "Fleet lead"), (Qt.Key.Key_3, "Clerk")])
async def test_one_key_settles_it_and_undo_brings_the_question_back(tmp_path: Path, key: Qt.Key, title: str) -> None:
    async with console_at_work(tmp_path) as console:
        person = await somebody(console)
        await FarServer(console).conflict(person)
        dialog = await opened(console)
        before = await title_of(console, person)
        QTest.keyClick(dialog.findChildren(SideCard)[0], key)
        await until(lambda: not console.window.findChildren(ConflictDialog))
        assert await title_of(console, person) == title
        console.undo()
        await until(lambda: console.conflicts.cards.value)
        assert await title_of(console, person) == before


async def test_the_button_says_its_result_and_escape_leaves_it_for_later(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        person = await somebody(console)
        await FarServer(console).conflict(person)
        dialog = await opened(console)
        keep = next(each for each in dialog.findChildren(Button) if each.text() == "Keep mine")
        dialog.findChildren(SideCard)[1].click()
        assert keep.text() == "Keep theirs"
        before = await title_of(console, person)
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await until(lambda: not console.window.findChildren(ConflictDialog))
        assert len(console.conflicts.cards.value) == 1
        assert await title_of(console, person) == before


async def test_the_next_decision_follows_and_the_dialog_goes_after_the_last(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        server = FarServer(console)
        first, second = (await console.core.desk.read(lambda reader: contacts(reader, limit=2))).rows
        await server.conflict(first.id)
        await server.conflict(second.id)
        dialog = await opened(console)
        assert "decision 1 of 2" in dialog.accessibleName()
        QTest.keyClick(dialog.findChildren(SideCard)[0], Qt.Key.Key_1)
        await until(lambda: second.name in dialog.accessibleName())
        QTest.keyClick(dialog, Qt.Key.Key_2)
        await until(lambda: not console.window.findChildren(ConflictDialog))


async def test_what_was_deleted_can_only_be_left_as_it_is(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await FarServer(console).conflict(new_id())
        dialog = await opened(console)
        mine, theirs, original = dialog.findChildren(SideCard)
        assert (mine.isEnabled(), theirs.isEnabled(), original.isEnabled()) == (False, True, False)
        QTest.keyClick(dialog, Qt.Key.Key_1)
        assert len(console.conflicts.cards.value) == 1
        QTest.keyClick(dialog, Qt.Key.Key_2)
        await until(lambda: not console.conflicts.cards.value)


async def test_the_phone_is_not_dimmed(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await FarServer(console).conflict(await somebody(console))
        await opened(console)
        phone = console.window.top.phone
        middle = phone.mapTo(console.window, phone.rect().center())
        covering = console.window.childAt(middle)
        assert covering is not None
        assert covering is phone or phone.isAncestorOf(covering)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "(empty)"), ("", "(empty)"), (True, "Yes"), (["a", "b"], "a, b"), ("2026-11-23T10:40:00Z", "10:40"),
        ("a2f3bd06-3c54-4d6b-9d3e-0b7d0f6d0a11", "Ann"), ("a2f3bd06-3c54-4d6b-9d3e-0b7d0f6d0a12", "not shown to you"),
    ],
)  # fmt: skip
def test_values_are_read_as_people_read_them(value: object, words: str) -> None:
    assert value_text(value, {"a2f3bd06-3c54-4d6b-9d3e-0b7d0f6d0a11": "Ann"}, NOW) == words


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ("+34 600 555 018", "+34 600 555 081", "Two neighbours are swapped. One is probably a typing slip."),
        ("Fleet  lead", "Fleet lead ", "They differ only in spaces."),
        ("fleet lead", "Fleet Lead", "They differ only in capital letters."),
        ("Fleet lead", "Head of fleet", ""),
    ],
)  # fmt: skip
def test_what_looks_alike_is_told_apart(mine: str, theirs: str, words: str) -> None:
    assert difference_text(mine, theirs) == words
