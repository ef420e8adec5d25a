"""One connection to a mailbox (RFC 3501, IDLE by RFC 2177): what is new, its bytes in pieces, and waiting without missing any.

Two gaps are closed here. "EXISTS" that comes together with the answer to IDLE stays in the reader's buffer, where the library,
which only polls the socket, does not see it; and "EXISTS" that comes with the answer to a search is never told again.
"""

import contextlib
import select
import socket
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from app.kernel.text import storable_line
from server.gateways.api import ChannelRefused, ChannelUnavailable
from server.gateways.email.account import MailServer
from server.gateways.email.headers import CUT_HEADER

PIECE_BYTES = 4 * 2**20
BEGINNING_BYTES = 2**20  # of a mail that is too large
BATCH = 50
READ_TIMEOUT_S = 30.0
SENT = b"\\Sent"
GONE = (IMAPClientAbortError, OSError, EOFError)


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as the server gave it; when not `is_whole`, a line in front of it says so (`CUT_HEADER`)."""

    uid: int
    raw: bytes
    size_bytes: int
    is_whole: bool = True


class ImapBox:
    """A signed-in connection; everything blocks, and raises one of `GONE` when the connection is lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def wire(self) -> socket.socket:
        """For who must end a blocking call from another thread."""
        found: socket.socket = self._client.socket()
        return found

    @property
    def can_idle(self) -> bool:
        """Whether the server tells by itself."""
        return bool(self._client.has_capability("IDLE"))

    def look_into(self, folder: str) -> int:
        """Open a folder without changing anything in it; its UIDVALIDITY."""
        return int(self._client.select_folder(folder, readonly=True)[b"UIDVALIDITY"])

    def new_uids(self, after: int, since: date | None = None) -> list[int]:
        """The UIDs above one, ascending; on an empty answer nothing had come when the server gave it."""
        criteria: list[Any] = ["UID", f"{after + 1}:*", *(("SINCE", since) if since else ())]
        while True:
            told = self._client._imap.untagged_responses  # noqa: SLF001  # the library keeps what the server told unasked
            told.pop("EXISTS", None)
            found = sorted(uid for uid in self._client.search(criteria) if uid > after)  # "n:*" always gives the last one
            if found or "EXISTS" not in told:
                return found

    def sizes(self, uids: list[int]) -> dict[int, int]:
        """The sizes in bytes of those that are still there."""
        answer = self._client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
        return {uid: int(data[b"RFC822.SIZE"]) for uid, data in answer.items() if b"RFC822.SIZE" in data}

    def fetch_small(self, sizes: dict[int, int]) -> dict[int, Fetched]:
        """Several whole mails at once; those deleted meanwhile are missing."""
        answer = self._client.fetch(list(sizes), ["BODY.PEEK[]"]) if sizes else {}
        return {
            uid: Fetched(uid=uid, raw=bytes(answer[uid][b"BODY[]"]), size_bytes=size)
            for uid, size in sizes.items()
            if answer.get(uid, {}).get(b"BODY[]") is not None
        }

    def fetch_large(self, uid: int, size_bytes: int, most_bytes: int) -> Fetched:
        """One mail in pieces; only its beginning when it has more bytes than that."""
        is_whole = size_bytes <= most_bytes
        wanted = size_bytes if is_whole else min(BEGINNING_BYTES, most_bytes)
        pieces: list[bytes] = []
        have = 0
        while have < wanted:
            piece = self._piece(uid, have, min(PIECE_BYTES, wanted - have))
            if not piece:
                break
            pieces.append(piece)
            have += len(piece)
        marker = b"" if is_whole else f"{CUT_HEADER}: {size_bytes} bytes\r\n".encode()
        return Fetched(uid=uid, raw=marker + b"".join(pieces), size_bytes=size_bytes, is_whole=is_whole)

    def _piece(self, uid: int, at: int, count: int) -> bytes:
        answer = self._client.fetch([uid], [f"BODY.PEEK[]<{at}.{count}>"]).get(uid, {})
        return next((bytes(data) for key, data in answer.items() if key.startswith(b"BODY[]") and data), b"")

    def wait(self, waker: socket.socket, timeout_s: float) -> None:
        """Until the server tells something, the waker can be read, or the time is up; look for new mail after each."""
        if not self.can_idle:
            select.select([waker], [], [], min(timeout_s, READ_TIMEOUT_S))
            self._client.noop()
            return
        self._client.idle()
        if not self._has_buffered():
            poller = select.poll()
            poller.register(self.wire, select.POLLIN)
            poller.register(waker, select.POLLIN)
            poller.poll(timeout_s * 1000)
        self._client.idle_done()

    def _has_buffered(self) -> bool:
        """Whether something was read together with the answer to IDLE."""
        reader, wire = self._client._imap.file, self.wire  # noqa: SLF001  # the library has no door to its buffer
        before_s = wire.gettimeout()
        wire.setblocking(False)
        try:
            return bool(reader.peek(1))
        except BlockingIOError:
            return False
        except OSError as error:  # TLS that wants more bytes says so by an error
            if "Want" in type(error).__name__:
                return False
            raise
        finally:
            wire.settimeout(before_s)

    def keep_sent(self, raw: bytes, message_key: str, fallback: str) -> str:
        """Put a mail into the folder for sent ones, unless one of its Message-ID is there; the folder's name."""
        folders = [(flags, str(name)) for flags, _, name in self._client.list_folders()]
        folder = next((name for flags, name in folders if SENT in flags), fallback)
        if folder not in {name for _, name in folders}:
            self._client.create_folder(folder)
        self._client.select_folder(folder, readonly=True)
        if not message_key or not self._client.search(["HEADER", "Message-ID", message_key]):
            self._client.append(folder, raw, flags=[b"\\Seen"])
        return folder


@contextlib.contextmanager
def imap_box(server: MailServer) -> Iterator[ImapBox]:
    """A connection, signed in; raises `UnsafeChannel`, `ChannelUnavailable` or `ChannelRefused`."""
    server.refuse_plain()
    try:
        client = IMAPClient(
            server.host, port=server.port, ssl=server.security == "tls", timeout=READ_TIMEOUT_S,
            ssl_context=server.context() if server.security == "tls" else None,
        )  # fmt: skip
    except (IMAPClientError, OSError, EOFError) as error:
        raise ChannelUnavailable(where=server.where, why=storable_line(str(error), 300)) from error
    try:
        _enter(client, server)
        yield ImapBox(client)
        client.logout()
    finally:
        with contextlib.suppress(OSError):
            client.shutdown()


def _enter(client: Any, server: MailServer) -> None:
    try:
        client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if server.security == "starttls":
            client.starttls(server.context())
        client.login(server.user, server.password)
    except LoginError as error:
        raise ChannelRefused(where=server.where, why=storable_line(str(error), 300)) from error
    except (IMAPClientError, OSError, EOFError) as error:
        raise ChannelUnavailable(where=server.where, why=storable_line(str(error), 300)) from error
