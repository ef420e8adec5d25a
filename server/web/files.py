"""The doors for files: giving one whole or bit by bit, and reading an attachment whole or in part."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from app.domain.attachments.queries import AttachmentCard, attachment
from app.domain.attachments.rules import MAX_BYTES
from app.domain.calls.queries import check_hearing, is_recording
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.reader import Reader
from server.database.blobs import Blob, parts_of
from server.database.files import hurry, is_given_by, keep, renew
from server.database.listening import Heard, note
from server.database.openings import Opener
from server.database.sessions import SignedIn
from server.database.store import TenantStore
from server.database.uploads import WrongOffset
from server.features.body import pieces, whole
from server.features.keys import SESSION, STORES
from server.web.dispatch import Door, read_id, read_query
from server.web.problems import Unreadable
from server.web.ranges import etag_of, is_known, part_of

MAX_AT_ONCE_BYTES = 50_000_000
MEDIA_TYPE = re.compile(r"[a-zA-Z0-9!#$&^_.+-]{1,100}/[a-zA-Z0-9!#$&^_.+-]{1,100}")


class BlobCard(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file: the hash to name in an attachment."""

    sha256: str
    size_bytes: int


class UploadCard(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file of yours has come: go on after `size_bytes`, unless it is kept."""

    sha256: str
    size_bytes: int
    is_kept: bool


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Where the body belongs in the file, and how long the whole file is."""

    offset: Annotated[int, Meta(ge=0, le=MAX_BYTES)] = 0
    total: Annotated[int, Meta(ge=0, le=MAX_BYTES)] = 0


async def _keep(request: web.Request, _body: Any) -> BlobCard:
    session, store = await _giver(request)
    content = await whole(request, MAX_AT_ONCE_BYTES)
    blob: Blob = await store.aside(lambda: store.blobs.keep(content))
    await _note(request, session, store, blob)
    return BlobCard(sha256=blob.sha256, size_bytes=blob.size_bytes)


async def _giver(request: web.Request) -> tuple[SignedIn, TenantStore]:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    await store.read(lambda reader: _check(reader, "attachment:create"), session.user_id)
    if request.method != "GET" and not MEDIA_TYPE.fullmatch(request.content_type):
        raise Unreadable(reason="Content-Type is not a media type.")
    return session, store


async def _note(request: web.Request, session: SignedIn, store: TenantStore, blob: Blob) -> None:
    now_us, tenant_id = store.now_us(), store.tenant_id
    await store.change(lambda each: keep(each, tenant_id, blob, request.content_type, session.user_id, now_us))
    await store.change(lambda each: hurry(each, tenant_id, now_us))
    for wake in store.on_hurry:
        wake()


async def _upload_state(request: web.Request, _body: Any) -> UploadCard:
    session, store = await _giver(request)
    sha256 = request.match_info["sha256"]
    path = store.uploads.path(session.user_id, sha256)
    is_kept = await store.look(lambda each: is_given_by(each, store.tenant_id, sha256, session.user_id))
    if is_kept:
        await store.change(lambda each: renew(each, store.tenant_id, sha256, store.now_us()))
        await store.aside(lambda: store.uploads.drop_kept(path))  # of a process that ended before it could
    return UploadCard(sha256=sha256, size_bytes=await store.aside(lambda: store.uploads.size(path)), is_kept=is_kept)


async def _upload(request: web.Request, _body: Any) -> UploadCard:
    """What came stays when the line is cut, and the file is kept when all of it is there and has this hash."""
    session, store = await _giver(request)
    sha256, part = request.match_info["sha256"], read_query(request, Part)
    path = store.uploads.path(session.user_id, sha256)
    claim = store.uploads.claim(path)
    try:
        size = await _take(request, store, session, claim, part)
        if size == part.total:
            await store.aside(lambda: store.uploads.check(path, sha256))
            blob = await store.aside(lambda: store.blobs.keep_parts(parts_of(path)))
            await _note(request, session, store, blob)
            await store.aside(lambda: path.unlink(missing_ok=True))
    finally:
        store.uploads.release(path, claim)
    return UploadCard(sha256=sha256, size_bytes=size, is_kept=size == part.total)


async def _take(request: web.Request, store: TenantStore, session: SignedIn, claim: object, part: Part) -> int:
    path, size = store.uploads.path(session.user_id, request.match_info["sha256"]), part.offset
    await store.aside(lambda: store.uploads.begin(path, session.user_id, part.offset))
    try:
        async for piece in pieces(request, max(0, part.total - part.offset)):
            await store.aside(partial(store.uploads.append, path, claim, size, piece))
            size += len(piece)
    except ConnectionError as error:  # nobody hears the answer: who comes again asks how far it came
        raise WrongOffset(size_bytes=size) from error
    if not part.total:
        await store.aside(lambda: store.uploads.append(path, claim, 0, b""))
    return size


async def _content(request: web.Request, _body: Any) -> web.StreamResponse:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    attachment_id = read_id(request.match_info["id"], request.path)

    card, is_heard = await store.read(partial(_look, store.tenant_id, attachment_id), session.user_id)
    who = Opener(user_id=session.user_id, device=session.device, address=request.remote or "")
    await store.openings.note_one(who, attachment_id, ["attachment"], "api")
    if is_heard:
        heard = Heard(
            call_id=card.message_id, actor_id=session.user_id, device=session.device, acted_us=store.now_us(),
            address=request.remote or "",
        )  # fmt: skip
        await store.change(lambda each: note(each, store.tenant_id, heard, heard.acted_us))
    headers = {
        "Content-Type": card.media_type if MEDIA_TYPE.fullmatch(card.media_type) else "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(card.name)}",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=31536000, immutable",
    }  # fmt: skip
    try:
        return await _streamed(request, store, card.sha256, headers)
    except FileNotFoundError as error:
        raise NotHere(kind="file", id=card.sha256[:12]) from error


def _look(tenant_id: UUID, attachment_id: UUID, reader: Reader) -> tuple[AttachmentCard, bool]:
    """The file, whose bytes must be here, and whether it is a call's recording: then one must be allowed to listen."""
    _check(reader, "attachment:read")
    card = attachment(reader, attachment_id)
    is_heard = is_recording(reader, card)
    if is_heard:
        check_hearing(reader, card.message_id)
    if not is_given_by(reader.connection, tenant_id, card.sha256, card.created_by):
        raise NotHere(kind="file", id=card.sha256[:12])
    return card, is_heard


async def _streamed(request: web.Request, store: TenantStore, sha256: str, headers: dict[str, str]) -> web.StreamResponse:
    """Wherever it lies, passed on as it comes."""
    size, etag = await store.aside(lambda: store.blobs.size(sha256)), etag_of(sha256)
    if is_known(request.headers, etag):
        return web.Response(status=304, headers={"ETag": etag, "Cache-Control": headers["Cache-Control"]})
    part = part_of(request.headers, size, etag)
    start, end = part or (0, size)
    told = {**headers, "Accept-Ranges": "bytes", "ETag": etag, "Content-Length": str(end - start)}
    if part:
        told["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response = web.StreamResponse(status=206 if part else 200, headers=told)
    parts: Iterator[bytes] = store.blobs.parts(sha256, start, end)
    piece = await store.aside(lambda: next(parts, b""))  # what is missing is found out before anything is said
    await response.prepare(request)
    while piece:
        await response.write(piece)
        piece = await store.aside(lambda: next(parts, b""))
    await response.write_eof()
    return response


def _check(reader: Reader, permission: str) -> None:
    if not reader.actor.may(permission):
        raise NotAllowed(permission=permission)


DOORS = (
    Door(
        method="POST", path="/blobs", name="keep_blob", tag="attachments", summary="Keep a file; name its hash in an attachment.",
        serve=_keep, answers=BlobCard, status=201, takes="*/*",
    ),
    Door(
        method="GET", path="/uploads/{sha256}", name="upload_state", tag="attachments",
        summary="How far a file of yours has come.", serve=_upload_state, answers=UploadCard,
    ),
    Door(
        method="PUT", path="/uploads/{sha256}", name="upload", tag="attachments",
        summary="Give a file bit by bit; it is kept when all of it came.", serve=_upload, answers=UploadCard,
        query=Part, takes="*/*",
    ),
    Door(
        method="GET", path="/attachments/{id}/content", name="attachment_content", tag="attachments",
        summary="The bytes of an attachment, whole or in part (Range).", serve=_content, media_type="*/*",
    ),
)  # fmt: skip
