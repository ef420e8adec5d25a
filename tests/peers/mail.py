"""A whole mail server, Dovecot behind Postfix, and customers who write and read by it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid

from tests.peers.dovecot import Dovecot, dovecot
from tests.peers.postfix import Postfix, postfix


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of a mail."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Running; `store` and `relay` can be stopped and started each by itself."""

    store: Dovecot
    relay: Postfix

    @property
    def imap_port(self) -> int:
        """IMAP without encryption."""
        return self.store.imap_port

    @property
    def smtp_port(self) -> int:
        """Submission: users sign in, without encryption."""
        return self.relay.submission_port

    def password(self, user: str) -> str:
        """What the user signs in with."""
        return self.store.users[user]

    def write(
        self, sender: str, to: str, subject: str, text: str, *,
        name: str = "", headers: Mapping[str, str] | None = None, files: Sequence[Enclosed] = (), html: str = "",
    ) -> str:  # fmt: skip
        """Somebody sends a mail from another server; its Message-ID."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{name} <{sender}>" if name else sender, to, subject
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        for field, value in (headers or {}).items():
            mail[field] = value
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        for file in files:
            main, _, sub = file.media_type.partition("/")
            mail.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
        self.relay.deliver(mail, sender=sender, to=to)
        return str(mail["Message-ID"])

    def read(self, user: str, folder: str = "INBOX") -> list[EmailMessage]:
        """Everything in somebody's folder."""
        found = (message_from_bytes(raw, policy=default) for raw in self.store.mails(user, folder))
        return list(found)

    def sent(self, user: str) -> list[EmailMessage]:
        """Everything in somebody's folder for sent mail."""
        return self.read(user, self.store.sent_folder)


@contextmanager
def mail_server(users: Mapping[str, str]) -> Iterator[MailServer]:
    """A mail server for these addresses and their passwords, on free ports of loopback."""
    with dovecot(users) as store, postfix(store) as relay:
        yield MailServer(store, relay)
