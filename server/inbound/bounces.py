"""Delivery reports: the address that mail does not reach is marked, and our message says that it did not arrive."""

import logging
from uuid import UUID

from app.domain.identities.commands import MarkBounced
from app.domain.identities.rules import EMAIL, identity_id
from app.domain.messages.commands import SetMessageState
from app.domain.messages.queries import message_by_key
from app.kernel.errors import NotHere
from server.gateways.email.parse import ParsedMail
from server.inbound.desk import Desk

log = logging.getLogger(__name__)


async def take_report(desk: Desk, mail: ParsedMail) -> None:
    """Only what is said to have failed for good counts; late is not lost."""
    failed = [each for each in mail.bounced if each.action == "failed"]
    for each in failed:
        await _mark(desk, each.address, each.reason or each.status or "returned", mail.message_key)
    message_id = await _ours(desk, mail.bounce_of)
    if message_id is not None:
        reason = "; ".join(f"{each.address}: {each.reason or each.status}" for each in failed) or "returned"
        command = SetMessageState(message_id=message_id, state="failed", reason=reason)
        await desk.once(command, message_id, mail.message_key, "bounced")


async def _ours(desk: Desk, key: str | None) -> UUID | None:
    return await desk.store.read(lambda reader: message_by_key(reader, key), desk.system) if key else None


async def _mark(desk: Desk, address: str, reason: str, report_key: str) -> None:
    address_id = identity_id(desk.store.tenant_id, EMAIL, address)
    try:
        await desk.once(MarkBounced(identity_id=address_id, reason=reason), address_id, report_key, "bounced")
    except NotHere:
        log.info("a delivery report names an address that nobody has")
