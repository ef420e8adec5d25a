"""Handing a mail to the account's server (RFC 5321), and what each answer means for trying again."""

from collections.abc import Sequence

import aiosmtplib

from app.kernel.text import storable_line
from server.gateways.api import Accepted, ChannelRefused, ChannelUnavailable, Outcome, RefusedRecipient, Rejected, Retry, Unknown
from server.gateways.email.account import MailServer

SEND_TIMEOUT_S = 60.0
AWAY_S = 60.0  # until the next try when the server is not there
BUSY_S = 300.0  # when it said "later": servers that greylist want some minutes
BROKEN = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPConnectError, OSError)


class SmtpSender:
    """Sends over one account; a connection a mail."""

    def __init__(self, server: MailServer, *, timeout_s: float = SEND_TIMEOUT_S) -> None:
        self._server, self._timeout_s = server, timeout_s

    async def check(self) -> None:
        """Sign in and out again; raises `ChannelUnavailable`, `ChannelRefused` or `UnsafeChannel`."""
        client = self._client()
        try:
            await self._enter(client)
            await client.quit()
        except aiosmtplib.SMTPAuthenticationError as error:
            raise ChannelRefused(where=self._server.where, why=_words(error)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChannelUnavailable(where=self._server.where, why=_words(error)) from error
        finally:
            client.close()

    async def send(self, raw: bytes, sender: str, recipients: Sequence[str]) -> Outcome:
        """Hand over one mail, to all recipients that will ever be accepted or to none.

        `Retry` only while the content was not begun; a connection that breaks after that is `Unknown`.
        """
        client = self._client()
        try:
            try:
                await self._enter(client)
                refused = await _address(client, sender, recipients)
            except aiosmtplib.SMTPResponseException as error:
                return _answered(error.code, _words(error))
            except (aiosmtplib.SMTPException, OSError) as error:
                return Retry(after_s=AWAY_S, reason=f"{self._server.where} can't be reached: {_words(error)}")
            if not isinstance(refused, tuple):
                return refused
            return await _hand_over(client, raw, refused)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        server.refuse_plain()
        return aiosmtplib.SMTP(
            hostname=server.host, port=server.port, timeout=self._timeout_s, use_tls=server.security == "tls",
            start_tls=server.security == "starttls", tls_context=None if server.security == "none" else server.context(),
        )  # fmt: skip

    async def _enter(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self._server.user:
            await client.login(self._server.user, self._server.password)


async def _address(client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str]) -> tuple[RefusedRecipient, ...] | Outcome:
    """The recipients refused for good; an outcome when nothing shall be handed over: one asked for time, or none is left."""
    await client.mail(sender)
    refused: list[RefusedRecipient] = []
    for address in recipients:
        try:
            await client.rcpt(address)
        except aiosmtplib.SMTPRecipientRefused as error:
            if error.code < 500:
                return _answered(error.code, f"{address}: {_words(error)}")
            refused.append(RefusedRecipient(address, str(error.code), _words(error)))
    if len(refused) == len(recipients):
        return Rejected(code=refused[0].code, reason="; ".join(f"{each.address}: {each.reason}" for each in refused))
    return tuple(refused)


async def _hand_over(client: aiosmtplib.SMTP, raw: bytes, refused: tuple[RefusedRecipient, ...]) -> Outcome:
    try:
        answer = await client.data(raw)
    except BROKEN as error:
        return Unknown(reason=f"The connection broke while the mail was handed over: {_words(error)}")
    except aiosmtplib.SMTPResponseException as error:
        return _answered(error.code, _words(error))
    return Accepted(receipt=storable_line(answer.message, 200), refused=refused, sent=raw)


def _answered(code: int, reason: str) -> Outcome:
    """4xx: the same may work later; 5xx: it never will."""
    if 400 <= code < 500:
        return Retry(after_s=BUSY_S, reason=f"{code} {reason}")
    return Rejected(code=str(code), reason=reason)


def _words(error: Exception) -> str:
    return storable_line(str(getattr(error, "message", "") or error) or type(error).__name__, 300)
