"""A mailbox watched in a thread: every mail is handed on by its UID, never by \\Seen, and the place moves once it is stored."""

import asyncio
import concurrent.futures
import contextlib
import datetime
import logging
import random
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
from imapclient.exceptions import IMAPClientError

from app.kernel.clock import NowUs, system_now_us
from app.kernel.errors import PatchbayError
from app.kernel.text import storable_line
from server.gateways.api import Health, RawInbound
from server.gateways.email.account import MailAccount
from server.gateways.email.headers import CUT_HEADER
from server.gateways.email.imap import BATCH, GONE, PIECE_BYTES, Fetched, ImapBox, imap_box

log = logging.getLogger(__name__)
STOP_TIMEOUT_S = 1.8
MOST_TRIES = 3  # at a mail that the server cannot give; then the channel goes on without it


class RawMail(RawInbound, frozen=True, kw_only=True):
    """One mail of a mailbox. When not `is_whole`, `raw` is its beginning, with a line in front that says so."""

    folder: str
    uidvalidity: int
    uid: int
    size_bytes: int
    is_whole: bool


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a folder was read: all UIDs up to `uid`, as long as its UIDVALIDITY is the same."""

    uidvalidity: int
    uid: int


class WatchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: older mails are left alone where there is no cursor. Pauses double up to the longest, with jitter."""

    largest_bytes: int = 100 * 2**20
    since: datetime.date | None = None
    idle_s: float = 9 * 60.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0


OnMail = Callable[[RawMail], Awaitable[None]]


class _Ending(Exception):
    """The watcher shall end."""


class MailboxWatcher:
    """Follows one folder and reconnects by itself. `on_mail` runs on the loop that called `start`, one mail at a time.

    When `on_mail` returns, the mail and its place (folder, uidvalidity, uid) are stored; when it raises, the mail comes again.
    """

    def __init__(
        self, account: MailAccount, on_mail: OnMail, *, cursor: Cursor | None = None,
        options: WatchOptions | None = None, now_us: NowUs = system_now_us,
    ) -> None:  # fmt: skip
        self._account, self._on_mail, self._cursor, self._now_us = account, on_mail, cursor, now_us
        self._options = options or WatchOptions()
        self._health = Health()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._box: ImapBox | None = None
        self._pause_s = self._options.first_pause_s
        self._failed: tuple[int, int] = (0, 0)  # a UID, and how often it could not be fetched

    @property
    def health(self) -> Health:
        """How it is now."""
        return self._health

    @property
    def cursor(self) -> Cursor | None:
        """How far it has come."""
        return self._cursor

    async def start(self) -> None:
        """Begin; returns at once. After `stop` it can be started again."""
        account = self._account
        account.imap.refuse_plain()
        self._loop, self._ending = asyncio.get_running_loop(), threading.Event()
        self._near, self._far = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"imap-{account.key}", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """End within two seconds; a mail that is being stored is waited for."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._ending.set()
        with contextlib.suppress(OSError):  # the thread has closed its end
            self._near.send(b"x")
        await asyncio.to_thread(thread.join, STOP_TIMEOUT_S / 3)
        if thread.is_alive() and self._box is not None:
            with contextlib.suppress(OSError):
                self._box.wire.shutdown(socket.SHUT_RDWR)
        await asyncio.to_thread(thread.join, STOP_TIMEOUT_S * 2 / 3)
        if thread.is_alive():
            log.warning("mailbox %s is still connecting; its thread ends when that does", self._account.key)
        self._near.close()

    def _run(self) -> None:
        with self._far:
            self._watch(self._ending)
        self._tell(state="stopped")

    def _watch(self, ending: threading.Event) -> None:
        while not ending.is_set():
            self._tell(state="connecting")
            try:
                with imap_box(self._account.imap) as box, self._known(box):
                    self._follow(box)
            except _Ending:
                break
            except (PatchbayError, IMAPClientError, *GONE) as error:
                self._trouble(error)
            if not ending.is_set():
                ending.wait(self._pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # jitter is no secret
                self._pause_s = min(self._options.longest_pause_s, self._pause_s * 2)

    @contextlib.contextmanager
    def _known(self, box: ImapBox) -> Iterator[None]:
        self._box = box
        try:
            yield
        finally:
            self._box = None

    def _trouble(self, error: Exception) -> None:
        if not self._ending.is_set():
            log.warning("mailbox %s: %s", self._account.key, error)
            self._tell(state="down", problem=storable_line(str(error) or type(error).__name__, 300))

    def _tell(self, **changes: Any) -> None:
        self._health = msgspec.structs.replace(self._health, **changes)

    def _contact(self) -> None:
        self._tell(state="live", problem="", last_contact_us=self._now_us())

    def _follow(self, box: ImapBox) -> None:
        uidvalidity = box.look_into(self._account.folder)
        since = None
        if self._cursor is None or self._cursor.uidvalidity != uidvalidity:
            if self._cursor is not None:
                log.warning("mailbox %s numbers its mails anew; all are looked at again", self._account.key)
            self._cursor, since = Cursor(uidvalidity=uidvalidity, uid=0), self._options.since
        while not self._ending.is_set():
            while uids := box.new_uids(self._place.uid, since):
                self._contact()
                self._take(box, uids[:BATCH])
            self._contact()
            self._pause_s = self._options.first_pause_s
            box.wait(self._far, self._options.idle_s)

    def _take(self, box: ImapBox, uids: list[int]) -> None:
        """Hand these on in order; whoever is gone meanwhile is passed over."""
        sizes = box.sizes(uids)
        small: dict[int, int] = {}
        for uid in uids:
            size = sizes.get(uid, 0)
            if size > PIECE_BYTES or sum(small.values()) + size > PIECE_BYTES:
                self._take_small(box, small)
                small = {}
            if size > PIECE_BYTES:
                self._hand_on(self._fetched(box, uid, size))
            elif uid in sizes:
                small[uid] = size
        self._take_small(box, small)
        self._move(uids[-1])

    def _take_small(self, box: ImapBox, sizes: dict[int, int]) -> None:
        try:
            mails = box.fetch_small(sizes)
        except GONE:
            self._count_failure(next(iter(sizes)))
            raise
        except IMAPClientError:  # one of them cannot be given: find out which
            for uid, size in sizes.items():
                self._hand_on(self._fetched(box, uid, size))
            return
        for mail in mails.values():
            self._hand_on(mail)

    def _fetched(self, box: ImapBox, uid: int, size_bytes: int) -> Fetched:
        if self._failed[0] == uid and self._failed[1] >= MOST_TRIES:
            return _not_given(uid, size_bytes, "the server breaks off")
        try:
            return box.fetch_large(uid, size_bytes, self._options.largest_bytes)
        except GONE:
            self._count_failure(uid)
            raise
        except IMAPClientError as error:
            return _not_given(uid, size_bytes, str(error))

    def _count_failure(self, uid: int) -> None:
        self._failed = (uid, self._failed[1] + 1 if self._failed[0] == uid else 1)

    def _hand_on(self, mail: Fetched) -> None:
        account, place = self._account, self._place
        self._store(
            RawMail(
                account=account.key, folder=account.folder, uidvalidity=place.uidvalidity, uid=mail.uid, raw=mail.raw,
                received_us=self._now_us(), size_bytes=mail.size_bytes, is_whole=mail.is_whole,
            )
        )  # fmt: skip
        self._move(mail.uid)
        self._tell(received=self._health.received + 1)

    @property
    def _place(self) -> Cursor:
        return self._cursor or Cursor(uidvalidity=0, uid=0)

    def _move(self, uid: int) -> None:
        self._cursor = msgspec.structs.replace(self._place, uid=max(uid, self._place.uid))

    def _store(self, mail: RawMail) -> None:
        """Returns when it is stored; what `on_mail` raises is raised as trouble of the channel."""
        if self._ending.is_set() or self._loop is None or self._loop.is_closed():
            raise _Ending
        future = asyncio.run_coroutine_threadsafe(_awaited(self._on_mail, mail), self._loop)
        while True:
            done, _ = concurrent.futures.wait([future], timeout=0.5)
            if done:
                break
            if self._ending.is_set():
                future.cancel()
                raise _Ending
        if future.cancelled():
            raise _Ending
        error = future.exception()
        if error is not None:
            log.warning("mailbox %s: mail %s could not be stored", self._account.key, mail.uid, exc_info=error)
            raise NotStored(uid=mail.uid, why=str(error) or type(error).__name__) from error


class NotStored(PatchbayError):
    """A mail was fetched and could not be stored; it is fetched again."""

    key = "mail_not_stored"
    text = "Mail {uid} can't be stored and will be fetched again: {why}"


async def _awaited(on_mail: OnMail, mail: RawMail) -> None:
    await on_mail(mail)


def _not_given(uid: int, size_bytes: int, why: str) -> Fetched:
    """What stands for a mail that the server has and cannot give, so that somebody hears of it."""
    told = f"{CUT_HEADER}: nothing of {size_bytes} bytes ({storable_line(why, 200)})"
    raw = f"{told}\r\nSubject: (a mail that could not be fetched)\r\n\r\n"
    return Fetched(uid=uid, raw=raw.encode("utf-8"), size_bytes=size_bytes, is_whole=False)
