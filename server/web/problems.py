"""Every error as a problem document (RFC 9457): a key and values for programs, a sentence for people."""

import errno
import logging
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from app.domain.messages.commands import AlreadyLeft
from app.kernel.errors import AlreadyExists, BadValue, ChangedSince, NotAllowed, NotHere, PatchbayError, Refused, Superseded
from app.kernel.texts import text_of
from app.kernel.undo import BuiltUpon, CannotUndo, NothingToUndo
from app.protocol.cursor import MustResnapshot
from app.protocol.envelopes import MassDeletion
from app.protocol.sign_in import DeviceRevoked, TooManyTries, WrongSignIn
from server.database.away import DatabaseAway, DatabaseDamaged, NoRoom
from server.database.blobs import BlobsAway
from server.database.uploads import TooManyUploads, WrongOffset
from server.features.body import TooLarge, TooSlow

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: `key` and `values` for programs, `detail` for people."""

    type: str
    title: str
    status: int
    detail: str
    key: str
    values: dict[str, Any] = {}


class NotSignedIn(PatchbayError):
    """The access token is missing, over or revoked."""

    key = "not_signed_in"
    text = "Sign in first."


class Unreadable(PatchbayError):
    """The request is not what this address takes."""

    key = "unreadable"
    text = "The request can't be read: {reason}"


class NoSuchPath(PatchbayError):
    """Nothing is at this address."""

    key = "no_such_path"
    text = "There is nothing at {path}."


class WrongMethod(PatchbayError):
    """The address takes other methods."""

    key = "wrong_method"
    text = "{path} doesn't take {method}."


class WrongMediaType(PatchbayError):
    """The body is of a kind that the address does not take."""

    key = "wrong_media_type"
    text = "Send {wanted}."


class WrongRange(PatchbayError):
    """The part that was asked for does not exist."""

    key = "wrong_range"
    text = "The file has {size_bytes} bytes."


class Broken(PatchbayError):
    """A bug on the server."""

    key = "broken"
    text = "Something went wrong on the server. It was written down."


BEGUN = web.RequestKey("begun", bool)  # the head of its answer is out
STATUS: dict[type[PatchbayError], int] = {
    NotHere: 404, NotAllowed: 403, AlreadyExists: 409, ChangedSince: 409, Superseded: 409,
    NothingToUndo: 409, CannotUndo: 409, BuiltUpon: 409, AlreadyLeft: 409, BadValue: 422,
    Refused: 422, NotSignedIn: 401, WrongSignIn: 401, TooManyTries: 429, Unreadable: 400, NoSuchPath: 404, WrongMethod: 405,
    DeviceRevoked: 401, MassDeletion: 409, MustResnapshot: 410, TooLarge: 413, TooSlow: 408, WrongMediaType: 415, WrongRange: 416,
    DatabaseAway: 503, NoRoom: 507, DatabaseDamaged: 500, Broken: 500,
    WrongOffset: 409, TooManyUploads: 429, BlobsAway: 503, PatchbayError: 422,
}  # fmt: skip


def status_of(error: PatchbayError) -> int:
    """The HTTP status of an error: its own, or that of the nearest kind above it."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def answer(error: PatchbayError, language: str = "en", headers: dict[str, str] | None = None) -> web.Response:
    """The error as an answer."""
    status = status_of(error)
    problem = Problem(
        type=f"urn:patchbay:problem:{error.key}", title=HTTPStatus(status).phrase, status=status,
        detail=text_of(error, language), key=error.key, values=msgspec.to_builtins(error.values, enc_hook=str),
    )  # fmt: skip
    return web.Response(
        status=status,
        body=msgspec.json.encode(problem),
        content_type=MEDIA_TYPE,
        headers={**_headers_of(error), **(headers or {})},
    )


def _headers_of(error: PatchbayError) -> dict[str, str]:
    """What HTTP says beside the body."""
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.values["retry_after_s"])}
    if isinstance(error, WrongRange):
        return {"Content-Range": f"bytes */{error.values['size_bytes']}"}
    if isinstance(error, DatabaseAway):
        return {"Retry-After": "2"}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, NotSignedIn | WrongSignIn | DeviceRevoked) else {}


def language_of(request: web.Request) -> str:
    """The language that the caller asks for, as two letters."""
    return request.headers.get("Accept-Language", "en")[:2].lower()


async def note_begun(request: web.Request, _response: web.StreamResponse) -> None:
    """The head of an answer goes out now."""
    request[BEGUN] = True


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Around every handler: nothing leaves the server as a page of aiohttp's or as a traceback.

    What fails when half of the answer is out can only be cut off: whoever reads it would take an excuse for a part of it.
    """
    try:
        return await handler(request)
    except Exception as error:
        if isinstance(error, web.HTTPException) and error.status < 400:
            raise
        said = _said(request, error)
        if BEGUN in request and request.transport is not None and not request.transport.is_closing():
            log.warning("%s %s was broken off in the middle: %r", request.method, request.path, error)
            request.transport.abort()
        return said


def _said(request: web.Request, error: Exception) -> web.Response:
    if isinstance(error, PatchbayError):
        return answer(error, language_of(request))
    if isinstance(error, web.HTTPException):
        return answer(_translated(request, error), language_of(request), _kept(error))
    if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
        return answer(Unreadable(reason="the connection was lost."))  # nobody hears it: the caller went away
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        log.error("%s %s: the disk is full", request.method, request.path)
        return answer(NoRoom(), language_of(request))
    # The last door: a bug is logged whole, and told without details.
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return answer(Broken(), language_of(request))


def _translated(request: web.Request, error: web.HTTPException) -> PatchbayError:
    match error.status:
        case 404:
            return NoSuchPath(path=request.path)
        case 405:
            return WrongMethod(path=request.path, method=request.method)
        case 413:
            return TooLarge()
        case _:
            return Unreadable(reason=error.reason)


def _kept(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
