"""A message as the bytes of a mail (RFC 5322): ASCII on the wire, and no value can begin a header of its own."""

import re
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from app.kernel.columns import moment_from_us
from app.kernel.errors import PatchbayError
from app.kernel.text import storable, storable_line
from server.gateways.api import OutboundFile, OutboundMessage
from server.gateways.email.attachments import clean_name
from server.gateways.email.headers import TOKEN_HEADER

MOST_REFERENCES = 20  # the first, which names the thread, and the latest
LONGEST_KEY = 250  # characters; lines may have 998
LONGEST_USER = 64  # characters in front of the @ (RFC 5321)
LONGEST_WIRE_LINE = 900
KEY = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")
USER = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
CONTENT_ID = re.compile(r"[A-Za-z0-9._@+-]{1,200}")


class BadMessage(PatchbayError):
    """A message that cannot be made into a mail."""

    key = "bad_message"
    text = "{field} can't be used in a mail: {value}"


def compose(message: OutboundMessage) -> bytes:
    """The mail as it goes over the wire, with CRLF; raises `BadMessage` for an address or an id that is none."""
    if not message.to and not message.cc:
        raise BadMessage(field="to", value="(nobody)")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(message.from_address, message.from_name)
    mail["To"] = [_address(each) for each in message.to]
    if message.cc:
        mail["Cc"] = [_address(each) for each in message.cc]
    if message.reply_token:
        mail["Reply-To"] = _address(reply_address(message.from_address, message.reply_token), message.from_name)
    mail["Subject"] = storable_line(message.subject, 900)
    mail["Date"] = format_datetime(moment_from_us(message.sent_us))
    if message.is_auto:
        mail["Auto-Submitted"] = "auto-replied"
    _fill(mail, message)
    return _keys(message) + mail.as_bytes()


def reply_address(address: str, token: str) -> str:
    """The address to which an answer finds its conversation: support+token@…; the plain one where it would get too long."""
    user, _, domain = address.rpartition("@")
    tagged = f"{user}+{token}"
    return f"{tagged}@{domain}" if len(tagged) <= LONGEST_USER else address


def _keys(message: OutboundMessage) -> bytes:
    """The ids, written by hand: the library would break long ones apart or encode them."""
    fields = [("Message-ID", _key(message.message_key))]
    if message.in_reply_to:
        fields.append(("In-Reply-To", _key(message.in_reply_to)))
    references = [each for each in message.references if KEY.fullmatch(each) and len(each) <= LONGEST_KEY]
    if references:
        kept = references if len(references) <= MOST_REFERENCES else [references[0], *references[1 - MOST_REFERENCES :]]
        fields.append(("References", "\r\n ".join(kept)))
    if message.reply_token:
        if not message.reply_token.isalnum() or not message.reply_token.isascii():
            raise BadMessage(field="reply_token", value=message.reply_token)
        fields.append((TOKEN_HEADER, message.reply_token))
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode("ascii")


def _key(text: str) -> str:
    if not KEY.fullmatch(text) or len(text) > LONGEST_KEY:
        raise BadMessage(field="Message-ID", value=storable_line(text, 80))
    return text


def _address(address: str, name: str = "") -> Address:
    """Names may hold any signs; the part in front of the @ only ASCII (few servers take more), the part behind is IDNA."""
    user, _, domain = address.strip().rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = ""
    if not host or not USER.fullmatch(user) or not re.fullmatch(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]", host):
        raise BadMessage(field="address", value=storable_line(address, 80))
    return Address(display_name=storable_line(name, 200), username=user, domain=host)


def _fill(mail: EmailMessage, message: OutboundMessage) -> None:
    mail.set_content(storable(message.text), cte=_encoding(message.text))
    if message.html:
        mail.add_alternative(storable(message.html), subtype="html", cte="quoted-printable")
        shown = [file for file in message.files if file.content_id]
        related = mail.get_body(("html",))
        if related is not None:
            for file in shown:
                _attach(related, file, is_shown=True)
    for file in message.files:
        if not (file.content_id and message.html):
            _attach(mail, file, is_shown=False)


def _encoding(text: str) -> str:
    is_plain = text.isascii() and all(len(line) <= LONGEST_WIRE_LINE for line in text.splitlines())
    return "7bit" if is_plain and "\x00" not in text else "quoted-printable"


def _attach(mail: MIMEPart, file: OutboundFile, *, is_shown: bool) -> None:
    media_type = file.media_type.lower()
    if not MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("multipart/", "message/")):
        media_type = "application/octet-stream"
    main, _, sub = media_type.partition("/")
    name = clean_name(file.name) or "attachment"
    if is_shown and CONTENT_ID.fullmatch(file.content_id):
        mail.add_related(file.data, maintype=main, subtype=sub, filename=name, disposition="inline", cid=f"<{file.content_id}>")
    else:
        mail.add_attachment(file.data, maintype=main, subtype=sub, filename=name)
