"""Kamailio 5.6 as registrar with digest and as proxy, on free loopback ports."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.process import Peer, answers, free_port, program

DOMAIN = "call.example"
MOST_DATAGRAM = 3500  # bytes towards a phone on UDP (findings: more can end it)
CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
tcp_children=2
{tls_switch}
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
{tls_listen}
alias="{domain}"
auto_aliases=no
mpath="{modules}"
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "ctl.so"
loadmodule "auth.so"
loadmodule "htable.so"
{tls_module}
modparam("ctl", "binrpc", "unix:{folder}/ctl.sock")
modparam("rr", "enable_full_lr", 0)
modparam("tm", "fr_timer", 5000)
modparam("tm", "fr_inv_timer", 30000)
modparam("registrar", "max_contacts", 4)
modparam("usrloc", "db_mode", 0)
modparam("auth", "nonce_count", 0)
modparam("htable", "htable", "pw=>size=8;")
modparam("htable", "htable", "alias=>size=8;")

event_route[htable:mod-init] {{
{passwords}
}}

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (!sanity_check("17895", "7")) {{ exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (!is_method("ACK")) {{ if (t_precheck_trans()) {{ t_check_trans(); exit; }} t_check_trans(); }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK") && t_check_trans()) {{ t_relay(); exit; }}
        sl_send_reply("404", "Not here"); exit;
    }}
    remove_hf("Route");
    if (is_method("INVITE|SUBSCRIBE")) record_route();
    if (is_method("OPTIONS") && uri==myself) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{
        if ($sht(pw=>$fU)==$null || !pv_auth_check("{domain}", "$sht(pw=>$fU)", "0", "1")) {{
            auth_challenge("{domain}", "0"); exit;
        }}
        if (!save("location")) sl_reply_error();
        exit;
    }}
    if ($sht(pw=>$fU)!=$null && is_method("INVITE")) {{
        if (!pv_auth_check("{domain}", "$sht(pw=>$fU)", "0", "1")) {{ auth_challenge("{domain}", "0"); exit; }}
        consume_credentials();
    }}
    if ($rU==$null) {{ sl_send_reply("484", "Address Incomplete"); exit; }}
    if (is_method("INVITE") && $hdr(X-Queue)==$null) append_hf("X-Queue: {queue}\\r\\n");
    if ($sht(alias=>$rU)!=$null) $rU = $sht(alias=>$rU);
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    if ($(ru{{uri.transport}})=="" && msg:len > {most}) {{ sl_send_reply("513", "Message Too Large"); exit; }}
    t_relay();
}}
"""
TLS = """[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = {folder}/key.pem
certificate = {folder}/cert.pem
[client:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
"""


@dataclass
class Kamailio:
    """A running registrar; `passwords` are the lines that may sign in."""

    folder: Path
    port: int
    tls_port: int
    passwords: dict[str, str]
    domain: str = DOMAIN
    queue: str = "Billing"
    process: Peer | None = field(default=None)

    @property
    def ca_file(self) -> str:
        """Who believes this one believes the registrar on TLS."""
        return str(self.folder / "cert.pem")

    def start(self) -> None:
        """Bring it up, again on the same ports after a stop."""
        command = [
            program("kamailio", "kamailio"), "-f", str(self.folder / "kamailio.cfg"), "-DD", "-E", "-m", "64", "-M", "8",
            "-Y", str(self.folder), "-P", str(self.folder / "kamailio.pid"),
        ]  # fmt: skip
        self.process = Peer(command, self.folder, name="kamailio")
        self.process.wait_ready(lambda: answers(self.port))

    def stop(self) -> None:
        """Take it down."""
        if self.process is not None:
            self.process.stop()

    def send_raw(self, data: bytes) -> None:
        """One datagram, whatever it holds."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.sendto(data, ("127.0.0.1", self.port))


@contextmanager
def kamailio(folder: Path, passwords: dict[str, str], aliases: dict[str, str] | None = None) -> Iterator[Kamailio]:
    """A registrar for these lines on UDP, TCP and TLS; `aliases` are numbers that ring a line."""
    folder.mkdir(parents=True, exist_ok=True)
    peer = Kamailio(folder=folder, port=free_port(), tls_port=free_port(), passwords=passwords)
    _make_certificate(folder)
    (folder / "tls.cfg").write_text(TLS.format(folder=folder))
    lines = [f'    $sht(pw=>{user}) = "{password}";' for user, password in passwords.items()]
    lines += [f'    $sht(alias=>{number}) = "{user}";' for number, user in (aliases or {}).items()]
    (folder / "kamailio.cfg").write_text(
        CONFIG.format(
            port=peer.port,
            domain=DOMAIN,
            folder=folder,
            passwords="\n".join(lines),
            most=MOST_DATAGRAM,
            queue=peer.queue,
            modules=_modules(),
            tls_switch="enable_tls=yes",
            tls_listen=f"listen=tls:127.0.0.1:{peer.tls_port}",
            tls_module=f'loadmodule "tls.so"\nmodparam("tls", "config", "{folder}/tls.cfg")',
        )
    )
    try:
        peer.start()
        yield peer
    finally:
        peer.stop()


def _modules() -> str:
    found = next(Path("/usr/lib").glob("*/kamailio/modules"), None)
    return f"{found or '/usr/lib/kamailio/modules'}/"


def _make_certificate(folder: Path) -> None:
    subprocess.run(
        [
            program("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-keyout", "key.pem", "-out", "cert.pem", "-subj", f"/CN={DOMAIN}",
            "-addext", f"subjectAltName=IP:127.0.0.1,DNS:{DOMAIN}",
        ],
        cwd=folder, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
