"""Listening to what was recorded of a call: fetched when it is wanted, made ready, and played by the phone's process."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from app.desk.desk import Desk
from app.desk.files import Files, Wanted
from app.desk.listening import Heard, Track, make_ready
from app.desk.sealed import DamagedFile
from app.desk.telephony import LiveCall, PhoneDesk, PhoneTrouble
from app.domain.calls.queries import RecordedFile, recordings
from app.domain.calls.recorded import AGAIN_WITHIN
from app.domain.calls.recording import HearRecording
from app.kernel.errors import NotAllowed, PatchbayError
from app.kernel.observable import Observable
from app.sync.errors import ServerAway, SignedOut
from softphone.api import Event, PlayingChanged, PlayRecording, Softphone, StopPlaying

log = logging.getLogger(__name__)
SPEEDS = (1.0, 1.25, 1.5, 2.0)
STEP_S = 5.0
State = Literal["closed", "fetching", "reading", "ready", "playing", "away", "gone", "forbidden", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What is listened to. `done_bytes`: of what is fetched; `reason`: why it failed, as an error's key and values."""

    state: State = "closed"
    call_id: UUID | None = None
    parts: tuple[RecordedFile, ...] = ()
    part: int = 0
    done_bytes: int = 0
    seconds: float = 0.0
    at_s: float = 0.0
    speed: float = 1.0
    peaks: tuple[tuple[float, float], ...] = ()
    error: PatchbayError | None = None

    @property
    def file(self) -> RecordedFile | None:
        """The part that is listened to."""
        return self.parts[self.part] if self.part < len(self.parts) else None


class Player:
    """One recording at a time; a call that begins silences it."""

    def __init__(self, desk: Desk, calls: PhoneDesk, phone: Softphone, files: Files, folder: Path) -> None:
        self.playback: Observable[Playback] = Observable(Playback())
        self._desk, self._calls, self._files, self._folder = desk, calls, files, folder
        self._tracks: dict[float, Track] = {}
        self._opened = 0  # counts up with each recording: what was begun for one before is dropped
        self._noted: dict[UUID, Any] = {}  # call → when it was last said that one listens to it
        self._is_wanted = False
        self._stops = (phone.subscribe(self._hear), calls.calls.subscribe(self._silence))
        self.forget_tracks()

    # ── which ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self, call_id: UUID, part: int = 0) -> None:
        """Have it here, ready to be heard; what is in the way stands in `playback`, and nothing is raised."""
        await self.close()
        self._opened += 1
        speed = self.playback.value.speed
        self.playback.set(Playback(state="fetching", call_id=call_id, speed=speed))
        await self._guarded(lambda: self._open(self._opened, call_id, part))

    async def close(self) -> None:
        """No more of it."""
        await self.pause()
        self._opened += 1
        self.playback.set(Playback(speed=self.playback.value.speed))
        await asyncio.to_thread(self.forget_tracks)

    async def _open(self, opened: int, call_id: UUID, part: int) -> None:
        parts = tuple(await self._desk.read(lambda reader: recordings(reader, call_id)))
        if opened != self._opened:
            return
        if not parts:
            self._tell(state="gone")
            return
        place = min(part, len(parts) - 1)
        self._tell(parts=parts, part=place, seconds=parts[place].seconds)
        heard = await self._read(opened, 1.0)
        if heard is not None:
            self._tell(state="ready", seconds=heard.seconds, peaks=heard.peaks)

    async def _read(self, opened: int, speed: float) -> Heard | None:
        file = self.playback.value.file
        if file is None:
            return None
        wanted = Wanted(attachment_id=file.id, name=file.name, size_bytes=file.size_bytes, sha256=file.sha256)

        def came(done: int) -> None:
            if opened == self._opened:
                self._tell(done_bytes=done)

        if self._files.outgoing.is_gone(file.sha256) and self._desk.connection.value.state == "offline":
            raise ServerAway(hint="offline")  # at once, and not after some tries
        reader = await self._files.reader(wanted, came)
        if opened != self._opened:
            return None
        self._tell(state="reading")
        is_on = lambda: opened == self._opened  # noqa: E731 - asked from the thread
        heard = await asyncio.to_thread(make_ready, reader, self._folder, speed=speed, is_on=is_on)
        if opened != self._opened:
            return None
        self._tracks[speed] = heard.track
        return heard

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except (ServerAway, SignedOut):
            self._tell(state="away")
        except NotAllowed as error:
            self._tell(state="forbidden", error=error)
        except (PatchbayError, ValueError, OSError) as error:
            log.warning("a recording can't be heard: %s", error)
            self._tell(state="failed", error=error if isinstance(error, PatchbayError) else DamagedFile())

    # ── hearing it ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def toggle(self) -> None:
        """Play, or pause."""
        if self.playback.value.state == "playing":
            await self.pause()
        elif self.playback.value.state == "ready":
            await self.play()

    async def play(self) -> None:
        """From where one is, or from the beginning when it has ended; raises `PhoneTrouble`."""
        now = self.playback.value
        await self._note(now.call_id)
        await self._play(0.0 if now.at_s >= now.seconds - 0.05 else now.at_s)

    async def _play(self, at_s: float) -> None:
        now = self.playback.value
        track = self._tracks.get(now.speed)
        if track is None:
            return
        self._is_wanted = True
        self._tell(state="playing", at_s=at_s)
        try:
            await self._calls.do(PlayRecording(path=str(track.path), key=track.key, begin_s=at_s / now.speed))
        except PhoneTrouble:
            self._is_wanted = False
            self._tell(state="ready")
            raise

    async def pause(self) -> None:
        """Stay where one is."""
        if self.playback.value.state != "playing":
            return
        self._is_wanted = False
        self._tell(state="ready")
        try:
            await self._calls.do(StopPlaying())
        except PhoneTrouble as error:
            log.info("the phone plays no more: %s", error.values["reason"])

    async def seek(self, at_s: float) -> None:
        """Go there."""
        now = self.playback.value
        if now.state not in {"ready", "playing"}:
            return
        at_s = min(max(0.0, at_s), now.seconds)
        self._tell(at_s=at_s)
        if now.state == "playing":
            await self._play(at_s)

    async def use_speed(self, speed: float) -> None:
        """So many times as fast, voices as high as before."""
        now = self.playback.value
        if now.state not in {"ready", "playing"} or speed == now.speed or speed not in SPEEDS:
            return
        was_playing = now.state == "playing"
        await self.pause()
        self._tell(speed=speed)
        if speed not in self._tracks:
            opened = self._opened
            await self._guarded(lambda: self._make(opened, speed))
        if was_playing and self.playback.value.state == "ready":
            await self._play(self.playback.value.at_s)

    async def _make(self, opened: int, speed: float) -> None:
        if await self._read(opened, speed) is not None:
            self._tell(state="ready")

    async def _note(self, call_id: UUID | None) -> None:
        """Whoever listens is written down, once for each time."""
        now = self._desk.clock.now()
        if call_id is None or (call_id in self._noted and now - self._noted[call_id] < AGAIN_WITHIN):
            return
        await self._desk.run(HearRecording(call_id=call_id))
        self._noted[call_id] = now

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, event: Event) -> None:
        if not isinstance(event, PlayingChanged) or not self._is_wanted:
            return
        now = self.playback.value
        match event.state:
            case "playing":
                self._tell(at_s=min(event.seconds * now.speed, now.seconds))
            case "ended":
                self._is_wanted = False
                self._tell(state="ready", at_s=now.seconds)
            case "failed":
                self._is_wanted = False
                self._tell(state="ready", error=PhoneTrouble(reason=event.reason))

    def _silence(self, calls: tuple[LiveCall, ...]) -> None:
        if calls and self.playback.value.state == "playing":
            self._desk.tasks.start(self.pause(), name="playing")

    def _tell(self, **facts: Any) -> None:
        self.playback.set(replace(self.playback.value, **facts))

    def forget_tracks(self) -> None:
        """Nothing of what was made ready outlives the listening."""
        self._tracks.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """Hear no more."""
        for stop in self._stops:
            stop()
        self.forget_tracks()
