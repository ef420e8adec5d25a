"""The accounts: each signs in, fails and tries again for itself, over transports that are opened when one asks for them."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj
from typing_extensions import override

from softphone.api import MOST_ACCOUNTS, Account, Event, PhoneError, RegistrationChanged
from softphone.authorities import NoAuthorities
from softphone.engine.registration import account_config, is_near, transport_config
from softphone.engine.words import doubt_words, registration_words

RETRY_S = 3
RENEWED_BEFORE_S = 5  # the library's own: so long before it expires a registration is renewed
REFUSED = frozenset({401, 403, 404, 407})  # asking again would bring the same answer
MARK = re.compile(r";line=(?P<id>[0-9A-Za-z]+)")  # in the contact that the account gave its registrar (RFC 3261 §16.5)
USER = re.compile(r"^[A-Z]+ sips?:(?P<user>[^@;> ]+)@", re.IGNORECASE)
HandOver = Callable[..., None]


@dataclass(slots=True, frozen=True, kw_only=True)
class Answered:
    """What a proxy said to a registration, or the library in its place; `doubts`: what is wrong with its certificate."""

    code: int
    reason: str
    expires_s: int
    took_ms: int
    doubts: int = 0


class NativeAccount(pj.Account):  # type: ignore[misc] # pjsua2 has no types
    """Its callbacks run on the library's thread."""

    def __init__(self, accounts: "Accounts", account_id: str) -> None:
        super().__init__()
        self._accounts, self.account_id = accounts, account_id
        self._asked_at = time.monotonic()

    @override
    def onRegStarted(self, prm: Any) -> None:
        self._asked_at = time.monotonic()

    @override
    def onRegState(self, prm: Any) -> None:
        took_ms = round((time.monotonic() - self._asked_at) * 1000)
        # The library closes a connection that it does not believe, and tells of both one after the other, on this thread.
        doubts = self._accounts.doubts if "ECERTVERIF" in prm.reason else 0
        answer = Answered(code=prm.code, reason=prm.reason, expires_s=prm.expiration, took_ms=took_ms, doubts=doubts)
        self._accounts.hand_over(self._accounts.answer_seen, self, answer)

    @override
    def onIncomingCall(self, prm: Any) -> None:
        self._accounts.rings(self, prm)


class NativeEndpoint(pj.Endpoint):  # type: ignore[misc] # pjsua2 has no types
    """The library chooses by the To header, which a proxy that follows aliases leaves as it was: here the contact says it."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, int] = {}  # by the mark in the contact, and by user: read on the library's thread
        self.doubts = 0  # about the last certificate that was refused

    @override
    def onSelectAccount(self, prm: Any) -> None:
        line = str(prm.rdata.wholeMsg).split("\r\n", 1)[0]
        mark, user = MARK.search(line), USER.match(line)
        found = self.places.get(mark["id"]) if mark else None
        if found is None and user:
            found = self.places.get(f"{user['user']}@")
        if found is not None:
            prm.accountIndex = found

    @override
    def onTransportState(self, prm: Any) -> None:
        if not prm.tlsInfo.isEmpty() and prm.tlsInfo.verifyStatus:
            self.doubts = prm.tlsInfo.verifyStatus


@dataclass(slots=True, kw_only=True)
class Held:
    """An account as the main thread knows it."""

    account: Account
    native: NativeAccount
    state: RegistrationChanged


class Accounts:
    """At most four. `rings` is called on the library's thread; `is_busy` says whether a call is on at an account."""

    def __init__(
        self, endpoint: NativeEndpoint, *, emit: Callable[[Event], None], hand_over: HandOver,
        rings: Callable[[NativeAccount, Any], None], is_busy: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self.hand_over, self.rings = hand_over, rings
        self._endpoint, self._emit, self._is_busy = endpoint, emit, is_busy
        self._held: dict[str, Held] = {}
        self._transports: dict[tuple[str, bool, str], int] = {}
        self._retired: list[NativeAccount] = []  # kept until the end: one that is collected ends whoever has its place now

    @property
    def states(self) -> list[RegistrationChanged]:
        """How each stands, in the order in which they came."""
        return [held.state for held in self._held.values()]

    @property
    def doubts(self) -> int:
        """About the last certificate that was refused."""
        return self._endpoint.doubts

    @property
    def transports(self) -> list[str]:
        """The kinds that are open."""
        return sorted({kind for kind, _, _ in self._transports})

    def find(self, account_id: str) -> Held:
        """One of them; "" is the first."""
        if not self._held:
            raise PhoneError("no line is signed in")
        held = self._held.get(account_id) if account_id else next(iter(self._held.values()))
        if held is None or not held.native.isValid():
            raise PhoneError("that account is not signed in")
        return held

    def get(self, account_id: str) -> Account | None:
        """The settings of one, if there is one of this id."""
        held = self._held.get(account_id)
        return held.account if held else None

    def register(self, account: Account) -> None:
        """Sign in; one of this id with other settings is signed out before, one with the same is asked for again."""
        held = self._held.get(account.id)
        if held is None and len(self._held) >= MOST_ACCOUNTS:
            raise PhoneError(f"{MOST_ACCOUNTS} accounts are the most")
        if held is not None and held.account == account and held.native.isValid():
            self._ask_again(held)
            return
        self._refuse_while_busy(account.id)
        if held is not None:
            self._retire(held.native)
        native = NativeAccount(self, account.id)
        state = RegistrationChanged(account=account.id, state="registering", transport=account.transport)
        self._held[account.id] = Held(account=account, native=native, state=state)
        self._emit(state)
        self._create(account, native)
        self._note_places()
        self._close_unused()

    def _create(self, account: Account, native: NativeAccount) -> None:
        """Settings that the library cannot use are a failure of this account alone."""
        try:
            native.create(account_config(account, self._transport(account), RETRY_S))
        except (pj.Error, NoAuthorities) as error:
            why = error.reason if isinstance(error, pj.Error) else str(error)
            self._change(self._held[account.id], state="failed", reason=f"These settings can't be used: {why}")
            raise PhoneError(why) from error

    def _ask_again(self, held: Held) -> None:
        self._change(held, state="registering")
        try:
            held.native.setRegistration(True)
        except pj.Error as error:
            if error.status != pj.PJ_EBUSY:  # then the question is on its way already
                raise

    def unregister(self, account_id: str) -> None:
        """Sign one out and forget it; nothing happens when there is none."""
        held = self._held.get(account_id)
        if held is None:
            return
        self._refuse_while_busy(account_id)
        del self._held[account_id]
        self._retire(held.native)
        self._note_places()
        self._close_unused()
        self._change(held, state="unregistered")

    def _retire(self, native: NativeAccount) -> None:
        if native.isValid():
            native.shutdown()
        self._retired.append(native)

    def _refuse_while_busy(self, account_id: str) -> None:
        if self._is_busy(account_id):
            raise PhoneError("a call is on at this account; end it first")

    def answer_seen(self, native: NativeAccount, answer: Answered) -> None:
        """The proxy answered, or did not."""
        held = self._held.get(native.account_id)
        if held is None or held.native is not native:  # of an account that was taken away since
            return
        if answer.code // 100 == 2:
            self._let_in(held, answer)
        else:
            next_try_s = None if answer.code in REFUSED else float(RETRY_S)
            if answer.doubts:
                why = doubt_words(answer.doubts)
                self._change(held, state="failed", reason=why, next_try_s=next_try_s, is_doubted=True)
            else:
                why = registration_words(answer.code, answer.reason)
                self._change(held, state="failed", code=answer.code, reason=why, next_try_s=next_try_s)

    def _let_in(self, held: Held, answer: Answered) -> None:
        is_in = answer.expires_s > 0
        renews_s = float(max(0, answer.expires_s - RENEWED_BEFORE_S)) if is_in else None
        state = "registered" if is_in else "unregistered"
        self._change(held, state=state, code=answer.code, renews_s=renews_s, took_ms=answer.took_ms)

    def _change(self, held: Held, **facts: Any) -> None:
        held.state = RegistrationChanged(account=held.account.id, transport=held.account.transport, **facts)
        self._emit(held.state)

    # ── transports ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _transport(self, account: Account) -> int:
        wanted = _wish(account)
        if wanted not in self._transports:
            self._transports[wanted] = self._endpoint.transportCreate(*transport_config(account))
        return self._transports[wanted]

    def _close_unused(self) -> None:
        """No UDP port stays open for an account that is gone: one large datagram can end the phone."""
        wanted = {_wish(held.account) for held in self._held.values()}
        for transport in [each for each in self._transports if each[0] == "udp" and each not in wanted]:
            self._endpoint.transportClose(self._transports.pop(transport))

    def _note_places(self) -> None:
        places: dict[str, int] = {}
        for held in reversed(self._held.values()):  # of two with the same user the first one wins
            if held.native.isValid():
                places[f"{held.account.user}@"] = places[held.account.id] = held.native.getId()
        self._endpoint.places = places

    def close(self) -> None:
        """Sign all out."""
        for held in self._held.values():
            if held.native.isValid():
                held.native.shutdown()
        self._held.clear()
        self._retired.clear()


def _wish(account: Account) -> tuple[str, bool, str]:
    """What a transport must be for an account: only TLS differs by certificates."""
    return account.transport, is_near(account), account.ca_file if account.transport == "tls" else ""
