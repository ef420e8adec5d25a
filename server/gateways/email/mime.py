"""Takes a mail apart into its leaves (RFC 2046), iteratively and bounded, whatever the bytes are.

The standard library walks line by line and recursively, so a few hundred nested parts cost it minutes or the stack. Here every
level is searched for its delimiter as one piece; only the parts' headers go through the standard library.
"""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser

MOST_DEPTH = 40
MOST_PARTS = 10_000
LONGEST_HEADER = 256 * 1024  # bytes of one part's header block
HEAD_END = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
NO_FIELD = re.compile(rb"(?:\A|(?<=[\r\n]))(?!From |[\x21-\x39\x3b-\x7e]*:|[\t \r\n]|\Z)")  # a line that is no part of a header
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
LINE_ENDS = b"\r\n"
LONGEST_PARAMETERS = 4000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds content; `within` are the media types of the multiparts around it, outermost first."""

    headers: "Message[str, str]"
    media_type: str
    body: bytes
    within: tuple[str, ...]
    is_cut: bool = False


@dataclass(slots=True)
class Pieces:
    """A mail's own header, its leaves in order, and what was wrong with its structure."""

    headers: "Message[str, str]"
    body_start: int
    leaves: list[Leaf] = field(default_factory=list)
    problems: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: int
    end: int
    within: tuple[str, ...]
    is_cut: bool = False


def take_apart(raw: bytes) -> Pieces:
    """The leaves of a mail; never raises for its bytes."""
    problems: dict[str, None] = {}
    headers, start = _head(raw, _Stretch(0, len(raw), ()), problems)
    pieces = Pieces(headers=headers, body_start=start, problems=problems)
    waiting = [(_Stretch(0, len(raw), ()), headers, start)]
    while waiting and len(pieces.leaves) < MOST_PARTS:
        stretch, headers, start = waiting.pop()
        parts = _parts(raw, stretch, headers, start, problems)
        if parts is None:
            media_type = _leaf_type(headers, stretch.within)
            pieces.leaves.append(Leaf(headers, media_type, raw[start : stretch.end], stretch.within, stretch.is_cut))
            continue
        waiting += [(part, *_head(raw, part, problems)) for part in reversed(parts[: MOST_PARTS - len(pieces.leaves)])]
    if waiting:
        problems[f"It has more than {MOST_PARTS:,} parts; the others are only in the original."] = None
    return pieces


def media_type_of(headers: "Message[str, str]", within: tuple[str, ...] = ()) -> str:
    """Its media type in lower case; application/octet-stream for what is none."""
    if headers.get("content-type") is None:
        return "message/rfc822" if within and within[-1] == "multipart/digest" else "text/plain"
    said = parameter(headers, "content-type")
    if MEDIA_TYPE.fullmatch(said):
        return said
    return "text/plain" if said in {"", "text"} else "application/octet-stream"


def _leaf_type(headers: "Message[str, str]", within: tuple[str, ...]) -> str:
    """A multipart that could not be taken apart is text, as far as somebody can read it."""
    media_type = media_type_of(headers, within)
    if not media_type.startswith("multipart/"):
        return media_type
    return "text/plain" if len(within) < MOST_DEPTH else "application/octet-stream"


def parameter(headers: "Message[str, str]", header: str, name: str = "") -> str:
    """A header's main value in lower case, or one of its parameters as it stands; "" when there is none or it is broken."""
    try:
        if not name:
            return str(headers.get(header, "")).partition(";")[0].strip().lower()
        value = headers.get_param(name, "", header)
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""
    if isinstance(value, tuple):
        return _rfc2231(value)
    return str(value).strip().strip('"')


def _rfc2231(value: "tuple[str | None, str | None, str]") -> str:
    charset, _, text = value
    try:
        return text.encode("latin-1").decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return text


def _head(raw: bytes, stretch: _Stretch, problems: dict[str, None]) -> "tuple[Message[str, str], int]":
    """The header block at the beginning of a stretch, and where the body begins."""
    start, end = stretch.start, stretch.end
    if raw[start : start + 1] in (b"\r", b"\n"):
        return Message(), start + (2 if raw[start : start + 2] == b"\r\n" else 1)
    found = HEAD_END.search(raw, start, end)
    stop, body = (found.end(), found.end()) if found else (end, end)
    if stop - start > LONGEST_HEADER:
        problems["A header is very long; only its beginning was read."] = None
        stop = start + LONGEST_HEADER
    block = raw[start:stop]
    broken = NO_FIELD.search(block)
    if broken:
        problems["Its header is broken off; the rest is shown as text."] = None
        block, body = block[: broken.start()], start + broken.start()
    headers = BytesHeaderParser().parsebytes(block)
    _shorten(headers)
    return headers, body


def _shorten(headers: "Message[str, str]") -> None:
    """The library reads parameters in the square of their length."""
    for name in ("content-type", "content-disposition", "content-transfer-encoding"):
        value = headers.get(name)
        if value is not None and len(str(value)) > LONGEST_PARAMETERS:
            headers.replace_header(name, str(value)[:LONGEST_PARAMETERS])


def _parts(
    raw: bytes, stretch: _Stretch, headers: "Message[str, str]", start: int, problems: dict[str, None]
) -> list[_Stretch] | None:
    """The parts of a multipart; None for what is a leaf."""
    media_type = media_type_of(headers, stretch.within)
    if not media_type.startswith("multipart/"):
        return None
    boundary = parameter(headers, "content-type", "boundary").rstrip().encode("utf-8", "surrogateescape")
    if not boundary:
        problems["A part that should hold parts names no boundary; it is shown as it is."] = None
        return None
    if len(stretch.within) >= MOST_DEPTH:
        problems[f"It is nested more than {MOST_DEPTH} deep; what is deeper is kept as it is."] = None
        return None
    return _between(raw, (start, stretch.end), b"--" + boundary, (*stretch.within, media_type), problems)


def _between(
    raw: bytes, span: tuple[int, int], delimiter: bytes, within: tuple[str, ...], problems: dict[str, None]
) -> list[_Stretch] | None:
    parts: list[_Stretch] = []
    opened: int | None = None
    at = raw.find(delimiter, *span)
    while at != -1:
        line_end = _delimiter_end(raw, at, delimiter, span)
        if line_end is not None:
            if opened is not None and at > opened:  # two delimiters in a row hold no part between them
                parts.append(_Stretch(opened, max(opened, _before(raw, at)), within))
            opened = line_end
            if raw.startswith(b"--", at + len(delimiter)) or len(parts) > MOST_PARTS:
                return parts or None
        at = raw.find(delimiter, at + len(delimiter), span[1])
    problems["It ends before its last part does."] = None
    if opened is None:
        return None
    return [*parts, _Stretch(opened, span[1], within, is_cut=True)]


def _delimiter_end(raw: bytes, at: int, delimiter: bytes, span: tuple[int, int]) -> int | None:
    """Where the line of a delimiter ends; None when this is no delimiter but part of a text."""
    if at > span[0] and raw[at - 1] not in LINE_ENDS:
        return None
    after = at + len(delimiter)
    if raw.startswith(b"--", after):
        return after + 2
    while after < span[1] and raw[after] in b" \t":
        after += 1
    if after < span[1] and raw[after] not in LINE_ENDS:
        return None
    return min(span[1], after + (2 if raw[after : after + 2] == b"\r\n" else 1))


def _before(raw: bytes, at: int) -> int:
    """The end of what stands before a delimiter: the line end in front of it belongs to it."""
    if raw[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1
