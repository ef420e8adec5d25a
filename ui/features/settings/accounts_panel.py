"""The phone's accounts as the settings show and change them: without Qt."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from app.desk.accounts import PhoneAccounts, Removed, problems_of
from app.desk.lines import Standing
from app.desk.profile import SipAccount
from app.kernel.observable import Observable
from app.kernel.words import tr
from softphone.api import MOST_ACCOUNTS, Diagnostics, Doubt, RegistrationChanged
from ui.features.settings.saving import Saved
from ui.features.when import clock_text, duration_text

PASSWORD_REFUSED = frozenset({401, 403, 407})
CODEC_NAMES = {"G722": "G.722", "PCMA": "G.711", "PCMU": "G.711", "opus": "Opus"}
PORTS = {"tcp": "5060", "udp": "5060", "tls": "5061"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """How an account stands, in words; `wants_password`: it will not come up before somebody types another one.

    `trouble`: what is to be done about it.
    """

    text: str
    tone: str
    icon: str = ""
    wants_password: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account in words; `note`: what happens next, it changes with the time."""

    id: str
    title: str
    chip: str
    detail: str
    lamp: Lamp
    note: str
    is_default: bool

    @property
    def sentence(self) -> str:
        """For who hears it."""
        return ", ".join(part for part in (self.title, self.chip, self.detail, self.lamp.text, self.note) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An account as it stands in the fields of its sheet."""

    id: str = ""
    name: str = ""
    user: str = ""
    domain: str = ""
    proxy_host: str = ""
    proxy_port: str = PORTS["tcp"]
    transport: str = "tcp"
    srtp: str = "optional"
    auth_user: str = ""
    display_name: str = ""
    ca_file: str = ""


class AccountsPanel:
    """`rows` in the order of the accounts, the default first."""

    def __init__(self, accounts: PhoneAccounts, diagnostics: Observable[Diagnostics | None], saved: Saved) -> None:
        self.rows: Observable[tuple[AccountRow, ...]] = Observable(())
        self._accounts, self._diagnostics, self._saved = accounts, diagnostics, saved
        accounts.lines.all.subscribe(lambda _: self.tick())
        diagnostics.subscribe(lambda _: self.tick())
        self.tick()

    @property
    def is_full(self) -> bool:
        """Whether the phone holds no more."""
        return len(self.rows.value) >= MOST_ACCOUNTS

    def tick(self) -> None:
        """Time went on, or something was told."""
        now, codec = self._accounts.lines.now(), self._codec()
        standings = self._accounts.lines.all.value
        self.rows.set(tuple(row_of(each, now, codec, is_default=place == 0) for place, each in enumerate(standings)))

    def _codec(self) -> str:
        """The one that the phone offers first, to every server alike."""
        found = self._diagnostics.value
        first = found.codecs[0].split("/")[0] if found and found.codecs else ""
        return CODEC_NAMES.get(first, first)

    def draft(self, account_id: str) -> Draft:
        """What the sheet begins with; a new account without an id."""
        account = self._known(account_id)
        if account is None:
            return Draft()
        return Draft(
            id=account.id, name=account.name, user=account.user, domain=account.domain, proxy_host=account.proxy_host,
            proxy_port=str(account.proxy_port), transport=account.transport, srtp=account.srtp,
            auth_user=account.auth_user, display_name=account.display_name, ca_file=account.ca_file,
        )  # fmt: skip

    def problems(self, draft: Draft) -> dict[str, str]:
        """What is wrong, by field."""
        return problems_of(self._account(draft), self._accounts.known)

    async def save(self, draft: Draft, password: str) -> None:
        """Keep it and sign it in."""
        async with self._saved.change():
            await self._accounts.save(self._account(draft), password)

    async def remove(self, account_id: str) -> Callable[[], Coroutine[Any, Any, None]]:
        """Take it away; what is returned puts it back."""
        async with self._saved.change():
            removed = await self._accounts.remove(account_id)
        return lambda: self._restore(removed)

    async def _restore(self, removed: Removed) -> None:
        async with self._saved.change():
            await self._accounts.restore(removed)

    async def make_default(self, account_id: str) -> None:
        """Calls go out from it when nothing else is said."""
        async with self._saved.change():
            self._accounts.make_default(account_id)

    async def sign_in_again(self, account_id: str) -> None:
        """Ask the server now."""
        await self._accounts.sign_in_again(account_id)

    def _known(self, account_id: str) -> SipAccount | None:
        return next((each for each in self._accounts.known if each.id == account_id), None)

    def _account(self, draft: Draft) -> SipAccount:
        """As it is kept; a port that is no number is none at all."""
        port = draft.proxy_port.strip()
        values = {
            "id": draft.id, "name": draft.name.strip(), "user": draft.user.strip(), "domain": draft.domain.strip(),
            "proxy_host": draft.proxy_host.strip(), "proxy_port": int(port) if port.isascii() and port.isdigit() else 0,
            "transport": draft.transport, "srtp": draft.srtp,
            "auth_user": draft.auth_user.strip(), "display_name": draft.display_name.strip(), "ca_file": draft.ca_file.strip(),
        }  # fmt: skip
        return msgspec.convert(msgspec.structs.asdict(self._known(draft.id) or SipAccount()) | values, SipAccount)


def with_transport(draft: Draft, transport: str) -> Draft:
    """Another transport; its usual port, where the usual one of the other stood."""
    port = PORTS[transport] if draft.proxy_port.strip() == PORTS[draft.transport] else draft.proxy_port
    return replace(draft, transport=transport, proxy_port=port)


def lamp_of(state: RegistrationChanged) -> Lamp:
    """What the lamp of an account says."""
    match state.state:
        case "registered":
            return Lamp(text=tr("Registered"), tone="success", icon="circle-check")
        case "registering":
            return Lamp(text=tr("Signing in…"), tone="info")
        case "failed":
            refused = state.code in PASSWORD_REFUSED
            trouble = tr("Password refused. This line gets no calls until it is right.") if refused else ""
            trouble = trouble or _way_out(state.doubt)
            return Lamp(
                text=state.reason or tr("Failed"), tone="danger", icon="circle-alert", wants_password=refused, trouble=trouble
            )
        case "unregistered":
            return Lamp(text=tr("Not signed in"), tone="muted")


def _way_out(doubt: Doubt) -> str:
    ways = {
        "": "",
        "untrusted": tr(
            "Nothing was said to it. If it is the right server, choose the file of its authorities under More, or let it have"
            " a certificate that this computer knows."
        ),
        "out_of_date": tr("Nothing was said to it. It needs a new certificate, or this computer's clock is wrong."),
        "other_name": tr(
            "Nothing was said to it. Write the name in its certificate as the proxy, or let it have a certificate for this name."
        ),
        "unusable": tr("Nothing was said to it. Ask whoever runs the server about its certificate."),
    }
    return ways[doubt]


def row_of(standing: Standing, now: datetime, codec: str, *, is_default: bool) -> AccountRow:
    """An account in words."""
    account = standing.account
    voice = "SRTP" if account.srtp == "mandatory" else ""
    parts = (f"sip:{account.address}", account.transport.upper(), codec, voice)
    return AccountRow(
        id=account.id, title=account.title, chip=tr("Line 1, default") if is_default else "",
        detail=" · ".join(part for part in parts if part), lamp=lamp_of(standing.state), note=note_of(standing, now),
        is_default=is_default,
    )  # fmt: skip


def note_of(standing: Standing, now: datetime) -> str:
    """What happens next, or when it went wrong."""
    state = standing.state
    if (renews_s := standing.renews_in_s(now)) is not None:
        renews = tr("renews in {0}").replace("{0}", duration_text(renews_s)) if renews_s else tr("renews now")
        return f"{renews} · {state.took_ms} ms" if state.took_ms else renews
    if state.state != "failed":
        return ""
    at = tr("{0} at {1}") if state.code else tr("at {1}")
    parts = [at.replace("{0}", str(state.code)).replace("{1}", clock_text(standing.since, now.tzinfo))]
    next_s = standing.next_try_in_s(now)
    if next_s is not None:
        parts.append(tr("next try in {0}").replace("{0}", duration_text(next_s)))
    elif standing.tries > 1:
        parts.append(tr("tried {0} times").replace("{0}", str(standing.tries)))
    return " · ".join(parts)
