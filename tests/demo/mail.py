"""The demo's mail: a real Dovecot and Postfix, a shared inbox, and Amara's own mailbox."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from tests.demo.stage import WORKSPACE, DemoServer
from tests.demo.story import AMARA, AMARA_EMAIL
from tests.peers.dovecot import Dovecot, dovecot
from tests.peers.postfix import Postfix, postfix

SUPPORT, SUPPORT_PASSWORD = "support@velora-bikes.example", "support-pw"
WAIT_S = 60.0


class Mail:
    """What the customer does with mail."""

    def __init__(self, store: Dovecot, relay: Postfix, address: str) -> None:
        self._store, self._relay, self._address = store, relay, address

    def customer_writes(self, subject: str, text: str) -> None:
        """Amara sends a mail to the shared inbox."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{AMARA} <{AMARA_EMAIL}>", self._address, subject
        mail["Message-ID"] = make_msgid(domain=AMARA_EMAIL.partition("@")[2])
        mail.set_content(text)
        self._relay.deliver(mail, sender=AMARA_EMAIL, to=self._address)

    def customer_reads(self, words: str) -> int:
        """How many mails with these words are in Amara's mailbox, once one is."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if found := self._with(words):
                time.sleep(0.5)  # a second copy would come now
                return max(found, self._with(words))
            time.sleep(0.1)
        return 0

    def _with(self, words: str) -> int:
        return sum(words.encode() in raw for raw in self._store.mails(AMARA_EMAIL))


@contextmanager
def open_mail(folder: Path, server: DemoServer) -> Iterator[Mail]:
    """A mail server with a shared inbox that the demo's server watches."""
    folder.mkdir(parents=True, exist_ok=True)
    with dovecot({SUPPORT: SUPPORT_PASSWORD, AMARA_EMAIL: "amara-pw"}) as store, postfix(store) as relay:
        server.command(
            "inbox", "add", "--workspace", WORKSPACE, "--key", "support", "--name", "Support", "--address", SUPPORT,
            "--imap-host", "127.0.0.1", "--imap-port", str(store.imap_port), "--imap-security", "none", "--imap-user", SUPPORT,
            "--smtp-host", "127.0.0.1", "--smtp-port", str(relay.submission_port), "--smtp-security", "none",
            "--smtp-user", SUPPORT, "--sent-folder", store.sent_folder,
            said=f"{SUPPORT_PASSWORD}\n",
        )  # fmt: skip
        yield Mail(store, relay, SUPPORT)
