"""Which part of a file a request wants (RFC 9110, section 14): the first that is wanted, or all."""

import re
from collections.abc import Mapping

from server.web.problems import WrongRange

ONE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


def etag_of(sha256: str) -> str:
    """The same bytes have the same, whichever attachment they are."""
    return f'"{sha256}"'


def part_of(headers: Mapping[str, str], size: int, etag: str) -> tuple[int, int] | None:
    """From where and up to where, or nothing: all of it; `WrongRange` when none of it is there.

    What is no range of bytes is passed over, as the RFC has it, and so are several at once. With `If-Range` a part is given only
    to who has the beginning of this.
    """
    found = ONE.fullmatch(headers.get("Range", ""))
    if found is None or headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        return _last(int(last), size) if last else None
    start, end = int(first), int(last) + 1 if last else size
    if end <= start and last:
        return None
    if start >= size:
        raise WrongRange(size_bytes=size)
    return start, min(end, size)


def _last(count: int, size: int) -> tuple[int, int]:
    if not count or not size:
        raise WrongRange(size_bytes=size)
    return max(0, size - count), size


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the caller has it already."""
    told = [each.strip().removeprefix("W/") for each in headers.get("If-None-Match", "").split(",")]
    return etag in told or told == ["*"]
