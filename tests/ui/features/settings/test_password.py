"""Changing one's own password in the settings."""

from pathlib import Path

from app.desk.secrets import FileSecrets, WrongPassphrase
from tests.ui.administering import administrator_at_work, shown
from tests.ui.conftest import until
from tests.ui.features.users.test_people import texts
from tests.ui.shell.test_reach import unnamed
from ui.features.settings.password_card import PasswordCard

OLD, NEW = "the old password", "a new and longer one"


def fill(card: PasswordCard, old: str, new: str, again: str) -> None:
    for field, text in ((card.old, old), (card.new, new), (card.again, again)):
        field.set_text(text)
    card.change.click()


async def test_what_is_wrong_is_said_beside_its_field_and_a_change_is_told(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, server):
        card = shown(console, "account", PasswordCard)
        assert unnamed(card) == []
        fill(card, "", NEW, NEW)
        await until(lambda: card.old.input.accessibleDescription() == "Write something here.")
        fill(card, OLD, NEW, NEW + "x")
        await until(lambda: card.again.input.accessibleDescription() == "The two are not the same.")
        fill(card, "another one", NEW, NEW)
        await until(lambda: "not the password that you have" in card.old.input.accessibleDescription())
        server.mood = "away"
        fill(card, OLD, NEW, NEW)
        await until(lambda: any("needs the server" in each for each in texts(card)))
        server.mood = "well"
        fill(card, OLD, NEW, NEW)
        await until(lambda: "Your password is changed." in texts(card))
        assert (card.old.text, card.new.text, card.again.text) == ("", "", "")


async def test_keys_in_a_file_open_with_the_new_password_from_then_on(tmp_path: Path) -> None:
    async with administrator_at_work(tmp_path) as (console, _):
        file = tmp_path / "keys.json"
        secrets = FileSecrets(file, OLD)
        secrets.set("name", "kept")
        console.core.sign_in.secrets = secrets
        card = shown(console, "account", PasswordCard)
        fill(card, OLD, NEW, NEW)
        await until(lambda: "Your password is changed." in texts(card))
        assert FileSecrets(file, NEW).get("name") == "kept"
        try:
            FileSecrets(file, OLD)
        except WrongPassphrase:
            return
        raise AssertionError("the old password opens it still")
