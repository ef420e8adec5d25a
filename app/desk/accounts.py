"""The phone accounts of this device: kept in its profile, their passwords among its secrets, signed in at its phone."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from app.desk.profile import SipAccount
from app.desk.sign_in import SignIn
from app.desk.telephony import PhoneDesk, PhoneTrouble
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from app.kernel.words import tr
from softphone.api import MOST_ACCOUNTS, Account, Register, Unregister, authorities_problem

log = logging.getLogger(__name__)
LONGEST_NAME, LONGEST_ON_WIRE = 40, 100
LAST_PORT = 65535
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\]")
NOT_ON_WIRE = re.compile(r'["\\\x00-\x1f\x7f]')
NOT_IN_USER = re.compile(r"[\s@<>\";,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """An account that was taken away, with all that brings it back."""

    account: SipAccount
    password: str
    place: int


class PhoneAccounts:
    """At most four, the default first. What is changed is kept first and then told to the phone."""

    def __init__(self, sign_in: SignIn, calls: PhoneDesk) -> None:
        self._sign_in, self._calls = sign_in, calls
        self.lines = calls.lines
        self.lines.use(self.known)

    @property
    def known(self) -> tuple[SipAccount, ...]:
        """The default first."""
        return self._sign_in.profile.accounts

    async def sign_all_in(self) -> None:
        """Each for itself: one that cannot keeps none of the others away, its state says why."""
        for account in self.known:
            try:
                await self._register(account)
            except PhoneTrouble as error:
                log.warning("account %s: %s", account.id, error)

    async def save(self, account: SipAccount, password: str = "") -> SipAccount:
        """A new one (without an id) or a known one with other settings; an empty password keeps the one that is there."""
        for field, hint in problems_of(account, self.known).items():
            raise BadValue(field=field, value=str(getattr(account, field)) or "(empty)", hint=hint)
        if not account.id:
            self._refuse_a_fifth()
            account = with_id(account, new_id().hex[-8:])
        else:
            self._refuse_on_call(account.id)
        if password:
            self._sign_in.keep_sip_password(account.id, password)
        places = [each.id for each in self.known]
        place = places.index(account.id) if account.id in places else len(places)
        self._keep((*self.known[:place], account, *self.known[place + 1 :]))
        await self._register(account)
        return account

    async def remove(self, account_id: str) -> Removed:
        """Sign it out and forget it, its password too; what is returned brings it back."""
        self._refuse_on_call(account_id)
        account = self._known(account_id)
        removed = Removed(account=account, password=self._sign_in.sip_password(account_id), place=self.known.index(account))
        self._keep(tuple(each for each in self.known if each.id != account_id))
        self._sign_in.forget_sip_password(account_id)
        await self._calls.do(Unregister(account=account_id))
        return removed

    async def restore(self, removed: Removed) -> None:
        """Put it back where it was."""
        self._refuse_a_fifth()
        if removed.password:
            self._sign_in.keep_sip_password(removed.account.id, removed.password)
        self._keep((*self.known[: removed.place], removed.account, *self.known[removed.place :]))
        await self._register(removed.account)

    def make_default(self, account_id: str) -> None:
        """Calls go out from it when nothing else is said."""
        account = self._known(account_id)
        self._keep((account, *(each for each in self.known if each.id != account_id)))

    async def sign_in_again(self, account_id: str) -> None:
        """Ask the server once more, now."""
        await self._register(self._known(account_id))

    def _known(self, account_id: str) -> SipAccount:
        found = next((each for each in self.known if each.id == account_id), None)
        if found is None:
            raise BadValue(field="account", value=account_id, hint=tr("It was removed."))
        return found

    def _keep(self, accounts: tuple[SipAccount, ...]) -> None:
        self._sign_in.change(accounts=accounts)
        self.lines.use(accounts)

    async def _register(self, account: SipAccount) -> None:
        await self._calls.do(Register(account=as_told(account, self._sign_in.sip_password(account.id))))

    def _refuse_a_fifth(self) -> None:
        if len(self.known) >= MOST_ACCOUNTS:
            raise BadValue(field="account", value=str(MOST_ACCOUNTS + 1), hint=tr("Four is the most. Remove one first."))

    def _refuse_on_call(self, account_id: str) -> None:
        if any(call.account == account_id for call in self._calls.calls.value):
            raise PhoneTrouble(reason=tr("a call is on at this account; end it first"))


def as_told(account: SipAccount, password: str) -> Account:
    """An account as the phone wants it."""
    return Account(
        id=account.id, user=account.user, domain=account.domain, password=password, auth_user=account.auth_user,
        display_name=account.display_name, proxy_host=account.proxy_host or account.domain, proxy_port=account.proxy_port,
        transport=account.transport, srtp=account.srtp, ca_file=account.ca_file,
    )  # fmt: skip


def with_id(account: SipAccount, account_id: str) -> SipAccount:
    """The same settings as another account."""
    return msgspec.structs.replace(account, id=account_id)


def problems_of(account: SipAccount, known: Sequence[SipAccount]) -> dict[str, str]:
    """What is wrong, by field and in words; nothing when it can be kept."""
    others = [each for each in known if each.id != account.id]
    found = {
        "name": _name_problem(account, others), "user": _user_problem(account, others), "domain": _host_problem(account.domain),
        "proxy_host": _host_problem(account.proxy_host) if account.proxy_host else "",
        "proxy_port": "" if 0 < account.proxy_port <= LAST_PORT else tr("A port is a number from 1 to 65535, usually 5060."),
        "auth_user": _name_on_wire_problem(account.auth_user), "display_name": _name_on_wire_problem(account.display_name),
        "ca_file": authorities_problem(account.ca_file) if account.transport == "tls" and account.ca_file else "",
    }  # fmt: skip
    return {field: words for field, words in found.items() if words}


def _name_problem(account: SipAccount, others: Sequence[SipAccount]) -> str:
    if len(account.name) > LONGEST_NAME:
        return tr("At most {0} letters.").replace("{0}", str(LONGEST_NAME))
    same = account.name and any(each.title.casefold() == account.name.casefold() for each in others)
    return tr("Another account has this name.") if same else ""


def _user_problem(account: SipAccount, others: Sequence[SipAccount]) -> str:
    if not account.user:
        return tr("Write the line's user name.")
    if NOT_IN_USER.search(account.user):
        return tr("A user has no spaces, @ or brackets; the domain has its own field.")
    twin = next((each for each in others if each.address.casefold() == account.address.casefold()), None)
    return tr("This line is here already: {0}.").replace("{0}", twin.title) if twin else ""


def _name_on_wire_problem(name: str) -> str:
    if len(name) > LONGEST_ON_WIRE:
        return tr("At most {0} letters.").replace("{0}", str(LONGEST_ON_WIRE))
    return tr("Without quotes and backslashes, on one line.") if NOT_ON_WIRE.search(name) else ""


def _host_problem(host: str) -> str:
    if not host:
        return tr("Write the server's domain.")
    return "" if HOST.fullmatch(host) else tr("Write a host such as pbx.example.com, without sip: and port.")
