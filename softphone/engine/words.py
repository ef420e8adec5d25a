"""What SIP's answers mean in plain words (RFC 3261 §21)."""

from typing import Final

import pjsua2 as pj

from softphone.api import Doubt

CALL_WORDS: Final = {
    0: "", 200: "", 400: "the other side could not read the call", 401: "password refused", 403: "not allowed",
    404: "no such number", 407: "password refused", 408: "no answer from the server", 410: "number no longer in use",
    413: "message too large", 415: "no common format", 480: "not available", 481: "the call was gone already",
    482: "the call went in a circle", 483: "the call was passed on too often", 484: "number incomplete", 486: "busy",
    487: "cancelled", 488: "no common codec or encryption", 491: "both sides changed the call at once",
    500: "the server has a fault", 502: "the server got no sense from the next one", 503: "service not available",
    504: "the next server does not answer", 513: "message too large", 600: "busy everywhere", 603: "declined",
    604: "no such number anywhere", 606: "not acceptable there",
}  # fmt: skip
REGISTRATION_WORDS: Final = {
    401: "Password refused", 403: "Password refused", 404: "No such line at this server", 407: "Password refused",
    408: "No answer from the server", 423: "The server wants another interval", 500: "The server has a fault",
    502: "No answer from the server", 503: "No answer from the server",
}  # fmt: skip


DOUBTS: Final[tuple[tuple[int, Doubt], ...]] = (
    (pj.PJ_SSL_CERT_EISSUER_NOT_FOUND | pj.PJ_SSL_CERT_EUNTRUSTED, "untrusted"),
    (pj.PJ_SSL_CERT_EVALIDITY_PERIOD, "out_of_date"),
    (pj.PJ_SSL_CERT_EIDENTITY_NOT_MATCH, "other_name"),
)
DOUBT_WORDS: Final[dict[Doubt, str]] = {
    "untrusted": "The server's certificate is not trusted", "out_of_date": "The server's certificate is out of date",
    "other_name": "The server's certificate is for another name", "unusable": "The server's certificate can't be used",
}  # fmt: skip


def doubt_of(marks: int) -> Doubt:
    """The first of the library's marks that somebody can do something about."""
    if not marks:
        return ""
    return next((doubt for mask, doubt in DOUBTS if marks & mask), "unusable")


def call_words(code: int, reason: str) -> str:
    """Why a call ended or was refused."""
    return CALL_WORDS.get(code, reason.lower() or f"SIP {code}")


def registration_words(code: int, reason: str) -> str:
    """Why a line is not signed in."""
    return REGISTRATION_WORDS.get(code, reason or f"SIP {code}")
