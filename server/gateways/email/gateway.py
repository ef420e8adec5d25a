"""An e-mail account as a gateway: watched over IMAP, sent from over SMTP, and what was sent kept in its Sent folder."""

import asyncio
import contextlib
from collections.abc import Iterator

from imapclient.exceptions import IMAPClientError

from app.kernel.clock import NowUs, system_now_us
from app.kernel.text import storable_line
from server.gateways.api import Capabilities, ChannelUnavailable, Health, OutboundMessage, Outcome, Rejected
from server.gateways.email.account import MailAccount
from server.gateways.email.compose import BadMessage, compose
from server.gateways.email.headers import Fields, message_id
from server.gateways.email.imap import GONE, ImapBox, imap_box
from server.gateways.email.mime import take_apart
from server.gateways.email.smtp import SmtpSender
from server.gateways.email.watcher import Cursor, MailboxWatcher, OnMail, WatchOptions

LARGEST_BYTES = 25 * 2**20  # of an outgoing mail; most servers take that, few take more
CAPABILITIES = Capabilities(
    channel="email", has_html=True, has_subject=True, has_attachments=True, tells_delivery=False, largest_bytes=LARGEST_BYTES
)


class EmailGateway:
    """One shared inbox; fulfils `server.gateways.api.Gateway`."""

    def __init__(
        self, account: MailAccount, on_mail: OnMail, *, cursor: Cursor | None = None,
        options: WatchOptions | None = None, now_us: NowUs = system_now_us,
    ) -> None:  # fmt: skip
        self._account = account
        self._watcher = MailboxWatcher(account, on_mail, cursor=cursor, options=options, now_us=now_us)
        self._sender = SmtpSender(account.smtp)

    @property
    def capabilities(self) -> Capabilities:
        """What a mail can carry."""
        return CAPABILITIES

    @property
    def health(self) -> Health:
        """How the mailbox is now."""
        return self._watcher.health

    @property
    def cursor(self) -> Cursor | None:
        """How far the mailbox was read."""
        return self._watcher.cursor

    async def check(self) -> None:
        """Sign in at both servers and look into the folder; raises what is wrong."""
        await self._sender.check()
        await asyncio.to_thread(self._look)

    async def start(self) -> None:
        """Begin to watch."""
        await self._watcher.start()

    async def stop(self) -> None:
        """End within two seconds."""
        await self._watcher.stop()

    async def send(self, message: OutboundMessage) -> Outcome:
        """Hand one mail to the account's server; the bytes to keep are in `Accepted.sent`."""
        try:
            raw = compose(message)
        except BadMessage as error:
            return Rejected(code="bad_message", reason=str(error))
        if len(raw) > LARGEST_BYTES:
            return Rejected(
                code="too_large", reason=f"It has {len(raw) // 2**20} MB; at most {LARGEST_BYTES // 2**20} MB are sent."
            )
        return await self._sender.send(raw, message.from_address, tuple(dict.fromkeys((*message.to, *message.cc))))

    async def keep_sent(self, raw: bytes) -> str:
        """Put a sent mail into the Sent folder, once however often this is called; the folder's name.

        Raises `ChannelUnavailable` or `ChannelRefused`.
        """
        return await asyncio.to_thread(self._keep_sent, raw)

    def _look(self) -> None:
        with self._box() as box:
            box.look_into(self._account.folder)

    def _keep_sent(self, raw: bytes) -> str:
        key = message_id(Fields(take_apart(raw[:100_000]).headers).first("message-id")) or ""
        with self._box() as box:
            return box.keep_sent(raw, key, self._account.sent_folder)

    @contextlib.contextmanager
    def _box(self) -> Iterator[ImapBox]:
        """A connection whose failures are the channel's."""
        try:
            with imap_box(self._account.imap) as box:
                yield box
        except (IMAPClientError, *GONE) as error:
            raise ChannelUnavailable(where=self._account.imap.where, why=storable_line(str(error), 300)) from error
