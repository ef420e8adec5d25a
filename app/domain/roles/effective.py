"""Effective access: what somebody may do and see, all roles together, and from what each part follows."""

from uuid import UUID

import msgspec
from sqlalchemy import func, select

from app.domain.roles.actors import actor_of, held_roles, subtree_of, teams_of, territories_of
from app.domain.roles.catalogue import guardable_fields, permissions
from app.domain.roles.grants import EVERYBODYS
from app.domain.roles.rules import BASELINE
from app.domain.teams.records import Team
from app.domain.tenants.records import Workspace
from app.domain.territories.records import Territory
from app.domain.users.records import User
from app.kernel.permissions import HIDDEN, READ_ONLY, Access, Actor, Level
from app.kernel.reader import Reader
from app.kernel.record import Record
from app.kernel.sharing import Share

WORDS = {  # why a record is in sight → how that is said
    "own": "Their own records",
    "shared": "Records that are shared with them or with their teams: {count}",
    "everybody": "Records of everybody in {name}",
    "team": "Records of the team {name}",
    "below": "Records of {name}, who is below them",
    "territory": "Records in the territory {name}",
}


class EffectiveRight(msgspec.Struct, frozen=True, kw_only=True):
    """How far one right reaches, and the roles that give it so far."""

    noun: str
    verb: str
    level: str
    roles: list[str]


class GuardedField(msgspec.Struct, frozen=True, kw_only=True):
    """A field that is hidden or read-only for somebody."""

    kind: str
    field: str
    state: str


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records somebody sees at the level "team"; `level` is the narrowest that suffices."""

    why: str
    id: UUID | None
    name: str
    level: str
    text: str


class EffectiveAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one person's access."""

    user_id: UUID
    name: str
    is_active: bool
    roles: list[str]
    rights: list[EffectiveRight]
    fields: list[GuardedField]
    reach: list[Reach]


def effective_access(reader: Reader, user_id: UUID) -> EffectiveAccess:
    """What a person may do and see now; `NotHere` when there is none."""
    person = reader.get(User, user_id)
    actor = actor_of(reader.connection, reader.tenant_id, user_id)
    return EffectiveAccess(
        user_id=user_id, name=person.name, is_active=person.is_active, roles=_roles(reader, actor),
        rights=[_right(actor.access, permission) for permission in permissions()], fields=_fields(actor.access),
        reach=_reach(reader, actor),
    )  # fmt: skip


def _roles(reader: Reader, actor: Actor) -> list[str]:
    if not actor.access.grants:
        return []  # not active: not even everybody's
    rows = held_roles(reader.connection, reader.tenant_id, actor.user_id)
    names = [row.name for row in rows]
    return names if any(row.key == BASELINE for row in rows) else [EVERYBODYS.name, *names]


def _right(access: Access, permission: str) -> EffectiveRight:
    noun, _, verb = permission.partition(":")
    level = access.level(permission)
    roles = [grant.name for grant in access.grants if level and grant.level(permission) is level]
    return EffectiveRight(noun=noun, verb=verb, level=level.name.lower(), roles=roles)


def _fields(access: Access) -> list[GuardedField]:
    found = []
    for name in guardable_fields():
        kind, _, field = name.partition(".")
        if field in access.hidden(kind):
            found.append(GuardedField(kind=kind, field=field, state=HIDDEN))
        elif not access.is_open and field in access.unwritable(kind):
            found.append(GuardedField(kind=kind, field=field, state=READ_ONLY))
    return found


def _reach(reader: Reader, actor: Actor) -> list[Reach]:
    if not actor.access.grants:
        return []
    where = (reader.connection, reader.tenant_id, actor.user_id)
    sources: list[tuple[str, type[Record], frozenset[UUID]]] = [
        ("everybody", Workspace, frozenset({reader.tenant_id})), ("team", Team, frozenset(teams_of(*where))),
        ("below", User, subtree_of(*where)), ("territory", Territory, territories_of(*where)),
    ]  # fmt: skip
    shared = select(func.count(Share.record_id.distinct())).where(
        Share.tenant_id == reader.tenant_id, Share.deleted_at.is_(None), Share.team_id.in_(actor.own)
    )
    return [
        _said("own", None, "", Level.OWN),
        _said("shared", None, "", Level.OWN, count=int(reader.connection.execute(shared).scalar_one())),
        *(
            _said(why, row.id, row.name, Level.TEAM)
            for why, kind, ids in sources
            for row in reader.all(reader.select(kind, kind.id, kind.__table__.c.name).where(kind.id.in_(ids)).order_by("name"))
        ),
    ]


def _said(why: str, record_id: UUID | None, name: str, level: Level, *, count: int = 0) -> Reach:
    text = WORDS[why].format(name=name, count=count)
    return Reach(why=why, id=record_id, name=name, level=level.name.lower(), text=text)
