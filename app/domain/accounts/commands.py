"""What can be done with accounts."""

from typing import Any
from uuid import UUID

from app.domain.accounts.records import Account, AccountId, NewAccountId
from app.domain.accounts.rules import EDITABLE
from app.domain.users.records import UserId
from app.kernel.command import Command, handles
from app.kernel.locking import lock, unlock
from app.kernel.named import required
from app.kernel.patch import read_patch
from app.kernel.set_words import clean_words
from app.kernel.work import UnitOfWork


class CreateAccount(Command, name="account.create", permission="account:create", offline=True):
    """Keep a new organisation; everybody sees it unless a team is named."""

    account_id: NewAccountId
    name: str
    domain: str | None = None
    industry: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()
    team_id: UUID | None = None


class EditAccount(Command, name="account.edit", permission="account:edit", offline=True, in_bulk=True):
    """Change some fields; tags as a list, or as {"add": […], "remove": […]} beside what others do to them."""

    account_id: AccountId
    patch: dict[str, Any]


class DeleteAccount(Command, name="account.delete", permission="account:delete", offline=True, in_bulk=True):
    """Leave a tombstone; its contacts stay."""

    account_id: AccountId


class AssignAccount(Command, name="account.assign", permission="account:assign", offline=True, in_bulk=True):
    """Give an account to an owner; where no team is named it stays its team's."""

    account_id: AccountId
    owner_id: UserId | None
    team_id: UUID | None = None


class LockAccount(Command, name="account.lock", permission="account:lock", offline=True, in_bulk=True):
    """Let nobody without this right change or delete the account, nor what is below it."""

    account_id: AccountId


class UnlockAccount(Command, name="account.unlock", permission="account:lock", offline=True, in_bulk=True):
    """Let everybody who may change the account do so again."""

    account_id: AccountId


@handles(CreateAccount)
def create_account(work: UnitOfWork, command: CreateAccount) -> Account:
    """The one who makes it owns it."""
    return work.add(
        Account(
            id=command.account_id,
            owner_id=work.issued.actor_id,
            team_id=command.team_id or work.tenant_id,
            name=required("name", command.name),
            domain=command.domain,
            industry=command.industry,
            country=command.country,
            tags=clean_words("tags", command.tags),
        )
    )


@handles(EditAccount)
def edit_account(work: UnitOfWork, command: EditAccount) -> Account:
    """Each field stands on its own."""
    account = work.get(Account, command.account_id)
    patch = read_patch(Account, command.patch, EDITABLE)
    if "name" in patch:
        patch["name"] = required("name", patch["name"])
    work.edit(account, patch)
    return account


@handles(DeleteAccount)
def delete_account(work: UnitOfWork, command: DeleteAccount) -> None:
    """Contacts keep their account id: bringing the account back brings it back for them."""
    work.delete(work.get(Account, command.account_id))


@handles(AssignAccount)
def assign_account(work: UnitOfWork, command: AssignAccount) -> Account:
    """Its contacts keep theirs."""
    account = work.get(Account, command.account_id)
    account.owner_id, account.team_id = command.owner_id, command.team_id or account.team_id
    return account


@handles(LockAccount)
def lock_account(work: UnitOfWork, command: LockAccount) -> Account:
    """Once; locking it again changes nothing."""
    return lock(work, work.get(Account, command.account_id))


@handles(UnlockAccount)
def unlock_account(work: UnitOfWork, command: UnlockAccount) -> Account:
    """Whoever locked it."""
    return unlock(work.get(Account, command.account_id))
