"""Bytes of a mail as text: transfer encodings and character sets, the broken and the unknown ones too."""

import binascii
import re

from app.kernel.text import storable

NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
UTF8_TOO = frozenset({"us-ascii", "ascii", "", "unknown-8bit", "x-unknown", "default", "8bit", "binary"})
NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
WIDER = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-9": "cp1254", "tis-620": "cp874", "x-mac-roman": "mac_roman", "utf8mb4": "utf-8",
    "cp-850": "cp850", "windows-31j": "cp932", "x-windows-949": "cp949", "unicode-1-1-utf-7": "utf-7",
}  # fmt: skip


def decode_transfer(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """The content behind a Content-Transfer-Encoding; false when it was broken and only a part came out."""
    match encoding.strip().lower():
        case "base64":
            return decode_base64(body)
        case "quoted-printable":
            return binascii.a2b_qp(body), True
        case "x-uuencode" | "uuencode" | "uue" | "x-uue":
            return _decode_uu(body)
        case _:
            return body, True


def decode_base64(body: bytes) -> tuple[bytes, bool]:
    """Base64 without its disturbances; false when letters were missing."""
    letters, padding, rest = NOT_BASE64.sub(b"", body), b"", b""
    end = body.find(b"=")
    if end != -1:
        letters, rest = NOT_BASE64.sub(b"", body[:end]), NOT_BASE64.sub(b"", body[end:])
    is_whole = not rest
    if len(letters) % 4 == 1:
        letters, is_whole = letters[:-1], False
    padding = b"=" * (-len(letters) % 4)
    if padding and end == -1:
        is_whole = False
    return binascii.a2b_base64(letters + padding), is_whole


def _decode_uu(body: bytes) -> tuple[bytes, bool]:
    found: list[bytes] = []
    is_whole = True
    _, begun, rest = body.partition(b"begin ")
    for line in rest.splitlines()[1:] if begun else body.splitlines():
        if line.strip() == b"end":
            break
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            is_whole = False
    return b"".join(found), is_whole


def decode_text(data: bytes, charset: str) -> tuple[str, bool]:
    """Text that can be stored; false when the character set was unknown or did not fit, so that signs may be wrong."""
    name = charset.strip().strip("'\"").lower()
    if name in UTF8_TOO:
        return _utf8_or_western(data), True
    name = WIDER.get(name, name)
    if name.replace("-", "_") in NO_CHARSETS:
        return _utf8_or_western(data), False
    try:
        return storable(data.decode(name)), True
    except UnicodeError:
        return storable(_utf8(data) or data.decode(name, "replace")), False
    except (LookupError, ValueError):  # a name that is none, or one with a NUL
        return _utf8_or_western(data), False


def _utf8_or_western(data: bytes) -> str:
    """UTF-8 where the bytes are that (nearly nothing else is), else the western set that old programs meant."""
    found = _utf8(data)
    return storable(data.decode("cp1252", "replace") if found is None else found)


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
