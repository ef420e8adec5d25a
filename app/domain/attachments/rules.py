"""What a file may be called and how large it may be."""

import re

from app.kernel.errors import BadValue

MAX_BYTES = 50_000_000
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')


def clean_name(name: str) -> str:
    """A file name that no system misreads: no paths, controls or text-direction tricks."""
    cleaned = FORBIDDEN.sub("_", name.strip()).strip(". ")
    return cleaned[-150:] or "file"


def check_size(size_bytes: int) -> int:
    """The size, if it can be kept."""
    if not 0 <= size_bytes <= MAX_BYTES:
        raise BadValue(field="size", value=size_bytes, hint=f"At most {MAX_BYTES // 1_000_000} MB a file.")
    return size_bytes
