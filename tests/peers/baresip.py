"""baresip as the customer: a voice of espeak-ng, and a control socket."""

import json
import math
import re
import socket
import subprocess
import wave
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers.kamailio import DOMAIN
from tests.peers.process import Peer, PeerFailed, answers, free_port, program

WORDS = "Hello, this is the customer. I am calling about my invoice. Could you look it up for me? "
CONFIG = """poll_method epoll
sip_listen 127.0.0.1:{sip_port}
audio_path /usr/share/baresip
audio_player aufile,{folder}/heard.wav
audio_source aufile,{folder}/voice.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
snd_path {folder}
"""
ECHO = """module aubridge.so
module_app echo.so
"""


@dataclass
class Baresip:
    """A customer who calls, talks, presses keys and hangs up."""

    folder: Path
    control_port: int
    process: Peer

    def do(self, command: str, parameters: str = "") -> dict[str, Any]:
        """One command over the control socket (netstrings); its answer."""
        message = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        with socket.create_connection(("127.0.0.1", self.control_port), timeout=60) as wire:
            wire.sendall(f"{len(message)}:".encode() + message + b",")
            held = b""
            while True:
                came = wire.recv(65536)
                if not came:
                    raise PeerFailed(f"baresip ended before it answered {command}:\n{self.process.log()[-3000:]}")
                held += came
                answers_found = [each for each in _netstrings(held) if each.get("response")]
                if answers_found:
                    return answers_found[0]

    def call(self, user: str) -> None:
        """Call somebody at the proxy."""
        self.do("dial", f"sip:{user}@{DOMAIN}")

    def hang_up(self) -> None:
        """End the call."""
        self.do("hangup")

    def accept(self) -> None:
        """Take an incoming call."""
        self.do("accept")

    def heard(self) -> Path:
        """What came out of the customer's earpiece in the last call, as the WAV file that baresip kept."""
        return max(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime_ns)


def _netstrings(data: bytes) -> list[dict[str, Any]]:
    found = []
    while b":" in data:
        size, _, rest = data.partition(b":")
        length = int(size)
        if len(rest) < length + 1:
            break
        found.append(json.loads(rest[:length]))
        data = rest[length + 1 :]
    return found


def make_voice(path: Path, *, rate: int = 8000, seconds: int = 60) -> None:
    """A spoken text as 16-bit mono WAV, repeated to the length: baresip hangs up at the file's end."""
    spoken = path.with_suffix(".raw.wav")
    subprocess.run(
        [program("espeak-ng", "espeak-ng"), "-v", "en", "-w", str(spoken), WORDS], check=True, capture_output=True, timeout=120
    )
    subprocess.run(
        [program("sox", "sox"), str(spoken), "-r", str(rate), "-c", "1", "-b", "16", str(path),
         "repeat", "20", "trim", "0", str(seconds)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip


def make_tone(path: Path, hertz: int, *, rate: int, seconds: int) -> Path:
    """A pure tone at a quarter of full scale, as 16-bit mono WAV; it has a whole number of waves a second."""
    wave_of_a_second = array("h", (round(8_000 * math.sin(2 * math.pi * hertz * place / rate)) for place in range(rate)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(wave_of_a_second.tobytes() * seconds)
    return path


def _echoing(config: str) -> str:
    """The same, but every call is taken, and its sound goes round by the bridge instead of to and from files."""
    for device in ("audio_player", "audio_source"):
        config = re.sub(rf"^{device} .*$", f"{device} aubridge,pseudo", config, flags=re.MULTILINE)
    return config + ECHO


@contextmanager
def baresip(
    folder: Path,
    proxy_port: int,
    *,
    user: str = "customer",
    password: str = "customer-pw",
    mode: str = "manual",
    is_echo: bool = False,
    tone_hz: int = 0,
) -> Iterator[Baresip]:
    """A customer signed in at the proxy; `mode` "auto" answers by itself; an echo takes every call and sends its voice back.

    `tone_hz`: whistles for three minutes instead of speaking.
    """
    folder.mkdir(parents=True, exist_ok=True)
    control_port = free_port()
    if tone_hz:
        make_tone(folder / "voice.wav", tone_hz, rate=8000, seconds=180)
    else:
        make_voice(folder / "voice.wav")
    modules = next(Path("/usr/lib").glob("**/baresip/modules"), Path("/usr/lib/baresip/modules"))
    config = CONFIG.format(sip_port=free_port(room=2), folder=folder, modules=modules, control_port=control_port)
    (folder / "config").write_text(_echoing(config) if is_echo else config)
    (folder / "accounts").write_text(
        f'<sip:{user}@{DOMAIN}>;auth_user={user};auth_pass={password};outbound="sip:127.0.0.1:{proxy_port};transport=tcp"'
        f";regint=60;answermode={mode};audio_codecs=pcmu\n"
    )
    with Peer([program("baresip", "baresip-core"), "-f", str(folder)], folder, name="baresip") as process:
        process.wait_ready(lambda: answers(control_port) and "200 OK" in process.log(), 60)
        yield Baresip(folder=folder, control_port=control_port, process=process)
