"""The doors for files: keeping one, and reading an attachment whole or in part."""

import re
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from app.domain.attachments.queries import attachment
from app.domain.attachments.rules import MAX_BYTES
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.reader import Reader
from server.database.blobs import Blob
from server.database.files import is_kept, keep
from server.features.body import CHUNK_BYTES, whole
from server.features.keys import SESSION, STORES
from server.web.dispatch import Door, read_id
from server.web.problems import Unreadable

MEDIA_TYPE = re.compile(r"[a-zA-Z0-9!#$&^_.+-]{1,100}/[a-zA-Z0-9!#$&^_.+-]{1,100}")


class BlobCard(msgspec.Struct, frozen=True, kw_only=True):
    """A kept file: the hash to name in an attachment."""

    sha256: str
    size_bytes: int


async def _keep(request: web.Request, _body: Any) -> BlobCard:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    await store.read(lambda reader: _check(reader, "attachment:create"), session.user_id)
    if not MEDIA_TYPE.fullmatch(request.content_type):
        raise Unreadable(reason="Content-Type is not a media type.")
    content = await whole(request, MAX_BYTES)
    blob: Blob = await store.aside(lambda: store.blobs.keep(content))
    await store.change(lambda each: keep(each, store.tenant_id, blob, request.content_type, session.user_id, store.now_us()))
    return BlobCard(sha256=blob.sha256, size_bytes=blob.size_bytes)


async def _content(request: web.Request, _body: Any) -> web.StreamResponse:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    attachment_id = read_id(request.match_info["id"], request.path)

    def look(reader: Reader) -> Any:
        _check(reader, "attachment:read")
        card = attachment(reader, attachment_id)
        if not is_kept(reader.connection, store.tenant_id, card.sha256):
            raise NotHere(kind="file", id=card.sha256[:12])
        return card

    card = await store.read(look, session.user_id)
    path = store.blobs.path(card.sha256)
    if not path.is_file():
        raise NotHere(kind="file", id=card.sha256[:12])
    headers = {
        "Content-Type": card.media_type if MEDIA_TYPE.fullmatch(card.media_type) else "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(card.name)}",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=31536000, immutable",
    }  # fmt: skip
    return web.FileResponse(path, headers=headers, chunk_size=CHUNK_BYTES)


def _check(reader: Reader, permission: str) -> None:
    if not reader.actor.may(permission):
        raise NotAllowed(permission=permission)


DOORS = (
    Door(
        method="POST", path="/blobs", name="keep_blob", tag="attachments", summary="Keep a file; name its hash in an attachment.",
        serve=_keep, answers=BlobCard, status=201, takes="*/*",
    ),
    Door(
        method="GET", path="/attachments/{id}/content", name="attachment_content", tag="attachments",
        summary="The bytes of an attachment, whole or in part (Range).", serve=_content, media_type="*/*",
    ),
)  # fmt: skip
