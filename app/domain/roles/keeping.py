"""Nobody gives, takes or shuts out more than they have, and somebody is always left who can give: whatever the act."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.domain.roles.catalogue import beyond, opened
from app.domain.roles.grants import grant_of
from app.domain.roles.records import Role, RoleGrant
from app.domain.roles.rules import BASELINE
from app.domain.users.records import User
from app.kernel.errors import FieldNotAllowed, NotAllowed, Refused
from app.kernel.guards import guards
from app.kernel.permissions import Access, Level
from app.kernel.tree import below
from app.kernel.watch import Change
from app.kernel.work import UnitOfWork

KEEPING = ("role:grant", "role:edit", "user:edit")  # with these, somebody can give whatever else is missing
Rights = Mapping[UUID, tuple[str, Mapping[str, Any]]]  # role → its key, and what it gives


class NobodyLeft(Refused):
    """Nobody could give rights or let people in any more."""

    key = "nobody_left"
    text = "Nobody would be left who can give roles and let people in. Give somebody else a role that can, first."


@guards(Role)
def check_role(work: UnitOfWork, role: Role, change: Change) -> None:
    """Nor does who may less than a role change it, or bring it back."""
    if change.operation == "update" and change.after.keys().isdisjoint({"rights", "deleted_at"}):
        return
    before = change.before.get("rights") or role.rights
    for given in (role.rights, before):
        check_reach(work, given)
    if change.operation == "update":
        _check_kept(work, rights={role.id: (role.key, before)})


@guards(RoleGrant)
def check_grant(work: UnitOfWork, grant: RoleGrant, change: Change) -> None:
    """Also where it was theirs to give once."""
    if change.operation == "update" and "deleted_at" not in change.after:
        return
    if (role := work.peek(Role, grant.role_id)) is not None:
        check_reach(work, role.rights)
    if grant.deleted_at is not None:
        _check_kept(work, held=[(grant.user_id, grant.role_id)])


@guards(User)
def check_person(work: UnitOfWork, user: User, change: Change) -> None:
    """Who may less than somebody neither shuts them out nor lets them in again."""
    if change.operation == "insert":
        return
    if change.after.get("manager_id"):
        _check_manager(work, user, change.before["manager_id"])
    if change.after.keys().isdisjoint({"is_active", "deleted_at"}):
        return
    for grant in work.find(RoleGrant, RoleGrant.user_id == user.id):
        if (role := work.peek(Role, grant.role_id)) is not None:
            check_reach(work, role.rights)
    if user.deleted_at is not None or not user.is_active:
        _check_kept(work, active=user.id)


def _check_manager(work: UnitOfWork, user: User, before: UUID | None) -> None:
    """Who manages somebody sees what is theirs: nobody without the right to give rights brings others below themselves."""
    others = ((each.manager_id, each.id) for each in work.find(User) if each.manager_id and each.id != user.id)
    mine = below([work.actor.user_id], others)
    if user.manager_id in mine and before not in mine and work.actor.access.level("role:grant") < Level.ALL:
        raise NotAllowed(permission="role:grant")


def check_reach(work: UnitOfWork, given: Mapping[str, Any]) -> None:
    """Neither a right nor a field."""
    access = work.actor.access
    if (lacking := beyond(access, given.get("rights", {}))) is not None:
        raise NotAllowed(permission=lacking)
    if (withheld := opened(access, Access([grant_of("", given)]))) is not None:
        raise FieldNotAllowed(kind=withheld[0], field=withheld[1])


def _check_kept(
    work: UnitOfWork, *, rights: Rights | None = None, held: Iterable[tuple[UUID, UUID]] = (), active: UUID | None = None
) -> None:
    """`NobodyLeft` when nobody keeps the workspace now and somebody did with what is given here, which is how it was before."""
    if work.tenant_id in work.actor.own:
        return  # the server itself, which can always let somebody in
    known = {role.id: (role.key, role.rights) for role in work.find(Role)}
    grants = [(each.user_id, each.role_id) for each in work.find(RoleGrant)]
    if not _is_kept(work, known, grants) and _is_kept(work, known | dict(rights or {}), [*grants, *held], active):
        raise NobodyLeft


def _is_kept(work: UnitOfWork, rights: Rights, held: Iterable[tuple[UUID, UUID]], active: UUID | None = None) -> bool:
    everybodys = [given for key, given in rights.values() if key == BASELINE]
    by_person: dict[UUID, list[Mapping[str, Any]]] = {}
    for user_id, role_id in held:
        if role_id in rights:
            by_person.setdefault(user_id, []).append(rights[role_id][1])
    return any(
        _keeps([*everybodys, *given]) and (user_id == active or _is_active(work, user_id)) for user_id, given in by_person.items()
    )


def _keeps(given: Iterable[Mapping[str, Any]]) -> bool:
    access = Access(grant_of("", each) for each in given)
    return all(access.level(right) >= Level.TEAM for right in KEEPING)


def _is_active(work: UnitOfWork, user_id: UUID) -> bool:
    user = work.peek(User, user_id)
    return user is not None and user.is_active and user.deleted_at is None
