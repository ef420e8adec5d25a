"""Header fields as people and programs mean them: words (RFC 2047), addresses, Message-IDs, dates."""

import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

import msgspec

from app.kernel.columns import us_from_moment
from app.kernel.text import storable_line
from server.gateways.email.charsets import decode_base64, decode_text

CUT_HEADER = "X-Patchbay-Cut"  # we write it in front of a mail that is not whole
TOKEN_HEADER = "X-Patchbay-Thread"  # noqa: S105  # the name of a header; comes back in bounces
LONGEST_FIELD = 50_000  # characters read of one header
MOST_ADDRESSES = 500
MOST_IDS = 200
LONGEST_ID = 500
WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
BRACKETED_ID = re.compile(r"<([^<>\s]{1,500})>")
ADDRESS = re.compile(r"[^\s@<>,;:\"()\\]+@[^\s@<>,;:\"()\\]+")
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Address(msgspec.Struct, frozen=True):
    """A mail address in lower case, and the name in front of it ("" for none)."""

    address: str
    name: str = ""


class Fields:
    """A header's fields, each value as text on one line, encoded words not yet decoded."""

    def __init__(self, headers: "Message[str, str]") -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in headers.raw_items():
            self._values.setdefault(name.lower(), []).append(_on_one_line(str(value)))

    def all(self, name: str) -> list[str]:
        """Every field of this name."""
        return self._values.get(name, [])

    def first(self, name: str) -> str:
        """The first field of this name, "" for none."""
        return next(iter(self.all(name)), "")

    def has(self, name: str) -> bool:
        """Whether there is one."""
        return name in self._values

    def text(self, name: str) -> str:
        """The first field of this name as people read it."""
        return storable_line(decode_words(self.first(name)))

    def addresses(self, *names: str) -> tuple[Address, ...]:
        """Every address in these fields."""
        return addresses_of([value for name in names for value in self.all(name)])


def _on_one_line(value: str) -> str:
    """Unfolded, and bytes that should not stand in a header as UTF-8 or the western set."""
    value = value[:LONGEST_FIELD].replace("\r", "").replace("\n", "")
    if value.isascii():
        return value
    return decode_text(value.encode("utf-8", "surrogateescape"), "")[0]


def decode_words(text: str) -> str:
    """The text with its encoded words decoded; a character may be split between two words of one character set."""
    found: list[str] = []
    held, held_charset, at = b"", "", 0
    for word in WORD.finditer(text):
        between = text[at : word.start()]
        charset = word[1].lower()
        if held and (between.strip() or charset != held_charset):
            found.append(decode_text(held, held_charset)[0])
            held = b""
        if between.strip() or not at:
            found.append(between)
        held, held_charset, at = held + _word_bytes(word[2], word[3]), charset, word.end()
    if held:
        found.append(decode_text(held, held_charset)[0])
    return "".join([*found, text[at:]])


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(data)[0]
    return binascii.a2b_qp(data, header=True)


def addresses_of(values: Iterable[str]) -> tuple[Address, ...]:
    """The addresses in header fields; what holds none is left out."""
    found: dict[str, Address] = {}
    for value in values:
        for name, address in _split(value):
            plain = ADDRESS.search(storable_line(decode_words(address)))
            if plain and len(found) < MOST_ADDRESSES:
                key = plain[0].lower().strip(".")
                found.setdefault(key, Address(key, storable_line(decode_words(name).strip("'\" "), 200)))
    return tuple(found.values())


def _split(value: str) -> list[tuple[str, str]]:
    try:
        pairs = getaddresses([value])
    except (RecursionError, IndexError, ValueError, TypeError):
        pairs = []
    if any(ADDRESS.search(address) for _, address in pairs):
        return pairs
    return [("", found[0]) for found in ADDRESS.finditer(value)]


def message_ids(text: str) -> tuple[str, ...]:
    """The Message-IDs in a field, each once, in order, with their angle brackets; those without brackets get them."""
    text = decode_words(text)  # some programs write long ids as encoded words
    ids = [found[0] for found in BRACKETED_ID.finditer(text)]
    if not ids:
        ids = [f"<{word.strip('<>')}>" for word in text.split() if "@" in word and len(word) <= LONGEST_ID]
    return tuple(dict.fromkeys(storable_line(each) for each in ids[-MOST_IDS:]))


def message_id(text: str) -> str | None:
    """A mail's own Message-ID; None when the field is missing or holds nothing. Any text is one, as long as it is not empty."""
    found = message_ids(text)
    if found:
        return found[0]
    odd = "".join(storable_line(text, LONGEST_ID).strip("<> ").split())
    return f"<{odd}>" if odd else None


def moment_us(text: str) -> int | None:
    """Microseconds since 1970 of a date field; None when it is none, or lies before mail or far ahead."""
    try:
        moment = parsedate_to_datetime(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return us_from_moment(moment) if EARLIEST <= moment < LATEST else None
