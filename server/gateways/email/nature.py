"""What kind of mail it is: from a person, from a machine, or a report that one of ours did not arrive (RFC 3464, RFC 3834)."""

from email.parser import BytesHeaderParser

import msgspec

from app.kernel.text import storable_line
from server.gateways.email.charsets import decode_transfer
from server.gateways.email.headers import ADDRESS, Fields, message_id
from server.gateways.email.mime import HEAD_END, Leaf, parameter

MOST_BOUNCED = 200
LARGEST_REPORT = 1_000_000  # bytes
MACHINES = frozenset({"mailer-daemon", "postmaster", "mail-daemon"})
BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
TOLD_BY = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-autorespond-from")
RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"}
)
REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})


class Bounced(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of a delivery report; `action` is failed, delayed, delivered, relayed or expanded."""

    address: str
    action: str
    status: str
    reason: str


def is_automatic(fields: Fields) -> bool:
    """Whether a machine or a list sent it, so that no machine may answer."""
    submitted = fields.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in {"", "no"} or any(fields.has(name) for name in TOLD_BY):
        return True
    if fields.first("precedence").strip().lower() in BULK or fields.first("return-path").strip() == "<>":
        return True
    senders = fields.addresses("from", "sender")
    return any(each.address.partition("@")[0] in MACHINES for each in senders)


def delivery_reports(leaves: list[Leaf]) -> tuple[Bounced, ...]:
    """What the delivery reports among the parts say of each recipient."""
    found: list[Bounced] = []
    for leaf in leaves:
        if leaf.media_type in REPORTS:
            data, _ = decode_transfer(leaf.body[:LARGEST_REPORT], parameter(leaf.headers, "content-transfer-encoding"))
            found += [each for block in _blocks(data) if (each := _recipient(block)) is not None]
    return tuple(found[:MOST_BOUNCED])


def _blocks(data: bytes) -> list[Fields]:
    """The fields of each recipient: blocks between blank lines, the first of which is about the report itself."""
    normal = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip(b"\n")
    blocks = [block for block in normal.split(b"\n\n") if block.strip()]
    return [Fields(BytesHeaderParser().parsebytes(block.strip(b"\n"))) for block in blocks[: MOST_BOUNCED + 1]]


def _recipient(fields: Fields) -> Bounced | None:
    named = fields.first("original-recipient") or fields.first("final-recipient")
    address = ADDRESS.search(named.rpartition(";")[2])
    if address is None:
        return None
    return Bounced(
        address=address[0].lower(),
        action=storable_line(fields.first("action").lower(), 20),
        status=storable_line(fields.first("status").partition("(")[0], 20),
        reason=storable_line(fields.first("diagnostic-code").partition(";")[2] or fields.first("diagnostic-code"), 500),
    )


def returned_header(leaves: list[Leaf]) -> Fields | None:
    """The header of the mail that a report gives back; None when it gives back none."""
    for leaf in leaves:
        if leaf.media_type in RETURNED and any(each == "multipart/report" for each in leaf.within):
            data, _ = decode_transfer(leaf.body[:LARGEST_REPORT], parameter(leaf.headers, "content-transfer-encoding"))
            data = data.lstrip(b"\r\n")
            end = HEAD_END.search(data)
            return Fields(BytesHeaderParser().parsebytes(data[: end.end()] if end else data))
    return None


def message_key_of(fields: Fields | None) -> str | None:
    """The Message-ID of a header that was given back."""
    return message_id(fields.first("message-id")) if fields else None
