"""What a file may be called and how large it may be."""

import re
from collections.abc import Sequence

from app.kernel.errors import BadValue

MAX_BYTES = 1_000_000_000
MAX_MAIL_BYTES, MAX_MAIL_FILES = 20_000_000, 20  # mail servers take about 25 MB, and files grow by a third on the way
RUNNING = frozenset({
    "apk", "app", "bat", "bin", "chm", "cmd", "com", "cpl", "desktop", "dll", "dmg", "docm", "exe", "gadget", "hta", "htm",
    "html", "inf", "iso", "jar", "js", "jse", "lnk", "mht", "mhtml", "msc", "msi", "msp", "ps1", "psm1", "py", "pyw", "rb",
    "reg", "run", "scf", "scr", "sh", "svg", "url", "vb", "vbe", "vbs", "wsf", "wsh", "xhtml", "xlsm", "xml",
})  # fmt: skip
HASH = re.compile(r"[0-9a-f]{64}")
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')


def clean_name(name: str) -> str:
    """A file name that no system misreads: no paths, controls or text-direction tricks."""
    cleaned = FORBIDDEN.sub("_", name.strip()).strip(". ")
    return cleaned[-150:] or "file"


def may_run(name: str) -> bool:
    """Whether a file of this name could run as a program when it is opened; what it says of its media type counts for nothing."""
    return name.lower().rpartition(".")[2].strip() in RUNNING


def check_hash(sha256: str) -> str:
    """The hash, if it is one."""
    if not HASH.fullmatch(sha256):
        raise BadValue(field="sha256", value=sha256[:80], hint="Write the SHA-256 as 64 hexadecimal digits.")
    return sha256


def check_mail_files(sizes: Sequence[int]) -> None:
    """Whether they can go out with one answer."""
    if len(sizes) > MAX_MAIL_FILES:
        raise BadValue(field="files", value=len(sizes), hint=f"At most {MAX_MAIL_FILES} files in one message.")
    if sum(sizes) > MAX_MAIL_BYTES:
        raise BadValue(field="files", value=sum(sizes), hint=f"At most {MAX_MAIL_BYTES // 1_000_000} MB in one message.")


def check_size(size_bytes: int) -> int:
    """The size, if it can be kept."""
    if not 0 <= size_bytes <= MAX_BYTES:
        raise BadValue(field="size", value=size_bytes, hint=f"At most {MAX_BYTES // 1_000_000} MB a file.")
    return size_bytes
