"""A real call is recorded from end to end: a real phone behind a real proxy, kept with its call while the server is away."""

import io
import time
from pathlib import Path

import numpy as np
import soundfile

from app.desk.files import Files
from app.desk.playing import Player
from app.desk.profile import SipAccount
from app.desk.recordings import Recordings
from app.desk.sealed_reader import SealedReader
from app.desk.taping import Taping
from app.desk.telephony import PhoneDesk
from app.domain.calls.queries import calls as calls_of
from app.domain.calls.queries import recordings
from app.sync.rest import Rest
from app.sync.server import ServerLink
from softphone.api import Register, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.desk.conftest import Work
from tests.peers.baresip import baresip
from tests.peers.kamailio import kamailio
from tests.softphone.conftest import PASSWORDS, account

KEY = bytes(range(32))


async def test_a_real_call_is_recorded_paused_and_kept_with_the_server_away(work: Work, tmp_path: Path) -> None:
    async def token() -> str:
        return "t"

    link, folder = ServerLink("http://127.0.0.1:9", token, token), tmp_path / "files"
    files = Files(folder, KEY, Rest(link), work.replica)
    kept = Recordings(folder / "recorded", work.replica, files.outgoing, work.desk)
    with kamailio(tmp_path / "proxy", PASSWORDS) as proxy, baresip(tmp_path / "customer", proxy.port, mode="auto") as _:
        phone = SoftphoneProcess()
        calls = PhoneDesk(work.desk, work.agent, phone)
        taping = Taping(work.desk, calls, phone, kept)
        player = Player(work.desk, calls, phone, files, folder / "heard")
        calls.lines.use((SipAccount(id="first", user="agent", domain="call.example"),))
        await phone.start()
        try:
            await phone.do(UseSound(sound=Sound(is_silent=True)))
            await phone.do(Register(account=account(proxy, id="first")))
            await work.until(lambda: calls.lines.default.value.state == "registered")
            await calls.dial("customer")
            await work.until(lambda: bool(calls.calls.value) and calls.calls.value[0].state == "active")
            call = calls.calls.value[0]
            assert taping.may(call)
            await taping.toggle(call)
            await work.until(lambda: taping.tape(call).state == "recording")
            await work.until(lambda: taping.tape(call).seconds_at(time.monotonic()) > 2)
            await taping.toggle(call)
            await work.until(lambda: taping.tape(call).state == "paused")
            await work.until(lambda: taping.tape(call).seconds_at(time.monotonic()) > 3)
            await taping.toggle(call)
            await work.until(lambda: taping.tape(call).state == "recording")
            await work.until(lambda: taping.tape(call).seconds_at(time.monotonic()) > 5)
            await calls.hang_up(call)
            await work.until(lambda: not calls.calls.value)
            newest = None
            while newest is None or not newest.recording.parts:
                [newest, *_] = (await work.desk.read(calls_of)).rows
            [file] = await work.desk.read(lambda reader: recordings(reader, newest.id))
            assert len(file.gaps) == 1
            [path] = (folder / "outgoing").iterdir()
            sound, rate = soundfile.read(io.BytesIO(SealedReader(path, KEY, file.size_bytes).read()), dtype="int16")
            assert (rate, sound.shape[1]) == (16_000, 2)
            assert abs(len(sound) / rate - file.seconds) < 0.03
            assert np.abs(sound[:, 1].astype(int)).max() > 500, "the customer is not heard"
            assert not np.abs(sound[:, 0].astype(int)).max() > 500, "nobody speaks at the agent's side"
            await player.open(newest.id)
            assert player.playback.value.state == "ready"
        finally:
            player.stop()
            taping.close()
            calls.close()
            await phone.close()
            await link.close()
