"""Accounts in the REST API."""

from app.domain.accounts.commands import AssignAccount, CreateAccount, DeleteAccount, EditAccount, LockAccount, UnlockAccount
from app.domain.accounts.queries import AccountCard, account, accounts
from app.domain.accounts.records import Account
from app.domain.accounts.rules import EDITABLE
from server.features.bulk import doing, in_bulk, setting
from server.features.routing import acting, creating, deleting, patching, reading

ROUTES = (
    reading("/accounts", accounts, of=AccountCard, permission="account:read"),
    creating("/accounts", CreateAccount, then=account),
    reading("/accounts/{id}", account, permission="account:read", opens="account"),
    patching("/accounts/{id}", EditAccount, Account, EDITABLE, then=account),
    acting("/accounts/{id}/assign", AssignAccount, then=account),
    deleting("/accounts/{id}", DeleteAccount),
    acting("/accounts/{id}/lock", LockAccount, then=account),
    acting("/accounts/{id}/unlock", UnlockAccount, then=account),
    in_bulk(
        "account",
        {
            "edit": setting(EditAccount, "account_id", Account, EDITABLE),
            "assign": doing(AssignAccount, "account_id"),
            "delete": doing(DeleteAccount, "account_id"),
            "lock": doing(LockAccount, "account_id"),
            "unlock": doing(UnlockAccount, "account_id"),
        },
    ),
)
