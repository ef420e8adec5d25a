"""The phone's accounts as they stand now: which there are, the default first, and what the server last said of each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.desk.profile import SipAccount
from app.kernel.observable import Observable
from softphone.api import RegistrationChanged

NOBODY = RegistrationChanged(state="unregistered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account, what the phone last told of it, and when; `tries`: how often in a row it was refused or not answered."""

    account: SipAccount
    state: RegistrationChanged = NOBODY
    since: datetime
    tries: int = 0

    @property
    def is_registered(self) -> bool:
        """Whether calls come in and go out here."""
        return self.state.state == "registered"

    def renews_in_s(self, now: datetime) -> float | None:
        """Seconds until the registration is renewed."""
        return self._left(self.state.renews_s, now)

    def next_try_in_s(self, now: datetime) -> float | None:
        """Seconds until it is tried again; nothing when it is not."""
        return self._left(self.state.next_try_s, now)

    def _left(self, told_s: float | None, now: datetime) -> float | None:
        return None if told_s is None else max(0.0, told_s - (now - self.since).total_seconds())


class Lines:
    """Hears of registrations; `all` is in the order of the profile, `default` is the first one's state."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.all: Observable[tuple[Standing, ...]] = Observable(())
        self.default: Observable[RegistrationChanged] = Observable(NOBODY)
        self.now = now

    def use(self, accounts: Iterable[SipAccount]) -> None:
        """These are the accounts, the default first."""
        known = {each.account.id: each for each in self.all.value}
        fresh = (known.get(each.id, Standing(account=each, since=self.now())) for each in accounts)
        self._set(tuple(replace(old, account=each) for old, each in zip(fresh, tuple(accounts), strict=True)))

    def hear(self, event: RegistrationChanged) -> None:
        """The phone told of one."""
        self._set(tuple(self._told(each, event) if each.account.id == event.account else each for each in self.all.value))

    def _told(self, standing: Standing, event: RegistrationChanged) -> Standing:
        tries = standing.tries + 1 if event.state == "failed" else standing.tries if event.state == "registering" else 0
        return replace(standing, state=event, since=self.now(), tries=tries)

    def lost(self, reason: str) -> None:
        """The phone ended: every account signs in again when it is back."""
        for standing in self.all.value:
            self.hear(RegistrationChanged(account=standing.account.id, state="registering", reason=reason))

    def _set(self, standings: tuple[Standing, ...]) -> None:
        self.default.set(standings[0].state if standings else NOBODY)  # first: who hears of all of them looks at it too
        self.all.set(standings)

    @property
    def default_account(self) -> SipAccount | None:
        """From which one calls when nothing is said."""
        return self.all.value[0].account if self.all.value else None

    @property
    def default_id(self) -> str:
        """Its id; "" when there is none."""
        return self.default_account.id if self.default_account else ""

    @property
    def down(self) -> tuple[Standing, ...]:
        """Those beside the default that get no calls now."""
        return tuple(each for each in self.all.value[1:] if each.state.state in {"failed", "unregistered"})

    def name_of(self, account_id: str) -> str:
        """How it is called where there are several to be told apart; "" where there is one."""
        found = self._found(account_id)
        return found.title if found and len(self.all.value) > 1 else ""

    def number_of(self, account_id: str) -> str:
        """Its address, for the legs in the log; that of the default when the account is not known."""
        found = self._found(account_id or self.default_id)
        return f"sip:{found.address}" if found else ""

    def name_of_number(self, number: str) -> str:
        """The account of this device that has this address, where there are several."""
        return next((self.name_of(each.account.id) for each in self.all.value if f"sip:{each.account.address}" == number), "")

    def _found(self, account_id: str) -> SipAccount | None:
        return next((each.account for each in self.all.value if each.account.id == account_id), None)
