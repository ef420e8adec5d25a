"""Every right that something asks for, and every field that a role can guard: what roles are checked by, and screens offer."""

from functools import cache

from app.domain.roles.grants import grant_of
from app.domain.roles.rules import Words, stored
from app.kernel.command import COMMANDS
from app.kernel.errors import BadValue
from app.kernel.permissions import EVERYTHING, HIDDEN, LEVELS, READ_ONLY, SPECIAL, VERBS, Access
from app.kernel.record import KINDS, Root, guardable_of, noun_of

WITHHELD = (HIDDEN, READ_ONLY)
ASKED_AT_DOORS = (  # rights that no command has: what leads out of the workspace, and what is done to what is others'
    "audit:read", "audit:export", "device:read", "device:revoke", "device:confirm", "job:read", "job:replay", "user:force",
    "user:monitor", "user:reset_password", "undo:force", "contact:export", "account:export", "conversation:export", "call:export",
    "call:record",
)  # fmt: skip


def nouns() -> list[str]:
    """What rights are about."""
    return sorted({permission.partition(":")[0] for permission in permissions()})


def reaching() -> frozenset[str]:
    """The nouns whose rights reach over some records and not over others: their level says over which."""
    return frozenset(noun_of(kind) for kind, record in KINDS.items() if not (record.__open__ or record.__personal__))


@cache
def _permissions(_kinds: int, _commands: int) -> tuple[str, ...]:
    """Reading is asked for every noun, assigning for what can be moved, all else by commands (bulk: beside theirs) and doors."""
    moved = {noun_of(kind) for kind, each in KINDS.items() if issubclass(each, Root) and noun_of(kind) in reaching()}
    asked = {command.permission for command in COMMANDS.values()} | set(ASKED_AT_DOORS)
    in_bulk = {command.permission.partition(":")[0] for command in COMMANDS.values() if command.in_bulk}
    asked |= {f"{noun}:bulk" for noun in in_bulk & reaching()}
    asked |= {f"{noun_of(kind)}:read" for kind in KINDS} | {f"{noun}:assign" for noun in moved}
    return tuple(sorted(asked, key=_place))


def _place(permission: str) -> tuple[str, int, str]:
    noun, _, verb = permission.partition(":")
    return noun, VERBS.index(verb) if verb in VERBS else len(VERBS) + (verb in SPECIAL), verb


def permissions() -> tuple[str, ...]:
    """Every right that a role can give: one that nothing asks for is not among them."""
    return _permissions(len(KINDS), len(COMMANDS))


def guardable_fields() -> list[str]:
    """Every field that a role can hide or make read-only, as "kind.field"."""
    return [f"{kind}.{field}" for kind in sorted(KINDS) for field in sorted(guardable_of(kind))]


def check_rights(rights: Words) -> None:
    """`BadValue` names the first right or level that there is not."""
    known = {*permissions(), *(f"{noun}:*" for noun in nouns()), EVERYTHING}
    for right, level in rights.items():
        if right not in known:
            raise BadValue(field="rights", value=right, hint='A right is "noun:verb", "noun:*" or "*", for what can be done.')
        if level not in LEVELS:
            raise BadValue(field=right, value=level, hint=f"One of: {', '.join(LEVELS)}.")


def check_fields(fields: Words) -> None:
    """`BadValue` names the first field that cannot be guarded, or not so."""
    known = set(guardable_fields())
    for name, how in fields.items():
        if name not in known:
            raise BadValue(field="fields", value=name, hint='A field is "kind.field"; ids, owners and times cannot be guarded.')
        if how not in WITHHELD:
            raise BadValue(field=name, value=how, hint=f"One of: {', '.join(WITHHELD)}.")


def beyond(access: Access, rights: Words) -> str | None:
    """The first right of a role that somebody does not have themselves as far: nobody gives more than they have."""
    return exceeded(access, Access([grant_of("", stored(rights, {}))]))


def exceeded(access: Access, other: Access) -> str | None:
    """The first right that the other has further."""
    return next((right for right in permissions() if other.level(right) > access.level(right)), None)


def opened(access: Access, other: Access) -> tuple[str, str] | None:
    """The first field (kind and name) that the other is shown or may set, and that is withheld here."""
    for kind in () if access.is_open else KINDS:
        noun = noun_of(kind)
        for verbs, withheld in (
            (("read",), access.hidden(kind) - other.hidden(kind)),
            (("create", "edit"), access.unwritable(kind) - other.unwritable(kind)),
        ):
            if withheld and any(other.level(f"{noun}:{verb}") for verb in verbs):
                return kind, min(withheld)
    return None
