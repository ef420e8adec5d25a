"""Every right that can be given is asked for somewhere, every right that is asked for can be given, and each has words."""

import re
from pathlib import Path

from app.desk import rights
from app.domain import nouns
from app.domain.roles.catalogue import ASKED_AT_DOORS, permissions

KNOWN = nouns.NOUNS
ROOT = Path(__file__).parents[2]
WHERE_THEY_ARE_TOLD = (  # of revisions: what roles gave once
    "app/domain/roles/catalogue.py", "app/domain/roles/rules.py", "app/desk/rights.py", "server/database/migrations/",
)  # fmt: skip
RIGHT = re.compile(r'"([a-z_]+:[a-z_]+)"')


def asked() -> set[str]:
    """Every right that is named where it is asked for, not where it is only told of."""
    files = [path for folder in ("app", "server", "ui") for path in (ROOT / folder).rglob("*.py")]
    found: set[str] = set()
    for path in files:
        if not path.relative_to(ROOT).as_posix().startswith(WHERE_THEY_ARE_TOLD):
            found |= set(RIGHT.findall(path.read_text()))
    known = {permission.partition(":")[0] for permission in permissions()}
    return {each for each in found if each.partition(":")[0] in known}


def test_what_is_asked_for_can_be_given() -> None:
    assert asked() <= set(permissions())


def test_what_doors_ask_for_is_asked_for_at_a_door() -> None:
    assert set(ASKED_AT_DOORS) <= asked()


def test_every_right_stands_in_the_grid_or_has_words_of_its_own() -> None:
    gridded = {rights.in_grid(noun, verb) for noun in rights.grid_nouns() for verb in rights.grid_verbs()}
    listed = {right for _, group in rights.special_groups() for right in group}
    assert gridded - {""} | listed == set(permissions())
    assert listed <= rights.WORDS.keys()
    assert set(rights.grid_nouns()) <= rights.NOUNS.keys()
