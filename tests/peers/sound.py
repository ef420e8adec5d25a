"""A PulseAudio of our own with null sinks: devices that make no noise, and a tap on what is heard."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import Peer, program

RATE = 16_000
RECORDED_S = 60.0  # by then what is recorded has come
RINGER = "Desk-bell"  # how the device that rings is called


@dataclass
class Sound:
    """A running sound server; `environment` leads programs to it."""

    environment: dict[str, str]

    def record(self, seconds: float, sink: str = "speaker") -> bytes:
        """What the speaker (or the "ringer") hears now: signed 16 bit, mono, 16 kHz."""
        command = [
            program("parec", "pulseaudio-utils"), "-d", f"{sink}.monitor",
            "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=50",
        ]  # fmt: skip
        with subprocess.Popen(command, env={**os.environ, **self.environment}, stdout=subprocess.PIPE) as tap:
            late = threading.Timer(RECORDED_S, tap.kill)  # a sink that is gone says nothing, and does not end either
            late.start()
            try:
                assert tap.stdout is not None
                return tap.stdout.read(int(RATE * seconds) * 2)
            finally:
                late.cancel()
                tap.kill()

    def players(self, sink: str) -> int:
        """How many programs play there."""

        def rows(kind: str) -> list[list[str]]:
            return [line.split("\t") for line in self._pactl("list", "short", kind).splitlines()]

        number = next((row[0] for row in rows("sinks") if row[1] == sink), "")
        return sum(row[1] == number for row in rows("sink-inputs"))

    def programs(self) -> int:
        """How many connections programs have open."""
        return len(self._pactl("list", "short", "clients").splitlines())

    def plug_in(self, name: str) -> str:
        """Another speaker (with its monitor as a microphone); what `pull_out` wants to hear."""
        description = f"sink_properties=device.description={name}"
        return self._pactl("load-module", "module-null-sink", f"sink_name={name}", description).strip()

    def pull_out(self, plug: str) -> None:
        """It is gone, and with it everybody who played there."""
        self._pactl("unload-module", plug)

    def _pactl(self, *words: str) -> str:
        command = [program("pactl", "pulseaudio-utils"), *words]
        surroundings = {**os.environ, **self.environment}
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True, timeout=60).stdout

    def speak(self, path: Path, sink: str = "voice") -> "subprocess.Popen[bytes]":
        """Let the microphone (or the monitor of another sink) hear this WAV file, until the returned program is ended."""
        command = [program("paplay", "pulseaudio-utils"), "-d", sink, "--latency-msec=50", str(path)]
        return subprocess.Popen(command, env={**os.environ, **self.environment})


@contextmanager
def sound(folder: Path) -> Iterator[Sound]:
    """A speaker and a microphone that are not there; what is played into the microphone's sink is what it hears."""
    socket = folder / "pulse.sock"
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PULSE_RUNTIME_PATH": str(folder / "pulse")}
    command = [
        program("pulseaudio", "pulseaudio"), "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit",
        "--use-pid-file=no", "--log-target=stderr",
        "-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1",
        "-L", "module-null-sink sink_name=speaker rate=16000 channels=1",
        "-L", "module-null-sink sink_name=voice rate=16000 channels=1",
        "-L", f"module-null-sink sink_name=ringer rate=16000 channels=1 sink_properties=device.description={RINGER}",
        "-L", "module-remap-source source_name=microphone master=voice.monitor",
    ]  # fmt: skip
    with Peer(command, folder, name="pulseaudio", environment=home) as peer:
        peer.wait_ready(socket.exists)
        environment = {"PULSE_SERVER": f"unix:{socket}", "PULSE_SINK": "speaker", "PULSE_SOURCE": "microphone", **home}
        yield Sound(environment)
