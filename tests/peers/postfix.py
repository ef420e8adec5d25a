"""Postfix 3.7: a submission port with passwords, an MX port, delivery into Dovecot, and bounces of its own."""

import grp
import os
import pwd
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from tests.peers.dovecot import Dovecot
from tests.peers.process import Peer, PeerMissing, answers, free_port, program
from tests.peers.temporary import open_folder

LARGEST_MAIL = 80 * 2**20  # bytes; more than the gateway fetches whole
MASTER_PROGRAM = Path("/usr/lib/postfix/sbin/master")
QUEUES = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace", "maildrop",
    "public",
)  # fmt: skip
MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.mail.example
mydomain = mail.example
myorigin = mail.example
mydestination =
mynetworks = 127.0.0.1/32
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_transport = lmtp:unix:{lmtp}
recipient_delimiter = +
default_transport = smtp:[127.0.0.1]:{mx_port}
relay_domains =
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_tls_cert_file = {dovecot_folder}/cert.pem
smtpd_tls_key_file = {dovecot_folder}/key.pem
smtpd_tls_security_level = may
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{ {refusals} }},
    permit_sasl_authenticated, reject_unauth_destination
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = /tmp, {folder}
alias_maps =
alias_database =
biff = no
message_size_limit = {largest}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 30
in_flow_delay = 0
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
"""
MASTER = """127.0.0.1:{mx_port} inet n - n - - smtpd -o syslog_name=postfix/mx -o smtpd_sasl_auth_enable=no
127.0.0.1:{submission_port} inet n - n - - smtpd -o syslog_name=postfix/submission -o smtpd_sasl_auth_enable=yes
127.0.0.1:{smtps_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
tlsmgr    unix  - - n 1000? 1 tlsmgr
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass
class Postfix:
    """A running mail server in front of a Dovecot.

    busy@ of any domain it serves is answered 450, blocked@ 550. Mail to all other domains is taken and bounces at once.
    """

    folder: Path
    submission_port: int
    smtps_port: int
    mx_port: int
    certificate: Path
    process: Peer | None = field(default=None)

    def start(self) -> None:
        """Bring it up, again on the same ports after a stop."""
        self.process = Peer([str(MASTER_PROGRAM), "-c", str(self.folder), "-d"], self.folder, name="postfix")
        self.process.wait_ready(lambda: answers(self.mx_port) and answers(self.submission_port), 60)

    def stop(self) -> None:
        """Take it down."""
        if self.process is not None:
            self.process.stop()

    def log(self) -> str:
        """What it did so far."""
        file = self.folder / "log" / "postfix.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def deliver(self, raw: bytes | EmailMessage, *, sender: str, to: str) -> None:
        """Hand it a mail as another mail server would; raises what smtplib raises."""
        data = raw if isinstance(raw, bytes) else raw.as_bytes()
        with smtplib.SMTP("127.0.0.1", self.mx_port, timeout=30) as wire:
            wire.sendmail(sender, [to], data)


@contextmanager
def postfix(store: Dovecot) -> Iterator[Postfix]:
    """A mail server for the mailboxes of this Dovecot."""
    program("postfix", "postfix")
    if os.geteuid() != 0:
        raise PeerMissing("postfix starts only as root")
    domains = sorted({user.rpartition("@")[2] for user in store.users})
    with open_folder("pbpost") as folder:
        peer = Postfix(
            folder=folder, submission_port=free_port(), smtps_port=free_port(), mx_port=free_port(), certificate=store.certificate
        )
        _lay_out(folder)
        refusals = [
            f"{{busy@{domain} = 450 4.2.1 The mailbox is busy}}, {{blocked@{domain} = 550 5.7.1 This address is refused}}"
            for domain in domains
        ]
        values = {
            "folder": folder, "domains": ", ".join(domains), "mailboxes": ", ".join(f"{{{user} = x}}" for user in store.users),
            "lmtp": store.lmtp_socket, "auth": store.auth_socket, "dovecot_folder": store.folder, "refusals": ", ".join(refusals),
            "largest": LARGEST_MAIL, "mx_port": peer.mx_port,
            "submission_port": peer.submission_port, "smtps_port": peer.smtps_port,
        }  # fmt: skip
        (folder / "main.cf").write_text(MAIN.format(**values))
        (folder / "master.cf").write_text(MASTER.format(**values))
        try:
            peer.start()
            yield peer
        finally:
            peer.stop()


def _lay_out(folder: Path) -> None:
    """What `postfix check` would make in seconds: the queue's folders, which belong to Postfix, not to root."""
    owner = pwd.getpwnam("postfix")
    (folder / "log").mkdir()
    for name in ("queue", "queue/pid"):
        (folder / name).mkdir()
    for name in ("data", *(f"queue/{queue}" for queue in QUEUES)):
        (folder / name).mkdir(mode=0o700)
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    drop = grp.getgrnam("postdrop").gr_gid
    for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
        os.chown(folder / "queue" / name, owner.pw_uid, drop)
        (folder / "queue" / name).chmod(mode)
