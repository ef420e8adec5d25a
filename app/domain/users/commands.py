"""What can be done with the people who sign in."""

from typing import Any

from app.domain.identities.rules import read_email
from app.domain.users.records import NewUserId, User, UserId
from app.domain.users.rules import FORCED, check_reason, check_state
from app.kernel.command import Command, handles
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.named import required
from app.kernel.patch import read_patch
from app.kernel.tree import check_no_circle
from app.kernel.work import UnitOfWork

EDITABLE = frozenset({"name", "language", "time_zone", "is_active", "manager_id"})


class CreateUser(Command, name="user.create", permission="user:create", offline=False):
    """Let a person in; their password is set apart from this."""

    user_id: NewUserId
    name: str
    email: str
    language: str = "en"
    time_zone: str = "UTC"


class EditUser(Command, name="user.edit", permission="user:edit", offline=False):
    """Change a person's details."""

    user_id: UserId
    patch: dict[str, Any]


NOW = "It says what somebody does now. Choose another state."


class SetUserState(Command, name="user.set_state", permission="user:set_state", offline=True, no_undo=NOW):
    """Say whether one is available; somebody else's state only with the right to force one, and they are told who and why."""

    user_id: UserId
    state: str
    reason: str = ""


@handles(CreateUser)
def create_user(work: UnitOfWork, command: CreateUser) -> User:
    """One person an address."""
    address = read_email(command.email)
    if not address.is_valid:
        raise BadValue(field="email", value=command.email, hint="Write an address such as ana@example.com.")
    if work.find(User, User.email == address.value):
        raise BadValue(field="email", value=address.value, hint="Somebody has this address already.")
    return work.add(
        User(
            id=command.user_id,
            team_id=work.tenant_id,
            name=required("name", command.name),
            email=address.value,
            language=command.language,
            time_zone=command.time_zone,
        )
    )


@handles(EditUser)
def edit_user(work: UnitOfWork, command: EditUser) -> User:
    """Each field stands on its own."""
    user = work.get(User, command.user_id)
    patch = read_patch(User, command.patch, EDITABLE)
    if patch.get("manager_id"):
        work.get(User, patch["manager_id"])
        pairs = ((each.manager_id, each.id) for each in work.find(User) if each.manager_id)
        check_no_circle("manager_id", user.id, patch["manager_id"], pairs)
    work.edit(user, patch)
    return user


@handles(SetUserState)
def set_user_state(work: UnitOfWork, command: SetUserState) -> User:
    """State and since when belong together. Who set it in somebody's place, and why, stays until they choose themselves."""
    user, by_id = work.get(User, command.user_id), work.issued.actor_id
    reason = check_reason(command.reason)
    forced = {FORCED: {"by_id": str(by_id), "reason": reason}} if by_id != command.user_id else {}
    if forced and not work.may("force", user):
        raise NotAllowed(permission="user:force")
    if user.state != check_state(command.state):
        user.state, user.state_since = command.state, work.now
    custom = {name: value for name, value in user.custom.items() if name != FORCED} | forced
    if user.custom != custom:
        user.custom = custom
    return user
