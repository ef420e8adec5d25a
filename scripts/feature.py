"""Lays out the homes of a new noun (`make feature NAME=quotes`) and says which lines to add where."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROUTES = """\
\"\"\"{Noun} over the API.\"\"\"

from server.features.route import Route

ROUTES: tuple[Route, ...] = ()
"""

HOMES = {
    "app/domain/{noun}/__init__.py": '"""{Noun}: what is kept about them, and what can be done."""\n',
    "app/domain/{noun}/records.py": '"""What is kept of {noun}."""\n',
    "app/domain/{noun}/rules.py": '"""What is right for {noun}: pure functions over plain values."""\n',
    "app/domain/{noun}/commands.py": '"""What can be done with {noun}."""\n',
    "app/domain/{noun}/queries.py": '"""{Noun} as screens and programs read them."""\n',
    "server/features/{noun}/__init__.py": '"""{Noun} on the server."""\n',
    "server/features/{noun}/routes.py": ROUTES,
    "server/features/{noun}/effects.py": '"""What follows outside the database when {noun} change."""\n',
    "ui/features/{noun}/__init__.py": '"""{Noun} on the screen."""\n',
    "ui/features/{noun}/view.py": '"""Draws {noun} and forwards what the hand does."""\n',
    "ui/features/{noun}/viewmodel.py": '"""Decides what the screen of {noun} shows; without Qt."""\n',
    "tests/domain/{noun}/__init__.py": '"""{Noun}: their rules, commands and queries."""\n',
}

LINES = """\
The homes of {noun} stand. What is left to add by hand:
  app/domain/nouns.py            from app.domain.{noun} import commands as _{noun}   … and _{noun} in NOUNS
  tests/architecture/nouns.py    "{noun}": (),                                       … homes it does without, each with its reason
  server/database/migrations     one migration with its tables
  server/bootstrap.py            from server.features.{noun}.routes import ROUTES as …   … and *… in ROUTES; its effects
  ui/bootstrap.py                its view and view-model
  resources/i18n                 its strings
What belongs into each home stands in docs/adding-a-noun.md.
"""


class BadName(Exception):
    """The name cannot be a noun's."""


def lay_out(root: Path, noun: str) -> list[Path]:
    """Write every home of the noun below the root; refuses a name that is taken, and then writes nothing."""
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*s", noun):
        raise BadName(f"{noun!r}: a noun is a plural in lower case, such as quotes or call_flows")
    homes = {root / home.format(noun=noun): text for home, text in HOMES.items()}
    if taken := [str(path.relative_to(root)) for path in homes if path.exists()]:
        raise BadName(f"{noun!r} is there already: {', '.join(taken)}")
    said = noun.replace("_", " ")
    for path, text in homes.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(noun=said, Noun=said.capitalize()), encoding="utf-8")
    return list(homes)


def main(arguments: Sequence[str]) -> int:
    """The command: one noun, in the checkout where this file stands."""
    if len(arguments) != 1:
        sys.stderr.write("usage: make feature NAME=quotes\n")
        return 2
    root = Path(__file__).resolve().parents[1]
    try:
        made = lay_out(root, arguments[0])
    except BadName as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"  {path.relative_to(root)}\n" for path in made) + LINES.format(noun=arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
