"""How the library, its transports and its accounts are set up."""

from typing import Any

import pjsua2 as pj

from softphone.api import Account
from softphone.authorities import authorities_of
from softphone.engine.dropped import LEVEL, Dropped
from softphone.engine.sound import RATE

EXPIRES_S = 300
MOST_CALLS = 4
SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "mandatory": pj.PJMEDIA_SRTP_MANDATORY}
TRANSPORTS = {
    "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS, "udp": pj.PJSIP_TRANSPORT_UDP,
}  # fmt: skip


def endpoint_config(dropped: Dropped) -> Any:
    """One worker thread (0.7 ms from wire to handler; polling takes 6), no echo canceller, no log but what is counted."""
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = LEVEL  # the second is how much a writer hears
    config.logConfig.writer = dropped
    dropped.__disown__()  # the library destroys it at its end
    config.uaConfig.userAgent = "Patchbay"
    config.uaConfig.maxCalls = MOST_CALLS
    config.uaConfig.threadCnt = 1
    config.uaConfig.mainThreadOnly = False
    config.medConfig.clockRate = RATE
    config.medConfig.sndClockRate = RATE
    config.medConfig.ecTailLen = 0
    config.medConfig.noVad = True
    return config


def is_near(account: Account) -> bool:
    """Whether its proxy runs on this machine: then nothing listens elsewhere."""
    return account.proxy_host.startswith("127.")


def transport_config(account: Account) -> tuple[int, Any]:
    """The kind of transport and its settings; on loopback it listens there only. `NoAuthorities` when nobody can be believed."""
    config = pj.TransportConfig()
    if is_near(account):
        config.boundAddress = config.publicAddress = "127.0.0.1"
    if account.transport == "tls":
        config.tlsConfig.verifyServer = True
        config.tlsConfig.CaBuf = authorities_of(account.ca_file)
        config.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
    return TRANSPORTS[account.transport], config


def account_config(account: Account, transport_id: int) -> Any:
    """A line that registers at its proxy and sends everything through it."""
    suffix = "" if account.transport == "udp" else f";transport={account.transport}"
    proxy = f"sip:{account.proxy_host or account.domain}:{account.proxy_port}{suffix}"
    config = pj.AccountConfig()
    shown = account.display_name.replace('"', "").replace("\\", "")
    config.idUri = f'"{shown}" <sip:{account.user}@{account.domain}>' if shown else f"sip:{account.user}@{account.domain}"
    config.regConfig.registrarUri = f"sip:{account.domain}{suffix}"
    config.regConfig.timeoutSec = EXPIRES_S
    config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = 0  # the accounts try again by themselves
    if account.id.isalnum():
        # Comes back with every call and says at which account. Not `regConfig`'s: those are read past their buffer's end.
        config.sipConfig.contactUriParams = f";line={account.id}"
    config.sipConfig.proxies.push_back(f"{proxy};lr")
    config.sipConfig.transportId = transport_id
    login = account.auth_user or account.user
    config.sipConfig.authCreds.push_back(pj.AuthCredInfo("digest", "*", login, 0, account.password))
    config.mediaConfig.srtpUse = SRTP[account.srtp]
    config.mediaConfig.srtpSecureSignaling = 0
    config.natConfig.contactRewriteUse = 1
    if is_near(account):
        config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
    return config
