"""A number is rewritten on its way to the server, and stays the customer's on the screen and in the log."""

import asyncio
from pathlib import Path

from app.desk.dialling import DialRule
from app.domain.calls.queries import call
from app.domain.calls.rules import call_id_of
from softphone.api import Register, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.desk.conftest import at_work
from tests.peers.baresip import baresip
from tests.peers.kamailio import kamailio
from tests.softphone.conftest import PASSWORDS, account

TYPED, SHOWN, DIALLED = "+33 1 23 45 67 89", "+33123456789", "0123456789"
FRANCE = DialRule(name="France without prefix", fits="country", value="FR", form="national")


async def test_the_wire_has_what_the_rule_says_and_the_log_the_customers_number(tmp_path: Path) -> None:
    phone = SoftphoneProcess()
    with kamailio(tmp_path / "kamailio", PASSWORDS, {DIALLED: "customer"}) as proxy, baresip(tmp_path / "far", proxy.port) as far:
        async with at_work(tmp_path, phone) as work:
            calls = work.calls
            await phone.start()
            try:
                await phone.do(UseSound(sound=Sound(is_silent=True)))
                await phone.do(Register(account=account(proxy)))
                calls.dial_rules = (FRANCE,)
                await calls.dial(TYPED)
                await work.until(lambda: any(each.state == "ringing" for each in calls.calls.value))  # so the alias was asked for
                live = calls.calls.value[0]
                assert (live.number, live.direction) == (SHOWN, "out")
                await asyncio.to_thread(far.accept)
                await work.until(lambda: calls.calls.value[0].state == "active")
                await calls.hang_up(calls.calls.value[0])
                await work.until(lambda: not calls.calls.value)
                await calls.written()
                wanted = call_id_of(work.desk.tenant_id, live.sip_call_id)
                logged = await work.desk.read(lambda reader: call(reader, wanted))
                assert (logged.number, logged.outcome) == (SHOWN, "answered")
                calls.dial_rules = ()
                seen: set[str] = set()
                calls.calls.subscribe(lambda live: seen.update(each.sip_call_id for each in live if each.sip_call_id))
                await calls.dial(TYPED)
                await work.until(lambda: bool(seen) and not calls.calls.value)
                await calls.written()
                unknown = call_id_of(work.desk.tenant_id, seen.pop())
                logged = await work.desk.read(lambda reader: call(reader, unknown))
                assert (logged.number, logged.reason) == (SHOWN, "no such number")  # in full it is nobody there
            finally:
                await phone.close()
