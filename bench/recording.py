"""A recorded minute of talk with a hold in its middle: whether both channels keep together, and what recording costs.

Agent and customer hear the same microphone, which clicks twice a second: each click is in both channels, in the customer's after
its way over the network. On a busy machine that way is longer now and then, as the buffers on it grow and shrink; its shortest
stays. If that seems to change from before the hold to after it, the channels have drifted.
"""

import asyncio
import math
import os
import statistics
import tempfile
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil

from bench.report import Row
from softphone.api import (
    Account,
    Answer,
    CallChanged,
    CallRinging,
    Dial,
    Event,
    HangUp,
    Hold,
    RecordingDone,
    Register,
    RegistrationChanged,
    Sound,
    StartRecording,
    StopRecording,
    UseSound,
)
from softphone.client import SoftphoneProcess
from softphone.recorded import CALL, read_recording
from tests.peers.kamailio import DOMAIN, Kamailio, kamailio
from tests.peers.sound import sound

PASSWORDS = {"agent": "agent-line", "customer": "customer-line"}  # of lines that live as long as the bench
KEY = bytes(range(32))
TALK_S, HELD_S, QUICK_S = 27.0, 6.0, 5.0
COST_S, QUICK_COST_S = 20.0, 3.0
STEP_S = 30.0
CLICK_EVERY_S, CLICK_S, CLICK_HZ = 0.5, 0.04, 1_000
SETTLED_S = 2.0  # so long after talk began the buffers have their length
LOUD = 2_000  # of 32768: a click has begun


def run(quick: bool) -> list[Row]:
    """Two phones in processes of their own, a Kamailio between them, one sound server for both."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), is_quick=quick))


async def _measure(folder: Path, *, is_quick: bool) -> list[Row]:
    talk_s, held_s = (QUICK_S, 1.0) if is_quick else (TALK_S, HELD_S)
    with kamailio(folder / "registrar", PASSWORDS) as proxy, sound(folder) as machine:
        os.environ.update(machine.environment)
        with machine.speak(_clicks(folder / "clicks.wav")) as voice:
            async with _phone(proxy, "agent") as agent, _phone(proxy, "customer") as customer:
                call_id = await agent.talk_with(customer)
                plain, recorded = await _costs(agent, call_id, folder, QUICK_COST_S if is_quick else COST_S)
                path = folder / "call"
                await agent.phone.do(StartRecording(call_id=call_id, path=str(path), key=KEY))
                await asyncio.sleep(talk_s)
                await agent.hold(call_id, is_on=True)
                await asyncio.sleep(held_s)
                await agent.hold(call_id, is_on=False)
                await asyncio.sleep(talk_s)
                await agent.phone.do(HangUp(call_id=call_id))
                await agent.wait(RecordingDone)
            voice.kill()
    return _rows(path, talk_s, plain, recorded)


async def _costs(agent: "Talker", call_id: int, folder: Path, seconds: float) -> tuple[float, float]:
    """Percent of a core that the phone's process takes on a call, without and with recording, in turn and twice."""
    plain, recorded = list[float](), list[float]()
    for turn in range(2):
        plain.append(await agent.load(seconds))
        await agent.phone.do(StartRecording(call_id=call_id, path=str(folder / f"cost{turn}"), key=KEY))
        recorded.append(await agent.load(seconds))
        await agent.phone.do(StopRecording(call_id=call_id))
    return statistics.mean(plain), statistics.mean(recorded)


def _rows(path: Path, talk_s: float, plain: float, recorded: float) -> list[Row]:
    sound = bytearray()
    whole = read_recording(path, KEY, sound.extend)
    samples = array("h", bytes(sound))
    lags = _lags(_begun(samples[0::2]), _begun(samples[1::2]))
    before = _shortest([lag_ms for at_s, lag_ms in lags if SETTLED_S < at_s < talk_s])
    after = _shortest([lag_ms for at_s, lag_ms in lags if at_s > whole.seconds - talk_s + SETTLED_S])
    said = f"{whole.seconds:.0f} s with a hold, {len(lags)} clicks on both sides, the customer's at least {before:.0f} ms later"
    return [
        Row(metric="drift_ms", value=abs(after - before), unit="ms", target="<= 20", peer=f"{said}; file {whole.end}"),
        Row(
            metric="cost_pct", value=recorded - plain, unit="% of a core",
            peer=f"the phone's process on a call {plain:.1f} %, recording {recorded:.1f} %",
        ),
    ]  # fmt: skip


def _shortest(lags_ms: list[float]) -> float:
    """Of the shortest tenth the longest."""
    return statistics.quantiles(lags_ms, n=10)[0]


def _begun(side: "array[int]") -> list[float]:
    """The seconds at which clicks begin."""
    found = list[float]()
    for place, sample in enumerate(side):
        at_s = place / CALL.rate
        if abs(sample) > LOUD and (not found or at_s - found[-1] > CLICK_EVERY_S / 2):
            found.append(at_s)
    return found


def _lags(said: list[float], heard: list[float]) -> list[tuple[float, float]]:
    """Of each click that the agent's side has, how many milliseconds later the customer's has it."""
    pairs = ((at_s, min(heard, key=lambda each: abs(each - at_s - CLICK_EVERY_S / 4))) for at_s in said)
    return [(at_s, 1_000 * (late_s - at_s)) for at_s, late_s in pairs if -CLICK_EVERY_S / 4 < late_s - at_s < CLICK_EVERY_S]


def _clicks(path: Path) -> Path:
    """Two minutes and a half of clicks."""
    gap = array("h", bytes(2 * round(CALL.rate * (CLICK_EVERY_S - CLICK_S))))
    turn = 2 * math.pi * CLICK_HZ / CALL.rate
    click = array("h", (round(16_000 * math.sin(turn * place)) for place in range(round(CALL.rate * CLICK_S))))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, CALL.rate, 0, "NONE", ""))
        file.writeframes((click + gap).tobytes() * 400)
    return path


class Talker:
    """A phone, and what it said."""

    def __init__(self) -> None:
        self.phone = SoftphoneProcess()
        self._heard: asyncio.Queue[Event] = asyncio.Queue()
        self.phone.subscribe(self._heard.put_nowait)

    async def wait(self, kind: type[Event], state: str = "") -> Event:
        """The next event that says so."""
        async with asyncio.timeout(STEP_S):
            while True:
                event = await self._heard.get()
                if isinstance(event, kind) and (not state or getattr(event, "state", "") == state):
                    return event

    async def talk_with(self, customer: "Talker") -> int:
        """Call the customer, who answers; the call's id."""
        call_id = int(msgspec.json.decode(await self.phone.do(Dial(number="customer"))))
        ringing = await customer.wait(CallRinging)
        assert isinstance(ringing, CallRinging)
        await customer.phone.do(Answer(call_id=ringing.call_id))
        await self.wait(CallChanged, "active")
        return call_id

    async def hold(self, call_id: int, *, is_on: bool) -> None:
        """Let the customer wait, or talk on."""
        await self.phone.do(Hold(call_id=call_id, is_on=is_on))
        await self.wait(CallChanged, "held" if is_on else "active")

    async def load(self, seconds: float) -> float:
        """Percent of a core that its process takes for so long."""
        process = psutil.Process(self.phone.pid)
        before = process.cpu_times()
        await asyncio.sleep(seconds)
        after = process.cpu_times()
        return 100 * float(after.user + after.system - before.user - before.system) / seconds


@asynccontextmanager
async def _phone(proxy: Kamailio, user: str) -> AsyncIterator[Talker]:
    talker = Talker()
    await talker.phone.start()
    try:
        await talker.phone.do(UseSound(sound=Sound()))
        account = Account(
            user=user, domain=DOMAIN, password=PASSWORDS[user], proxy_host="127.0.0.1", proxy_port=proxy.port
        )  # fmt: skip
        await talker.phone.do(Register(account=account))
        await talker.wait(RegistrationChanged, "registered")
        yield talker
    finally:
        await talker.phone.close()
