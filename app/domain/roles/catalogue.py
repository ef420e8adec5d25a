"""Every right that there is, and every field that a role can guard: what roles are checked against, and what screens offer."""

from functools import cache

from app.domain.roles.grants import grant_of
from app.domain.roles.rules import Words, stored
from app.kernel.command import COMMANDS
from app.kernel.errors import BadValue
from app.kernel.permissions import EVERYTHING, HIDDEN, LEVELS, READ_ONLY, SPECIAL, VERBS, Access
from app.kernel.record import KINDS, guardable_of, noun_of

WITHHELD = (HIDDEN, READ_ONLY)


def nouns() -> list[str]:
    """What rights are about, those of commands that have no records of their own among them."""
    return sorted({noun_of(kind) for kind in KINDS} | {command.permission.partition(":")[0] for command in COMMANDS.values()})


def verbs_of(noun: str) -> list[str]:
    """What can be done with a noun: the same for every noun, what its commands add, and the special rights."""
    added = {verb for each in COMMANDS.values() for owner, _, verb in [each.permission.partition(":")] if owner == noun}
    return [*VERBS, *sorted(added - {*VERBS, *SPECIAL}), *SPECIAL]


@cache
def _permissions(_kinds: int, _commands: int) -> tuple[str, ...]:
    return tuple(f"{noun}:{verb}" for noun in nouns() for verb in verbs_of(noun))


def permissions() -> tuple[str, ...]:
    """Every right that a role can give."""
    return _permissions(len(KINDS), len(COMMANDS))


def guardable_fields() -> list[str]:
    """Every field that a role can hide or make read-only, as "kind.field"."""
    return [f"{kind}.{field}" for kind in sorted(KINDS) for field in sorted(guardable_of(kind))]


def check_rights(rights: Words) -> None:
    """`BadValue` names the first right or level that there is not."""
    known = {*permissions(), *(f"{noun}:*" for noun in nouns()), EVERYTHING}
    for right, level in rights.items():
        if right not in known:
            raise BadValue(field="rights", value=right, hint='A right is "noun:verb", "noun:*" or "*".')
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
    wanted = Access([grant_of("", stored(rights, {}))])
    return next((right for right in permissions() if wanted.level(right) > access.level(right)), None)
