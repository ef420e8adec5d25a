"""The files of a mail: every one is kept up to a bound, under a name that no file system stumbles over."""

import mimetypes
import re
from collections.abc import Iterable

import msgspec

from app.kernel.text import cut, storable_line
from server.gateways.email.charsets import decode_transfer
from server.gateways.email.headers import decode_words
from server.gateways.email.mime import Leaf, parameter

MOST_FILES = 200
LONGEST_NAME = 150
FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
SUFFIXES = {"message/rfc822": ".eml", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt", "text/plain": ".txt"}


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a mail; `is_inline` when the HTML shows it (`cid:` and its content id)."""

    name: str
    media_type: str
    data: bytes
    content_id: str = ""
    is_inline: bool = False

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return len(self.data)


def files_of(leaves: list[Leaf], html: str, problems: dict[str, None]) -> tuple[File, ...]:
    """The files among the leaves; what is not kept is told in `problems`."""
    if len(leaves) > MOST_FILES:
        problems[f"It has {len(leaves):,} attachments; the first {MOST_FILES} are shown, the others are in the original."] = None
    shown = {found.strip() for found in re.findall(r"cid:([^\"'\s>)]{1,300})", html)}
    return tuple(_file(leaf, number, shown, problems) for number, leaf in enumerate(leaves[:MOST_FILES], 1))


def _file(leaf: Leaf, number: int, shown: Iterable[str], problems: dict[str, None]) -> File:
    data, is_whole = decode_transfer(leaf.body, parameter(leaf.headers, "content-transfer-encoding"))
    name = clean_name(said_name(leaf)) or f"attachment-{number}{_suffix(leaf.media_type)}"
    if not is_whole or leaf.is_cut:
        problems[f"The attachment {name} is damaged or not complete."] = None
    content_id = storable_line(parameter_text(leaf, "content-id").strip("<> "), 300)
    is_inline = bool(content_id) and content_id in shown
    return File(name=name, media_type=leaf.media_type, data=data, content_id=content_id, is_inline=is_inline)


def parameter_text(leaf: Leaf, header: str) -> str:
    """A header of a part, as far as it is text."""
    return str(leaf.headers.get(header, ""))


def said_name(leaf: Leaf) -> str:
    """The name that the mail gives a part, "" for none."""
    name = parameter(leaf.headers, "content-disposition", "filename") or parameter(leaf.headers, "content-type", "name")
    return decode_words(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def clean_name(name: str) -> str:
    """A file name without folders, control characters and leading dots, that keeps its ending when it is cut."""
    last = storable_line(FORBIDDEN.sub("/", name)).rpartition("/")[2].strip(". ")
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) > 20:
        return cut(last, LONGEST_NAME)
    return f"{cut(stem, LONGEST_NAME - len(ending) - 1)}.{ending}"


def _suffix(media_type: str) -> str:
    return SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type, strict=False) or ".bin"
