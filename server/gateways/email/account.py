"""How a mailbox is reached, and that no password travels in the clear."""

import ipaddress
import ssl
from typing import Literal

import msgspec
from typing_extensions import override

from server.gateways.api import UnsafeChannel

Security = Literal["tls", "starttls", "none"]


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """One server of an account; without a user nobody signs in. `tls` is for servers with a certificate of their own."""

    host: str
    port: int
    security: Security = "tls"
    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None

    @override
    def __repr__(self) -> str:
        return f"MailServer({self.user} at {self.where}, {self.security})"  # no password in a log

    @property
    def where(self) -> str:
        """Its name for people."""
        return f"{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """What decides whom to trust."""
        return self.tls or ssl.create_default_context()

    def refuse_plain(self) -> None:
        """Raises `UnsafeChannel` when the connection would be plain and leave this machine."""
        if self.security == "none" and not is_loopback(self.host):
            raise UnsafeChannel(where=self.where)


class MailAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A shared inbox: `key` names it in the database, `sent_folder` is used where the server marks none as such."""

    key: str
    address: str
    imap: MailServer
    smtp: MailServer
    folder: str = "INBOX"
    sent_folder: str = "Sent"


def is_loopback(host: str) -> bool:
    """Whether the host is this machine; names other than localhost are not looked up, and so are not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
