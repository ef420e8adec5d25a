"""Dovecot 2.3: mailboxes over IMAP (plain, STARTTLS and TLS), filled over LMTP, and passwords for Postfix."""

import imaplib
import os
import pwd
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.process import Peer, PeerMissing, answers, free_port, program
from tests.peers.temporary import make_certificate, open_folder

MAIL_USER = "mail"  # stands in every Debian; owns the mailboxes
CONFIG = """base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{folder}/boxes/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
imap_idle_notify_interval = 2 mins
mailbox_list_index = yes
recipient_delimiter = +
default_login_user = dovenull
default_internal_user = dovecot
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/boxes/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Gesendet {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp.sock {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener {folder}/auth.sock {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@dataclass
class Dovecot:
    """A running mail store; `users` are addresses and their passwords. The folder for sent mail is called Gesendet."""

    folder: Path
    imap_port: int
    imaps_port: int
    users: dict[str, str]
    certificate: Path
    sent_folder: str = "Gesendet"
    process: Peer | None = field(default=None)

    @property
    def lmtp_socket(self) -> Path:
        """Where Postfix delivers."""
        return self.folder / "lmtp.sock"

    @property
    def auth_socket(self) -> Path:
        """Where Postfix asks about passwords."""
        return self.folder / "auth.sock"

    def start(self) -> None:
        """Bring it up, again on the same ports and with the same mailboxes after a stop or a kill."""
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        command = [program("dovecot", "dovecot-imapd"), "-F", "-c", str(self.folder / "dovecot.conf")]
        self.process = Peer(command, self.folder, name="dovecot")
        self.process.wait_ready(lambda: answers(self.imap_port) and self.lmtp_socket.exists(), 60)

    def stop(self) -> None:
        """Take it down."""
        if self.process is not None:
            self.process.stop()

    def kill(self) -> None:
        """End it and all its connections at once, without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.stop()

    def box(self, user: str) -> imaplib.IMAP4:
        """A connection of the user, by the standard library; close it with `logout`."""
        connection = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10)
        connection.login(user, self.users[user])
        return connection

    def put(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Lay a mail into a folder, byte for byte."""
        box = self.box(user)
        try:
            state, answer = box.append(folder, "", imaplib.Time2Internaldate(1_790_000_000), raw)
            assert state == "OK", answer
        finally:
            box.logout()

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every mail in a folder, as it lies there; nothing is marked as read."""
        box = self.box(user)
        try:
            state, _ = box.select(f'"{folder}"', readonly=True)
            assert state == "OK", f"{folder} is not there"
            _, found = box.search(None, "ALL")
            numbers = found[0].split()
            if not numbers:
                return []
            _, parts = box.fetch(",".join(number.decode() for number in numbers), "(BODY.PEEK[])")
            return [part[1] for part in parts if isinstance(part, tuple)]
        finally:
            box.logout()

    def flags(self, user: str, folder: str = "INBOX") -> str:
        """The flags of all mails in a folder, as the server tells them."""
        box = self.box(user)
        try:
            box.select(f'"{folder}"', readonly=True)
            _, told = box.fetch("1:*", "(FLAGS)")
            return " ".join(line.decode() for line in told if isinstance(line, bytes))
        finally:
            box.logout()

    def rename_uids(self, user: str) -> None:
        """Give the inbox another UIDVALIDITY, as a restored or rebuilt mailbox has; needs a stop before and a start after."""
        for name in ("dovecot-uidlist", "dovecot-uidvalidity"):
            for file in (self.folder / "boxes" / user).glob(f"{name}*"):
                file.unlink()
        for file in (self.folder / "boxes" / user).glob("dovecot.index*"):
            file.unlink()


@contextmanager
def dovecot(users: Mapping[str, str]) -> Iterator[Dovecot]:
    """A mail store for these addresses (user to password); a part behind "+" reaches the same box."""
    program("dovecot", "dovecot-imapd")
    if not Path("/usr/lib/dovecot/lmtp").exists():
        raise PeerMissing("lmtp is missing: install the Debian package dovecot-lmtpd")
    if os.geteuid() != 0:
        raise PeerMissing("dovecot keeps mailboxes of several people: start it as root")
    with open_folder("pbdove") as folder:
        owner = pwd.getpwnam(MAIL_USER)
        peer = Dovecot(
            folder=folder,
            imap_port=free_port(),
            imaps_port=free_port(),
            users=dict(users),
            certificate=make_certificate(folder, "mail.example"),
        )
        (folder / "boxes").mkdir()
        os.chown(folder / "boxes", owner.pw_uid, owner.pw_gid)
        (folder / "users").write_text("".join(f"{user}:{{PLAIN}}{password}\n" for user, password in users.items()))
        (folder / "dovecot.conf").write_text(
            CONFIG.format(folder=folder, uid=owner.pw_uid, gid=owner.pw_gid, imap_port=peer.imap_port, imaps_port=peer.imaps_port)
        )
        try:
            peer.start()
            yield peer
        finally:
            peer.stop()
