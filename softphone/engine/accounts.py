"""The accounts: each signs in, fails and tries again for itself, over transports that are opened when one asks for them."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pjsua2 as pj
from typing_extensions import override

from softphone.api import MOST_ACCOUNTS, Account, Doubt, Event, PhoneError, RegistrationChanged
from softphone.authorities import NoAuthorities
from softphone.engine.registration import account_config, is_near, transport_config
from softphone.engine.retrying import FIRST_S, Tries
from softphone.engine.words import DOUBT_WORDS, doubt_of, registration_words

log = logging.getLogger(__name__)
BUSY = 70011  # PJ_EBUSY, which the binding leaves out
RENEWED_BEFORE_S = 5  # the library's own: so long before it expires a registration is renewed
MARK = re.compile(r";line=(?P<id>[0-9A-Za-z]+)")  # in the contact that the account gave its registrar (RFC 3261 §16.5)
USER = re.compile(r"^[A-Z]+ sips?:(?P<user>[^@;> ]+)@", re.IGNORECASE)
HandOver = Callable[..., None]


@dataclass(slots=True, frozen=True, kw_only=True)
class Answered:
    """What a proxy said to a registration, or the library in its place; `doubt`: what is wrong with its certificate."""

    code: int
    reason: str
    expires_s: int
    took_ms: int
    doubt: Doubt = ""


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
        doubt = self._accounts.doubt if "ECERTVERIF" in prm.reason else ""
        answer = Answered(code=prm.code, reason=prm.reason, expires_s=prm.expiration, took_ms=took_ms, doubt=doubt)
        self._accounts.hand_over(self._accounts.answer_seen, self, answer)

    @override
    def onIncomingCall(self, prm: Any) -> None:
        self._accounts.rings(self, prm)


class NativeEndpoint(pj.Endpoint):  # type: ignore[misc] # pjsua2 has no types
    """The library chooses by the To header, which a proxy that follows aliases leaves as it was: here the contact says it."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, int] = {}  # by the mark in the contact, and by user: read on the library's thread
        self.doubt: Doubt = ""  # about the last certificate that was refused
        self.lost: Callable[[str], None] = lambda _: None  # a connection broke that had been there
        self._connected: set[int] = set()

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
            self.doubt = doubt_of(prm.tlsInfo.verifyStatus)
        which = int(prm.hnd)
        if prm.state == pj.PJSIP_TP_STATE_CONNECTED:
            self._connected.add(which)
        elif prm.state == pj.PJSIP_TP_STATE_DISCONNECTED and which in self._connected:
            self._connected.discard(which)
            self.lost(str(prm.type))
        elif prm.state == pj.PJSIP_TP_STATE_DESTROY:
            self._connected.discard(which)  # another one may get its place


@dataclass(slots=True, kw_only=True)
class Held:
    """An account as the main thread knows it."""

    account: Account
    native: NativeAccount
    state: RegistrationChanged
    tries: Tries = field(default_factory=Tries)
    timer: asyncio.TimerHandle | None = None

    def stop_waiting(self) -> None:
        """No next try by itself."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Accounts:
    """At most four. `rings` is called on the library's thread; `is_busy` says whether a call is on at an account."""

    def __init__(
        self, endpoint: NativeEndpoint, *, emit: Callable[[Event], None], hand_over: HandOver,
        rings: Callable[[NativeAccount, Any], None], is_busy: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self.hand_over, self.rings = hand_over, rings
        self._endpoint, self._emit, self._is_busy = endpoint, emit, is_busy
        endpoint.lost = lambda kind: hand_over(self._connection_lost, kind)
        self._held: dict[str, Held] = {}
        self._transports: dict[tuple[str, bool, str], int] = {}
        self._retired: list[NativeAccount] = []  # kept until the end: one that is collected ends whoever has its place now

    @property
    def states(self) -> list[RegistrationChanged]:
        """How each stands, in the order in which they came."""
        return [held.state for held in self._held.values()]

    @property
    def doubt(self) -> Doubt:
        """About the last certificate that was refused."""
        return self._endpoint.doubt

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
            held.tries = Tries()  # a person asks
            self._ask_again(held)
            return
        self._refuse_while_busy(account.id)
        if held is not None:
            self._retire(held)
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
            native.create(account_config(account, self._transport(account)))
        except (pj.Error, NoAuthorities) as error:
            why = error.reason if isinstance(error, pj.Error) else str(error)
            self._change(self._held[account.id], state="failed", reason=f"These settings can't be used: {why}")
            raise PhoneError(why) from error

    def _ask_again(self, held: Held) -> None:
        held.stop_waiting()
        self._change(held, state="registering")
        try:
            held.native.setRegistration(True)
        except pj.Error as error:
            if error.status != BUSY:  # then the question is on its way already
                raise

    def unregister(self, account_id: str) -> None:
        """Sign one out and forget it; nothing happens when there is none."""
        held = self._held.get(account_id)
        if held is None:
            return
        self._refuse_while_busy(account_id)
        del self._held[account_id]
        self._retire(held)
        self._note_places()
        self._close_unused()
        self._change(held, state="unregistered")

    def _retire(self, held: Held) -> None:
        held.stop_waiting()
        if held.native.isValid():
            held.native.shutdown()
        self._retired.append(held.native)

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
        elif answer.doubt:
            self._failed(held, 0, DOUBT_WORDS[answer.doubt], answer.doubt)
        else:
            self._failed(held, answer.code, registration_words(answer.code, answer.reason))

    def _failed(self, held: Held, code: int, why: str, doubt: Doubt = "") -> None:
        next_try_s = held.tries.pause_s(code)
        if next_try_s is not None:
            self._try_in(held, next_try_s)
        self._change(held, state="failed", code=code, reason=why, next_try_s=next_try_s, doubt=doubt)

    def _try_in(self, held: Held, pause_s: float) -> None:
        held.stop_waiting()
        held.timer = asyncio.get_running_loop().call_later(pause_s, self._try_again, held)

    def _try_again(self, held: Held) -> None:
        try:
            self._ask_again(held)
        except pj.Error as error:
            self._failed(held, 0, error.reason)

    def _connection_lost(self, kind: str) -> None:
        """It is not told whose it was: whoever uses this kind and is in asks anew, in a moment."""
        for held in self._held.values():
            if held.state.state == "registered" and kind.startswith(held.account.transport.upper()):
                self._change(held, state="registering", reason="The connection to the server broke")
                self._try_in(held, FIRST_S)

    def network_changed(self) -> None:
        """This machine has another address: connections from the old one are dead, and the proxies know a wrong contact."""
        able = [held for held in self._held.values() if held.native.isValid() and not held.tries.is_given_up]
        if not able:
            return
        change = pj.IpChangeParam()
        change.restartListener = False  # it would be gone for a moment, in which nobody can be asked
        try:
            self._endpoint.handleIpChange(change)
        except pj.Error as error:
            log.warning("the address changed: %s", error.info())  # they are asked again all the same
        for held in able:
            held.tries.failed = 0
            self._try_again(held)

    def _let_in(self, held: Held, answer: Answered) -> None:
        held.stop_waiting()
        held.tries = Tries()
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
            self._retire(held)
        self._held.clear()
        self._retired.clear()


def _wish(account: Account) -> tuple[str, bool, str]:
    """What a transport must be for an account: only TLS differs by certificates."""
    return account.transport, is_near(account), account.ca_file if account.transport == "tls" else ""
