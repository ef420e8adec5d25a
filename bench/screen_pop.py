"""A call's INVITE to the painted card: real calls through a registrar, the server stopped."""

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.desk.profile import SipAccount
from app.domain.contacts.matching import who_calls
from app.domain.identities.records import Identity
from bench.caller_lookup import reading
from bench.console_home import AGENT, AGENT_PASSWORD, FULL, QUICK, make_home, sizes_text
from bench.report import Row, percentile
from bench.started import STEP_TIMEOUT_S, StartedConsole, started_console
from softphone.api import Account, CallChanged, Dial, Event, HangUp, Register, RegistrationChanged, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.demo import cast
from tests.peers.kamailio import DOMAIN, Kamailio, kamailio
from tests.ui.display import screen

CALLS, QUICK_CALLS = 200, 20
WARM_UP = 3  # calls before those that count: a console rings many times a day
CALLER_PASSWORD = "caller-line"  # noqa: S105  # of lines that live as long as the bench
PAUSE_S = 0.15


@dataclass(frozen=True, slots=True)
class Caller:
    """A number of the replica, and whose it is."""

    number: str
    contact_id: str


def run(quick: bool) -> list[Row]:
    """The console, its phone and the caller's phone are processes of their own; one call is on at a time."""
    count = QUICK_CALLS if quick else CALLS
    with tempfile.TemporaryDirectory() as text, screen():
        cards = asyncio.run(_measure(Path(text), count, is_quick=quick))
    first, cards = cards[0], cards[WARM_UP:]
    names = ("heard", "found", "first", "painted")
    took = {name: [(card[f"{name}_us"] - card["invite_us"]) / 1_000 for card in cards] for name in names}
    load = os.getloadavg()[0]
    said = f"{len(cards)} calls, server stopped, load {load:.1f}; {sizes_text(QUICK if quick else FULL)}"
    return [
        Row(metric="p50_ms", value=percentile(took["painted"], 50), unit="ms", target="<= 30", peer=said),
        Row(metric="p99_ms", value=percentile(took["painted"], 99), unit="ms", target="<= 100", peer=said),
        Row(metric="max_ms", value=max(took["painted"]), unit="ms", peer="the whole card drawn and sent to the screen"),
        Row(
            metric="first_ms", value=(first["painted_us"] - first["invite_us"]) / 1_000, unit="ms",
            peer="the first call after the start; not among the others",
        ),
        Row(
            metric="first_paint_p50_ms", value=percentile(took["first"], 50), unit="ms",
            peer="until the card's own first paint event was over",
        ),
        Row(metric="heard_p50_ms", value=percentile(took["heard"], 50), unit="ms", peer="until the console had heard of it"),
        Row(metric="found_p50_ms", value=percentile(took["found"], 50), unit="ms", peer="until the caller's card was read"),
    ]  # fmt: skip


async def _measure(folder: Path, count: int, *, is_quick: bool) -> list[dict[str, Any]]:
    home = folder / "console"
    home.mkdir()
    make_home(home, is_quick=is_quick)
    callers = _callers(home / "replica.db", count + WARM_UP)
    passwords = {AGENT: AGENT_PASSWORD, **{caller.number: CALLER_PASSWORD for caller in callers}}
    with kamailio(folder / "registrar", passwords) as proxy:
        make_home(
            home, is_quick=is_quick, sip=SipAccount(user=AGENT, domain=DOMAIN, proxy_host="127.0.0.1", proxy_port=proxy.port)
        )
        async with started_console(home, "ring") as console, _phone() as phone:
            await console.wait("registration", state="registered")
            return [await _call(console, phone, proxy, caller) for caller in callers]


def _callers(path: Path, count: int) -> list[Caller]:
    """Numbers that one contact alone has, each of another contact."""
    chosen: dict[str, Caller] = {}
    with reading(path) as (connection, reader), connection.begin():
        values = connection.execute(select(Identity.value).where(Identity.kind == "phone").order_by(Identity.id)).scalars().all()
        for value in random.Random(11).sample(values, 4 * count):
            matches = who_calls(reader, value, cast.COUNTRY).matches
            if len(matches) == 1:
                contact_id = str(matches[0].contact_id)
                chosen.setdefault(contact_id, Caller(value, contact_id))
    return list(chosen.values())[:count]


# ── the caller ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Phone:
    """The other end of the line."""

    process: SoftphoneProcess
    heard: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)

    async def wait(self, kind: type[Event], state: str) -> Event:
        """The next event that says so."""
        async with asyncio.timeout(STEP_TIMEOUT_S):
            while True:
                event = await self.heard.get()
                if isinstance(event, kind) and getattr(event, "state", "") == state:
                    return event


@asynccontextmanager
async def _phone() -> AsyncIterator[Phone]:
    phone = Phone(SoftphoneProcess())
    phone.process.subscribe(phone.heard.put_nowait)
    await phone.process.start()
    try:
        await phone.process.do(UseSound(sound=Sound(is_silent=True)))
        yield phone
    finally:
        await phone.process.close()


async def _call(console: StartedConsole, phone: Phone, proxy: Kamailio, caller: Caller) -> dict[str, Any]:
    """Ring until the card is painted, then hang up and wait until all is quiet."""
    account = Account(user=caller.number, domain=DOMAIN, password=CALLER_PASSWORD, proxy_host="127.0.0.1", proxy_port=proxy.port)
    await phone.process.do(Register(account=account))
    await phone.wait(RegistrationChanged, "registered")
    await asyncio.sleep(PAUSE_S)
    call_id = int(await phone.process.do(Dial(number=AGENT)))
    card = await console.wait("card")
    if card["contact_id"] != caller.contact_id:
        raise RuntimeError(f"{caller.number} rang, and the card says {card['name']}")
    await asyncio.sleep(PAUSE_S)
    await phone.process.do(HangUp(call_id=call_id))
    await phone.wait(CallChanged, "ended")
    await console.wait("quiet")
    return card
