"""What rights are called, and where screens show them: in a grid of nouns and verbs, or as a line of their own."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from app.desk.wording import field_word, kind_word, kinds_word
from app.domain.roles.catalogue import permissions, reaching
from app.kernel.errors import BadValue, ChangedSince, FieldNotAllowed, NamesNothing, PatchbayError, Superseded
from app.kernel.permissions import EVERYTHING
from app.kernel.texts import text_for
from app.kernel.undo import BuiltUpon, ChangedSinceDone
from app.kernel.words import tr

VERBS = {
    "read": "Read", "create": "Create", "edit": "Edit", "delete": "Delete", "assign": "Assign", "export": "Export",
    "lock": "Lock", "bulk": "Many at once", "record": "Record", "listen": "Listen",
}  # fmt: skip
NOUNS = {
    "contact": "Contacts", "account": "Accounts", "conversation": "Conversations", "message": "Messages", "attachment": "Files",
    "call": "Calls", "note": "Notes", "task": "Tasks", "identity": "Numbers and addresses",
}  # fmt: skip
STANDS_FOR = {"call:log": "create", "message:reply": "create"}  # what making one is called there
# Refusals that tell of a field which the person knows by another name.
FIELD_NAMED = (BadValue.key, NamesNothing.key, ChangedSince.key, ChangedSinceDone.key, FieldNotAllowed.key, Superseded.key)
LEVELS = {"all": "All", "team": "Team", "own": "Own", "none": "–"}
LEVEL_SENTENCES = {
    "all": "all records", "team": "their own, their teams', those of people below them, and everybody's",
    "own": "their own, and what is shared with them", "none": "none",
}  # fmt: skip
LEVEL_TONES = {  # level → tone of the word and of the ground under it
    "all": ("accent_text", "accent_soft"), "team": ("info", "info_soft"), "own": ("text2", "inset"), "none": ("muted", ""),
}  # fmt: skip
WORDS = {
    "call:erase": "Delete recordings of calls for good",
    "audit:read": "Read the audit", "audit:export": "Export the audit", "audit:retention": "Say how long the audit is kept",
    "audit:watch": "Choose which openings the audit tells of",
    "contact:erase": "Erase a person's data for good", "conflict:read": "See one's own conflicts",
    "conflict:settle": "Settle one's own conflicts",
    "device:read": "See everybody's devices", "device:revoke": "Remove devices, erase their data",
    "device:confirm": "Let a device's large deletions through", "job:read": "See failed jobs",
    "job:replay": "Run failed jobs again", "message:receive": "Hand in messages of a channel",
    "message:deliver": "Report how a message was delivered", "record:restore": "Bring back what was deleted",
    "role:read": "See roles", "role:create": "Make roles", "role:edit": "Change roles", "role:delete": "Delete roles",
    "role:grant": "Give and take roles", "scope:read": "See what one's devices hold",
    "scope:edit": "Choose what one's devices hold", "share:read": "See with whom records are shared",
    "share:create": "Share records", "share:delete": "Take shares back", "team:read": "See teams", "team:create": "Make teams",
    "team:edit": "Rename teams, choose members", "team:delete": "Delete teams", "tenant:read": "See the workspace's settings",
    "tenant:create": "Found the workspace", "tenant:edit": "Change the workspace's settings",
    "territory:read": "See territories", "territory:create": "Make territories",
    "territory:edit": "Change territories, choose members", "territory:delete": "Delete territories",
    "territory:place": "Put records into territories", "undo:create": "Take back one's own acts",
    "undo:force": "Take back what others did", "user:read": "See people", "user:create": "Add people",
    "user:reset_password": "Let people choose a new password",
    "user:edit": "Change people's details and managers", "user:set_state": "Set one's own state",
    "user:force": "Set somebody else's state", "user:monitor": "See who is here and what they work on",
}  # fmt: skip
GROUPS = {
    "People": ("user", "role", "team", "territory", "device"),
    "Work": ("share", "undo", "record", "conflict", "scope", "message", "call"),
    "Company": ("tenant", "audit", "job"),
}  # fmt: skip
SUBJECTS = {  # the same rights, by what they are about
    "People": ("user",), "Roles": ("role",), "Teams": ("team",), "Territories": ("territory",), "Devices": ("device", "scope"),
    "Sharing": ("share",), "Conflicts": ("conflict",), "Taking back": ("undo", "record"), "Erasing": ("contact", "call"),
    "Messages of channels": ("message",), "Audit": ("audit",), "Workspace": ("tenant",), "Jobs": ("job",),
}  # fmt: skip
Group = tuple[str, tuple[str, ...]]


def grid_nouns() -> tuple[str, ...]:
    """The rows of the grid: whatever rights reach over some records of and not over others."""
    known = [noun for noun in NOUNS if noun in reaching()]
    return (*known, *sorted(reaching() - set(known)))


def grid_verbs() -> tuple[str, ...]:
    """The columns of the grid."""
    return tuple(verb for verb in VERBS if any(in_grid(noun, verb) for noun in grid_nouns()))


def in_grid(noun: str, verb: str) -> str:
    """The right that stands in a cell of the grid; "" where there is none to give."""
    return _cells().get((noun, verb), "")


@cache
def _placed(known: tuple[str, ...]) -> dict[tuple[str, str], str]:
    found = {}
    for permission in known:
        noun, _, verb = permission.partition(":")
        column = STANDS_FOR.get(permission, verb)
        if noun in reaching() and column in VERBS:
            found[noun, column] = permission
    return found


def _cells() -> dict[tuple[str, str], str]:
    return _placed(permissions())


def special_groups() -> tuple[Group, ...]:
    """The rights that are given or not, in their groups: (heading, rights)."""
    return _grouped(GROUPS, "Work")


def special_subjects() -> tuple[Group, ...]:
    """The same by what they are about."""
    return _grouped(SUBJECTS, "Workspace")


def _grouped(groups: Mapping[str, tuple[str, ...]], else_in: str) -> tuple[Group, ...]:
    gridded = set(_cells().values())
    rest = [permission for permission in permissions() if permission not in gridded]
    place = {noun: group for group, nouns in groups.items() for noun in nouns}
    found = {group: tuple(each for each in rest if place.get(each.partition(":")[0], else_in) == group) for group in groups}
    return tuple((tr(group), rights) for group, rights in found.items() if rights)


def noun_words(noun: str) -> str:
    """Records of a noun: "Contacts"."""
    return tr(NOUNS[noun]) if noun in NOUNS else kind_word(noun).capitalize()


def verb_word(verb: str) -> str:
    """What is done with them: "Edit"."""
    return tr(VERBS.get(verb, verb))


def level_word(level: str) -> str:
    """Over which records: "Team"."""
    return tr(LEVELS.get(level, level))


def level_sentence(level: str) -> str:
    """Over which records, said in full."""
    return tr(LEVEL_SENTENCES.get(level, level))


def right_words(permission: str) -> str:
    """A right that is given or not: "Read the audit"."""
    if permission in WORDS:
        return tr(WORDS[permission])
    if permission == EVERYTHING:
        return tr("Everything")
    noun, _, verb = permission.partition(":")
    said = tr("everything") if verb == "*" else VERBS.get(verb, verb).lower().replace("_", " ")
    return f"{noun_words(noun)}, {said}"


def refusal_text(key: str, values: Mapping[str, Any], language: str = "en") -> str:
    """Why something was refused, with the right that was missing, the field and the kind in words."""
    told = dict(values)
    if key in FIELD_NAMED and "field" in told:
        told["field"] = field_word(str(told["field"]))
    if key == BuiltUpon.key and "kind" in told:
        told["kind"] = kind_word(str(told["kind"])) if told.get("count") == 1 else kinds_word(str(told["kind"]))
    if permission := told.get("permission"):
        told["permission"] = right_words(str(permission))
    words = text_for(key, told, language)
    return words[:1].upper() + words[1:]  # some begin with the field


def problem_text(error: PatchbayError) -> str:
    """What is wrong with a field, for the line below it: its name and its value stand there already."""
    hint = str(error.values.get("hint", "")) if isinstance(error, BadValue) else ""
    return hint or refusal_text(error.key, error.values)


def guarded_words(kind: str, field: str) -> str:
    """A field that a role withholds: "Contact: pinned note"."""
    return f"{kind_word(kind).capitalize()}: {field_word(field)}"
