"""Delivery reports about our own mails: who was not reached is marked, and the message says that it did not arrive."""

import logging
from uuid import UUID

from app.domain.identities.commands import MarkBounced
from app.domain.identities.rules import EMAIL, identity_id
from app.domain.messages.commands import SetMessageState
from app.domain.messages.queries import message_by_key, outgoing
from app.kernel.errors import NotHere
from app.kernel.reader import Reader
from server.gateways.email.parse import ParsedMail
from server.inbound.desk import Desk

log = logging.getLogger(__name__)


async def take_report(desk: Desk, mail: ParsedMail) -> bool:
    """False when it is not about a mail of ours: then it is a mail like any other. Late is not lost, so only failures count.

    Anybody can write a report. Marked are only those to whom our mail went; a report may name others, to whom it was forwarded.
    """
    message_id = await desk.store.read(lambda reader: _reported(reader, mail), desk.system)
    if message_id is None:
        return False
    failed = [each for each in mail.bounced if each.action == "failed"]
    recipients = await desk.store.read(lambda reader: _recipients(reader, message_id), desk.system)
    for each in failed:
        if each.address in recipients:
            await _mark(desk, each.address, each.reason or each.status or "returned", mail.message_key)
    reason = "; ".join(f"{each.address}: {each.reason or each.status}" for each in failed) or "returned"
    command = SetMessageState(message_id=message_id, state="failed", reason=reason)
    await desk.once(command, message_id, mail.message_key, "bounced")
    return True


def _reported(reader: Reader, mail: ParsedMail) -> UUID | None:
    """Our message; reports that give no header back may still say what they answer."""
    keys = [key for key in (mail.bounce_of, mail.in_reply_to) if key]
    return next((found for key in keys if (found := message_by_key(reader, key)) is not None), None)


def _recipients(reader: Reader, message_id: UUID) -> frozenset[str]:
    told = outgoing(reader, message_id).to_addresses
    return frozenset(address.lower() for addresses in told.values() for address in addresses)


async def _mark(desk: Desk, address: str, reason: str, report_key: str) -> None:
    address_id = identity_id(desk.store.tenant_id, EMAIL, address)
    try:
        await desk.once(MarkBounced(identity_id=address_id, reason=reason), address_id, report_key, "bounced")
    except NotHere:
        log.info("a delivery report names an address that nobody has")
