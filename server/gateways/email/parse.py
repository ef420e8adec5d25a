"""A raw mail as a value: whom it is from, what it says, what it carries, and what was wrong with it."""

import hashlib

import msgspec

from app.kernel.errors import PatchbayError
from app.kernel.text import cut, storable
from server.gateways.email.attachments import File, files_of, said_name
from server.gateways.email.charsets import decode_text, decode_transfer
from server.gateways.email.headers import CUT_HEADER, TOKEN_HEADER, Address, Fields, message_id, message_ids, moment_us
from server.gateways.email.mime import Leaf, parameter, take_apart
from server.gateways.email.nature import Bounced, delivery_reports, is_automatic, message_key_of, returned_header
from server.gateways.email.plain import plain_of
from server.gateways.email.visible import visible_part

LONGEST_TEXT = 200_000  # characters; the raw mail keeps all
LONGEST_VISIBLE = 50_000
LONGEST_HTML = 1_000_000
MADE_UP = "missing.patchbay.invalid"


class Unparseable(PatchbayError):
    """A raw mail that cannot be read at all; it belongs into quarantine."""

    key = "unparseable_mail"
    text = "This mail can't be read: {why} It is kept as it came."


class ParsedMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as far as it could be read; everything in it can be stored. Message-IDs have their angle brackets.

    `message_key` is made up, the same each time, when the mail brings none (`has_own_key` is false). `text_visible` is what is
    new in `text`. `bounce_of` is the Message-ID of ours that did not arrive. `problems` are sentences for a person.
    """

    message_key: str
    has_own_key: bool
    body_sha256: str
    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    subject: str
    sent_us: int | None
    in_reply_to: str | None
    references: tuple[str, ...]
    thread_headers: tuple[str, ...]
    text: str
    text_visible: str
    html: str | None
    attachments: tuple[File, ...]
    is_auto: bool
    is_bounce: bool
    bounced: tuple[Bounced, ...]
    bounce_of: str | None
    problems: tuple[str, ...]


class _Body(msgspec.Struct, frozen=True):
    text: str
    html: str | None
    files: list[Leaf]


def parse(raw: bytes) -> ParsedMail:
    """The mail in these bytes; whatever they are, nothing but `Unparseable` is raised."""
    if not raw.strip():
        raise Unparseable(why="it is empty.")
    try:
        return _parse(raw)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise Unparseable(why=f"{type(error).__name__}: {cut(storable(str(error)), 200)}.") from error


def _parse(raw: bytes) -> ParsedMail:
    pieces = take_apart(raw)
    fields, problems = Fields(pieces.headers), pieces.problems
    body = _body(pieces.leaves, problems)
    reports, returned = delivery_reports(pieces.leaves), returned_header(pieces.leaves)
    body_sha256 = hashlib.sha256(memoryview(raw)[pieces.body_start :]).hexdigest()
    own_key = message_id(fields.first("message-id"))
    senders = fields.addresses("from") or fields.addresses("sender", "return-path")
    _tell(fields, bool(senders), problems)
    bounced = tuple(each for each in reports if each.action == "failed")
    return ParsedMail(
        message_key=own_key or _made_up_key(fields, body_sha256),
        has_own_key=own_key is not None,
        body_sha256=body_sha256,
        sender=senders[0] if senders else None,
        to=fields.addresses("to"),
        cc=fields.addresses("cc"),
        reply_to=fields.addresses("reply-to"),
        delivered_to=tuple(each.address for each in fields.addresses("delivered-to", "x-original-to", "envelope-to")),
        subject=fields.text("subject"),
        sent_us=moment_us(fields.first("date")),
        in_reply_to=next(iter(message_ids(fields.first("in-reply-to"))), None),
        references=message_ids(" ".join(fields.all("references"))),
        thread_headers=_thread_headers(fields, returned),
        text=body.text,
        text_visible=cut(visible_part(body.text), LONGEST_VISIBLE),
        html=body.html,
        attachments=files_of(body.files, body.html or "", problems),
        is_auto=is_automatic(fields) or bool(reports),
        is_bounce=bool(bounced),
        bounced=reports,
        bounce_of=message_key_of(returned) if reports else None,
        problems=tuple(problems),
    )  # fmt: skip


def _thread_headers(fields: Fields, returned: Fields | None) -> tuple[str, ...]:
    found = fields.all(TOKEN_HEADER.lower())
    return tuple([*found, *returned.all(TOKEN_HEADER.lower())] if returned else found)


def _tell(fields: Fields, has_sender: bool, problems: dict[str, None]) -> None:
    if not has_sender:
        problems["It names no sender."] = None
    if fields.has(CUT_HEADER.lower()):
        problems[f"It is too large to be fetched whole ({fields.text(CUT_HEADER.lower())}); only its beginning is here."] = None
    if fields.first("date") and moment_us(fields.first("date")) is None:
        problems["Its date makes no sense."] = None


def _made_up_key(fields: Fields, body_sha256: str) -> str:
    """Stays the same when the mail is fetched again by another way: trace headers have no part in it."""
    told = "\n".join([*(fields.first(name) for name in ("from", "to", "date", "subject")), body_sha256])
    return f"<{hashlib.sha256(told.encode()).hexdigest()[:40]}@{MADE_UP}>"


def _body(leaves: list[Leaf], problems: dict[str, None]) -> _Body:
    texts: list[str] = []
    htmls: list[str] = []
    files: list[Leaf] = []
    for leaf in leaves:
        if not _is_body(leaf):
            if leaf.body or said_name(leaf):
                files.append(leaf)
        elif leaf.media_type == "text/html":
            htmls.append(_text_of(leaf, LONGEST_HTML, problems))
        else:
            texts.append(_text_of(leaf, LONGEST_TEXT, problems))
    html = cut("<hr>".join(htmls), LONGEST_HTML) if htmls else None
    text = "\n\n".join(text for text in texts if text.strip()) or (plain_of(html) if html else "")
    return _Body(cut(text.strip("\n"), LONGEST_TEXT), html, files)


def _is_body(leaf: Leaf) -> bool:
    if leaf.media_type not in {"text/plain", "text/html"} or said_name(leaf):
        return False
    return parameter(leaf.headers, "content-disposition") != "attachment"


def _text_of(leaf: Leaf, at_most: int, problems: dict[str, None]) -> str:
    body = leaf.body[: 8 * at_most]  # an encoding makes at most eight bytes of a character
    data, is_whole = decode_transfer(body, parameter(leaf.headers, "content-transfer-encoding"))
    charset = parameter(leaf.headers, "content-type", "charset")
    text, is_clear = decode_text(data, charset)
    if not is_whole and len(body) == len(leaf.body):
        problems["A text is damaged; some of it may be missing."] = None
    if not is_clear:
        problems[f"A text is not in the character set it names ({cut(storable(charset), 40)}); some signs may be wrong."] = None
    if len(body) < len(leaf.body) or len(text) > at_most:
        problems["A text is very long; only its beginning is shown."] = None
    return cut(text.replace("\r\n", "\n").replace("\r", "\n"), at_most)
