"""sipp: many calls one after the other, each wanting to be declined."""

import subprocess
from pathlib import Path

from tests.peers.process import free_port, program

AT_ONCE = 2  # calls: a phone holds four, and refuses a fifth before it rings
SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="calls that are declined">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@call.example SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Customer [call_number]" <sip:+49309018[call_number]@[local_ip]>;tag=[pid]t[call_number]
To: <sip:[service]@call.example>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:customer@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=customer 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="486"/>
  <send><![CDATA[
ACK sip:[service]@call.example SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Customer [call_number]" <sip:+49309018[call_number]@[local_ip]>;tag=[pid]t[call_number]
To: <sip:[service]@call.example>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""


def make_calls(folder: Path, proxy_port: int, user: str, *, count: int, per_second: int) -> int:
    """Make the calls and wait for all of them; how many were declined as they should be."""
    scenario = folder / "declined.xml"
    scenario.write_text(SCENARIO)
    done = subprocess.run(
        [
            program("sipp", "sip-tester"), f"127.0.0.1:{proxy_port}", "-sf", str(scenario), "-s", user, "-i", "127.0.0.1",
            "-p", str(free_port()), "-m", str(count), "-r", str(per_second), "-l", str(AT_ONCE), "-nostdin", "-trace_stat",
            "-fd", "1", "-stf", str(folder / "stat.csv"), "-timeout", "240s",
        ],
        cwd=folder, capture_output=True, timeout=270, check=False,
    )  # fmt: skip
    head, *rows = (folder / "stat.csv").read_text().strip().split("\n")
    if not rows:
        raise RuntimeError(f"sipp did not run: {done.stdout[-2000:]!r}")
    return int(rows[-1].split(";")[head.split(";").index("SuccessfulCall(C)")])
