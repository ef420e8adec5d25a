"""The shape of the tree: short modules, every noun at home everywhere, nothing of the machine that built it."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.nouns import NOUNS, missing_homes, needless_excuses, nouns_found, strays
from tests.architecture.tree import PROGRAMS, ROOT, modules, tracked_files

LONGEST_MODULE = 400  # lines
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(?:work|root|tmp|home)/[\w.]")
REGISTRIES = re.compile(r"(?:pypi|pythonhosted|npmjs|yarnpkg|deb\.debian)\.(?:org|com)")


def source(path: str) -> str:
    """A file of the checkout as text."""
    return (ROOT / path).read_text(encoding="utf-8")


def text_of(path: Path) -> str | None:
    """The text of a tracked file, None where it is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    python = [path for path in tracked_files() if path.suffix == ".py"]
    assert len(python) > 30
    lines = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in python}
    assert {path: count for path, count in lines.items() if count > LONGEST_MODULE} == {}


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in modules(*PROGRAMS, "tests", "bench", "scripts")}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_a_noun_has_all_its_homes(noun: str) -> None:
    assert missing_homes(ROOT, noun) == []


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_what_a_noun_is_said_to_lack_is_not_there(noun: str) -> None:
    assert needless_excuses(ROOT, noun) == []


def test_every_folder_of_the_domain_is_a_noun_of_the_table() -> None:
    assert nouns_found(ROOT) == set(NOUNS)


def test_every_screen_and_route_belongs_to_a_noun_or_says_why_not() -> None:
    assert strays(ROOT) == []


def test_every_noun_is_known_to_both_programs() -> None:
    with_commands = {path.parent.name for path in modules("app") if path.match("app/domain/*/commands.py")}
    known = set(re.findall(r"^from app\.domain\.(\w+) import commands as", source("app/domain/nouns.py"), re.MULTILINE))
    assert known == with_commands


def test_every_menu_is_of_the_kind_that_goes_when_it_is_closed() -> None:
    makers = [str(path) for path in modules("ui") if "QMenu" in source(str(path)).replace("QMenu::", "").replace("QMenu {", "")]
    assert makers == ["ui/widgets/menus.py"]


def test_every_route_is_served() -> None:
    with_routes = {path.parent.name for path in modules("server") if path.match("server/features/*/routes.py")}
    served = set(re.findall(r"^from server\.features\.(\w+)\.routes import ROUTES", source("server/bootstrap.py"), re.MULTILINE))
    assert served == with_routes


def test_no_file_names_a_place_on_the_machine_that_wrote_it() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [f"{path}: {host}" for path in tracked_files() for host in REGISTRIES.findall(text_of(path) or "")]
    assert found == []


def test_the_lock_file_pins_every_version_with_hashes_and_names_no_index() -> None:
    lock = source("requirements/lock.txt")
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links", lock)
    for requirement in re.split(r"\n(?=[a-z0-9])", lock.strip()):
        assert re.match(r"[a-z0-9][a-z0-9-]*(?:\[[a-z,-]+\])?==[^ ]+", requirement), requirement.splitlines()[0]
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


def dependencies() -> set[str]:
    """The names of everything that pyproject.toml asks for."""
    project = tomllib.loads(source("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in wanted}


def test_every_dependency_is_pinned() -> None:
    lock = source("requirements/lock.txt")
    pinned = set(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,-]+\])?==", lock, re.MULTILINE))
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in dependencies()} - pinned == set()


def test_every_dependency_says_what_it_is_for_why_it_was_chosen_and_its_licence() -> None:
    table = source("docs/dependencies.md")
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", table, re.MULTILINE)
    said = {name: [cell.strip() for cell in rest.split(" | ")] for name, rest in rows}
    assert said.keys() == dependencies()
    assert {name for name, cells in said.items() if len(cells) != 3 or not all(cells)} == set()


def test_the_makefile_names_each_command_with_a_line_of_help() -> None:
    makefile = source("Makefile")
    commands = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split())
    assert set(re.findall(r"^([a-z]+):.*## .+$", makefile, re.MULTILINE)) == commands
    assert {"demo", "test", "check", "bench", "feature", "lock"} <= commands
