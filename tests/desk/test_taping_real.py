"""A real call, recorded by the workspace's setting with the server away: both voices are with the call once it is over."""

import asyncio
import io
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from app.desk.files import Files
from app.desk.profile import SipAccount
from app.desk.recordings import Recordings
from app.desk.sealed_reader import SealedReader
from app.desk.taping import Taping
from app.desk.telephony import PhoneDesk
from app.domain.calls.queries import RecordedFile, recordings
from app.domain.calls.rules import call_id_of
from app.domain.tenants.recording import RecordingRules
from app.sync.rest import Rest
from app.sync.server import ServerLink
from softphone.api import Register, Sound, UseSound
from softphone.client import SoftphoneProcess
from softphone.recorded import read_recording
from tests.desk.conftest import Work
from tests.peers.baresip import baresip, make_tone
from tests.peers.kamailio import kamailio
from tests.softphone.conftest import PASSWORDS, account

KEY = bytes(range(32))
AGENT_HZ, CUSTOMER_HZ = 450, 1000


async def test_both_voices_of_a_real_call_are_kept_with_it(work: Work, tmp_path: Path) -> None:
    place = work.desk.workspace.value
    assert place is not None
    work.desk.workspace.set(msgspec.structs.replace(place, recording=RecordingRules(incoming="never", outgoing="always")))

    async def token() -> str:
        return "t"

    link = ServerLink("http://127.0.0.1:9", token, token)
    files = Files(tmp_path / "files", KEY, Rest(link), work.replica)
    kept = Recordings(tmp_path / "files" / "recorded", work.replica, files.outgoing, work.desk)
    with (
        kamailio(tmp_path / "proxy", PASSWORDS) as proxy,
        baresip(tmp_path / "customer", proxy.port, mode="auto", tone_hz=CUSTOMER_HZ) as _,
    ):
        phone = SoftphoneProcess()
        calls = PhoneDesk(work.desk, work.agent, phone)
        taping = Taping(work.desk, calls, phone, kept)
        calls.lines.use((SipAccount(id="first", user="agent", domain="call.example"),))
        await phone.start()
        try:
            tone = make_tone(tmp_path / "agent.wav", AGENT_HZ, rate=16_000, seconds=2)
            await phone.do(UseSound(sound=Sound(is_silent=True, play_file=str(tone))))
            await phone.do(Register(account=account(proxy, id="first")))
            await work.until(lambda: calls.lines.default.value.state == "registered")
            await calls.dial("customer")
            await work.until(lambda: any(tape.state == "recording" for tape in taping.tapes.value.values()))
            [recording] = await kept.open()
            call_id = call_id_of(work.desk.tenant_id, recording.sip_call_id)
            await work.until(lambda: _seconds(kept.path(recording), recording.key) > 2)
            await calls.hang_up(calls.calls.value[0])
            found: list[RecordedFile] = []
            async with asyncio.timeout(60):
                while not found or await kept.open():
                    await asyncio.sleep(0.05)
                    found = await work.desk.read(lambda reader: recordings(reader, call_id))
        finally:
            taping.close()
            calls.close()
            await phone.close()
            await link.close()
    [file] = found
    [path] = (tmp_path / "files" / "outgoing").iterdir()
    sound, rate = soundfile.read(io.BytesIO(SealedReader(path, KEY, file.size_bytes).read()), dtype="int16")
    for side, other, hertz in ((0, 1, AGENT_HZ), (1, 0, CUSTOMER_HZ)):
        assert _loudness(sound[:, side], rate, hertz) > 20 * _loudness(sound[:, other], rate, hertz)


def _seconds(path: Path, key: bytes) -> float:
    return read_recording(path, key, lambda _sound: None).seconds


def _loudness(sound: np.ndarray, rate: int, hertz: int) -> float:
    """How loud a tone of this height is in it."""
    moments = np.arange(len(sound)) / rate
    return float(abs(np.dot(sound.astype(float), np.exp(-2j * np.pi * hertz * moments))) / max(1, len(sound)))
