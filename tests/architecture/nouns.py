"""Where each noun lives: every noun is at home in the same places, and what is missing carries its reason here."""

from pathlib import Path
from typing import NamedTuple

DOMAIN = "app/domain/{noun}"
ROUTES = "server/features/{noun}/routes.py"
EFFECTS = "server/features/{noun}/effects.py"
VIEW = "ui/features/{noun}/view.py"
VIEWMODEL = "ui/features/{noun}/viewmodel.py"
TESTS = "tests/domain/{noun}"

HOMES = (
    f"{DOMAIN}/__init__.py", f"{DOMAIN}/records.py", f"{DOMAIN}/rules.py", f"{DOMAIN}/commands.py", f"{DOMAIN}/queries.py",
    ROUTES, EFFECTS, VIEW, VIEWMODEL, TESTS,
)  # fmt: skip


class Away(NamedTuple):
    """Homes that a noun does without, and why."""

    homes: tuple[str, ...]
    because: str


SCREEN = (VIEW, VIEWMODEL)

NOUNS: dict[str, tuple[Away, ...]] = {
    "accounts": (Away((EFFECTS,), "a change of an account causes nothing outside the database"),),
    "attachments": (Away(SCREEN, "an attachment is shown in the bubble of its message"),),
    "audit": (
        Away((f"{DOMAIN}/records.py", f"{DOMAIN}/commands.py"), "the kernel writes it, with every command; nobody changes it"),
        Away((EFFECTS,), "what is written down causes nothing"),
    ),
    "calls": (),
    "conflicts": (
        Away((f"{DOMAIN}/records.py",), "the unit of work keeps what gave way: the record is the kernel's"),
        Away((EFFECTS,), "settling one causes nothing outside the database"),
    ),
    "contacts": (),
    "conversations": (Away((EFFECTS,), "what a conversation sends out is its messages"),),
    "identities": (
        Away(SCREEN, "identities are shown and changed on the card of their contact"),
        Away((EFFECTS,), "a change of an identity causes nothing outside the database"),
    ),
    "messages": (Away(SCREEN, "messages are the thread of their conversation"),),
    "notes": (Away(SCREEN, "notes stand in the thread and on the contact's card"), Away((EFFECTS,), "notes stay inside")),
    "roles": (Away((EFFECTS,), "a change of a role causes nothing outside the database"),),
    "search": (
        Away((f"{DOMAIN}/records.py", f"{DOMAIN}/commands.py"), "a read model over the other nouns: it changes nothing"),
        Away(SCREEN, "search is the command palette"),
        Away((EFFECTS,), "what changes nothing causes nothing"),
    ),
    "shares": (Away((EFFECTS,), "a share causes nothing outside the database"),),
    "scopes": (
        Away(SCREEN, "what is on a device is chosen in its settings"),
        Away((EFFECTS,), "what is on a device causes nothing outside the database"),
    ),
    "tasks": (Away((EFFECTS,), "tasks send no reminders outside yet"),),
    "teams": (Away((EFFECTS,), "a change of a team causes nothing outside the database"),),
    "tenants": (
        Away(SCREEN, "a tenant is made by `patchbay-server init` and has no screen"),
        Away((EFFECTS,), "a change of a tenant causes nothing outside the database"),
    ),
    "territories": (Away((EFFECTS,), "a change of a territory causes nothing outside the database"),),
    "timeline": (
        Away(
            (f"{DOMAIN}/records.py", f"{DOMAIN}/commands.py"), "a read model over the other nouns: it keeps and changes nothing"
        ),
        Away(SCREEN, "the timeline stands on the contact's card"),
        Away((EFFECTS,), "what changes nothing causes nothing"),
    ),
    "users": (Away((EFFECTS,), "a change of a user causes nothing outside the database"),),
}

FEATURES = {
    "away": "shows a record of any noun that only the server has",
    "sign_in": "proves who somebody is; the user and the role are the nouns",
    "outbox": "what waits to be sent, and what was refused; it is about commands",
    "tags": "a field of several nouns, chosen in one sheet for all of them",
    "settings": "keeps what belongs to this device: SIP account, sound devices, appearance",
}  # screens and routes that are about no noun, and why


def missing_homes(root: Path, noun: str) -> list[str]:
    """The homes that the noun should have below this root and has not."""
    excused = {home for away in NOUNS.get(noun, ()) for home in away.homes}
    return [path for home in HOMES if home not in excused and not (root / (path := home.format(noun=noun))).exists()]


def needless_excuses(root: Path, noun: str) -> list[str]:
    """Homes that the table says are not there, and are."""
    return [path for away in NOUNS[noun] for home in away.homes if (root / (path := home.format(noun=noun))).exists()]


def nouns_found(root: Path) -> set[str]:
    """Every noun that the domain has below this root."""
    return {folder.name for folder in (root / "app/domain").glob("[a-z]*") if (folder / "__init__.py").exists()}


def strays(root: Path) -> list[str]:
    """Folders of screens, routes or tests that belong to no noun and are no feature of their own."""
    known = NOUNS.keys() | FEATURES.keys()
    places = ("server/features", "ui/features", "tests/domain")
    folders = [folder for place in places for folder in (root / place).glob("[a-z]*") if any(folder.glob("*.py"))]
    return [str(folder.relative_to(root)) for folder in folders if folder.name not in known]
