"""Three calls of the demo's last days that were recorded: two voices made by arithmetic, with a pause in one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from app.desk.flac import Encoder
from app.domain.attachments.commands import SentFile
from app.domain.calls.commands import LogCall, WrapUpCall
from app.domain.calls.recorded import MEDIA_TYPE
from app.domain.calls.recording import Gaps, KeepRecording
from app.domain.calls.rules import call_id_of
from app.kernel.columns import us_from_moment
from app.kernel.command import Command, Issued, body_of
from app.kernel.ids import derived_id
from app.protocol.envelopes import refusal_of
from server.database.files import keep
from server.database.store import TenantStore
from tests.demo import cast
from tests.demo.story import LUCA_NUMBER, luca_id

RATE, FULL = 16_000, 32_767
TURN_S = 4.2  # until the other side speaks
PITCHES = (118.0, 205.0)  # of the agent, and of the customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Taped:
    """A call, how long ago it began, how long it was talked, and where its recording was paused."""

    direction: str
    ago: timedelta
    seconds: float
    gaps: Gaps = ()


CALLS = (
    Taped(direction="in", ago=timedelta(hours=2), seconds=64.0, gaps=((21.0, 8.0),)),
    Taped(direction="out", ago=timedelta(days=1, hours=3), seconds=38.0),
    Taped(direction="in", ago=timedelta(days=2, hours=5), seconds=27.0),
)


def add_recordings(store: TenantStore, now: datetime) -> None:
    """As a console gives them: the bytes by their hash, the rest by commands of the agent's; on the writer's thread."""
    agent = cast.user_id(store.tenant_id, cast.MAYA)
    for number, taped in enumerate(CALLS):
        content = flac_of(taped, seed=number)
        blob = store.blobs.keep(content)
        with store.engine.begin() as connection:
            keep(connection, store.tenant_id, blob, MEDIA_TYPE, agent, us_from_moment(now))
        file = SentFile(name="recording", media_type=MEDIA_TYPE, size_bytes=blob.size_bytes, sha256=blob.sha256)
        issued = [
            _issued(command, agent, now - taped.ago, f"{number}:{place}")
            for place, command in enumerate(_commands(store.tenant_id, taped, file, now - taped.ago, number))
        ]
        for outcome in store.authority.carry_out(issued):
            if outcome.status == "rejected":
                raise refusal_of(outcome)


def _commands(tenant_id: UUID, taped: Taped, file: SentFile, began: datetime, number: int) -> Sequence[Command]:
    sip_call_id, answered = f"recorded-{number}@pbx.demo.example", began + timedelta(seconds=6)
    call_id = call_id_of(tenant_id, sip_call_id)
    return (
        LogCall(
            sip_call_id=sip_call_id, direction=taped.direction, number=LUCA_NUMBER, number_shown="+39 06 555 0142", state="ended",
            contact_id=luca_id(tenant_id), queue="Billing" if taped.direction == "in" else "", started_at=began,
            answered_at=answered, ended_at=answered + timedelta(seconds=taped.seconds), outcome="answered",
        ),
        KeepRecording(
            call_id=call_id, recording_id=derived_id(call_id, "recording"), files=(file,), began_at=answered,
            seconds=taped.seconds, gaps=taped.gaps,
        ),
        WrapUpCall(call_id=call_id, disposition="resolved"),
    )  # fmt: skip


def _issued(command: Command, agent: UUID, at: datetime, name: str) -> Issued:
    return Issued(
        id=derived_id(agent, "recorded", name), name=command.verb, body=body_of(command), actor_id=agent, device="demo",
        acted_us=us_from_moment(at),
    )  # fmt: skip


def flac_of(taped: Taped, *, seed: int) -> bytes:
    """The two sides by turns, in syllables; silence where it was paused."""
    rng = np.random.default_rng(seed)
    moments = np.arange(int(taped.seconds * RATE)) / RATE
    sides = [_voice(moments, PITCHES[side], rng) * ((moments // TURN_S).astype(int) % 2 == side) for side in (0, 1)]
    for begin, length in taped.gaps:
        for side in sides:
            side[int(begin * RATE) : int((begin + length) * RATE)] = 0.0
    sound = (np.stack(sides, axis=1) * FULL).astype("<i2").tobytes()
    rest: list[bytes] = []
    encoder = Encoder(RATE, rest.append)
    for start in range(0, len(sound), 1 << 16):
        encoder.write(sound[start : start + (1 << 16)])
    return encoder.finish() + b"".join(rest)


def _voice(moments: "np.ndarray[tuple[int], np.dtype[np.float64]]", pitch: float, rng: np.random.Generator) -> np.ndarray:
    """Harmonics of a pitch that wanders, as loud as syllables are."""
    syllables = np.repeat(rng.random(len(moments) // (RATE // 6) + 1) ** 2, RATE // 6)[: len(moments)]
    loud = np.convolve(syllables, np.hanning(RATE // 8) / (RATE // 16), mode="same")
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.08 * np.sin(2 * np.pi * 0.7 * moments))) / RATE
    harmonics = sum(np.sin(number * phase) / number for number in range(1, 9))
    made: np.ndarray = 0.22 * loud * harmonics
    return made
