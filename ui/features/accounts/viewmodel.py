"""Organisations: the list, one of them with its people, and a new one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.desk.desk import Desk
from app.desk.tagging import tagging
from app.domain.accounts.commands import CreateAccount, DeleteAccount, EditAccount
from app.domain.accounts.queries import AccountCard, account, account_ids, accounts
from app.domain.contacts.queries import ContactRow, contacts
from app.domain.users.queries import user_name
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.kernel.observable import Observable
from app.kernel.reader import Reader, Slice
from app.kernel.words import tr
from ui.features.narrowing import Narrowing

PEOPLE_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An account and the people who belong to it."""

    card: AccountCard
    people: tuple[ContactRow, ...]
    locked_by: str = ""


class AccountsList:
    """Pages of accounts by name."""

    def __init__(self, desk: Desk) -> None:
        self.search: Observable[str] = Observable("")
        self.stale: Observable[int] = Observable(0)
        locks = (("", tr("Any state")), ("locked", tr("Locked")), ("unlocked", tr("Not locked")))
        self.narrowing = Narrowing(desk, "account", self._reload, states=locks)
        self._desk = desk
        self._stop = desk.on_changed({"account"}, self._reload)
        self.search.subscribe(lambda _: self._reload())

    def _reload(self) -> None:
        self.stale.set(self.stale.value + 1)

    async def page(self, after: str | None, limit: int = 50) -> Slice:
        """Accounts after a place, as `AccountCard`s."""
        wanted = self.wanted()
        self.narrowing.offer_soon()
        return await self._desk.read(lambda reader: accounts(reader, **wanted, after=after, limit=limit))

    async def everything(self) -> list[UUID]:
        """The ids of all that the list would show."""
        wanted = self.wanted()
        return await self._desk.read(lambda reader: account_ids(reader, **wanted))

    def wanted(self) -> dict[str, Any]:
        """What is looked for, as the query takes it and the door for exports."""
        state = self.narrowing.state.value.value
        locked = {"is_locked": state == "locked"} if state else {}
        return {"starting_with": self.search.value.strip(), **self.narrowing.exported(), **locked}

    async def create(self, name: str, domain: str | None = None) -> UUID:
        """Keep a new one and return its id."""
        account_id = new_id()
        await self._desk.run(CreateAccount(account_id=account_id, name=name, domain=domain))
        return account_id

    def close(self) -> None:
        """Hear no more."""
        self._stop()
        self.narrowing.close()


class AccountPanel:
    """One account; follows every change."""

    def __init__(self, desk: Desk) -> None:
        self.organisation: Observable[Organisation | None] = Observable(None)
        self._desk = desk
        self._account_id: UUID | None = None
        self._stop = desk.on_changed({"account", "contact"}, lambda: desk.tasks.start(self.refresh(), name="account panel"))

    async def open(self, account_id: UUID | None) -> None:
        """Show an account, or none."""
        self._account_id = account_id
        await self.refresh()
        if account_id is not None and (found := self.organisation.value) is not None and found.card.id == account_id:
            self._desk.opened("account", account_id)

    async def refresh(self) -> None:
        """Read it again."""
        wanted = self._account_id
        found = await self._desk.read(lambda reader: _read(reader, wanted)) if wanted else None
        if wanted == self._account_id:
            self.organisation.set(found)

    async def edit(self, **patch: object) -> None:
        """Change some fields."""
        if self._account_id is not None:
            await self._desk.run(EditAccount(account_id=self._account_id, patch=dict(patch)))

    async def untag(self, tag: str) -> str:
        """Take a tag off; the words for what was done."""
        if self._account_id is None:
            raise NotHere(kind="account", id="")
        await self._desk.run(tagging("account", self._account_id, remove=(tag,)))
        return tr("Tag taken off: {0}.").replace("{0}", tag)

    async def delete(self) -> None:
        """Undo brings it back."""
        if self._account_id is not None:
            await self._desk.run(DeleteAccount(account_id=self._account_id))

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def _read(reader: Reader, account_id: UUID) -> Organisation | None:
    try:
        card = account(reader, account_id)
    except NotHere:
        return None
    return Organisation(
        card=card,
        people=tuple(contacts(reader, account_id=account_id, limit=PEOPLE_SHOWN).rows),
        locked_by=user_name(reader, card.locked_by),
    )
