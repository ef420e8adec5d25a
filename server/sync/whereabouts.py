"""Who hears what somebody is doing: those in whose sight the record is that it is about, and of the others nobody."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.kernel.tasks import TaskRunner
from app.protocol.codec import pack, unpack
from app.protocol.live import Presence
from server.database.away import DatabaseAway
from server.database.batch import Committed
from server.sync.hub import Hub, Line
from server.sync.presence import Presences
from server.sync.store import Store
from server.sync.subjects import Subject, Subjects

PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be told of somebody, and since when it is so."""

    user_id: UUID
    said: Presence
    at_us: int
    speaker: Line | None = None  # here; what was said at another process was judged there


class Whereabouts:
    """One tenant's, on the event loop. Somebody's newest word takes the place of one that still waits to be told."""

    def __init__(self, store: Store, hub: Hub, tasks: TaskRunner) -> None:
        self.presences = Presences(store.now_us)
        self._store, self._hub, self._tasks = store, hub, tasks
        self._subjects = Subjects(store)
        self._waiting: dict[UUID, Saying] = {}
        self._coming: set[Line] = set()
        self._heard: dict[UUID, set[Line]] = {}  # who was told of somebody, and must be told of the end of it
        self._is_telling = False

    def say(self, line: Line, said: Presence) -> None:
        """A console of this process says what its person does now."""
        self._take(Saying(line.user_id, said, self._store.now_us(), speaker=line))

    def hear(self, body: bytes) -> None:
        """Somebody at another process does something, or went."""
        told = unpack(body, Presence)
        if told.user_id is not None:
            self._take(Saying(told.user_id, told, self._store.now_us() - told.age_ms * 1000))

    def come(self, line: Line) -> None:
        """A console's sight is known: it is told of everybody whom it may hear of."""
        self._coming.add(line)
        self._go_on()

    def leave(self, line: Line) -> None:
        """A connection has ended, and perhaps its person's last."""
        self._coming.discard(line)
        for among in self._heard.values():
            among.discard(line)
        is_known = line.user_id in self._waiting or self.presences.doing(line.user_id) is not None
        if is_known and not any(other.user_id == line.user_id for other in self._hub.lines):
            self._take(Saying(line.user_id, Presence(doing=""), self._store.now_us(), speaker=line))

    def changed(self, told: Committed) -> None:
        """Records changed, and with them perhaps who sees them."""
        if told.is_actor_changed and not told.kinds:  # another process had too much to tell
            self.doubt()
            return
        self._subjects.forget(told.roots)
        if told.is_scope_changed:
            for user_id, said, at_us in self.presences.about(told.roots):  # others may hear of it than before
                self._waiting.setdefault(user_id, Saying(user_id, said, at_us))
            self._go_on()

    def doubt(self) -> None:
        """Something may have changed that nobody told."""
        self._subjects.forget_all()

    def _take(self, saying: Saying) -> None:
        self._waiting[saying.user_id] = saying
        self._go_on()

    def _go_on(self) -> None:
        if not self._is_telling and (self._waiting or self._coming):
            self._is_telling = True
            self._tasks.start(self._tell(), name="live, whereabouts")

    async def _tell(self) -> None:
        try:
            while self._waiting or self._coming:
                sayings, lines = list(self._waiting.values()), self._coming
                self._waiting, self._coming = {}, set()
                await self._tell_some(sayings, lines)
        finally:
            self._is_telling = False

    async def _tell_some(self, sayings: list[Saying], lines: set[Line]) -> None:
        known = [said for said, _ in self.presences.all()] if lines else []
        abouts = {said.about for said in (*(each.said for each in sayings), *known) if said.about is not None}
        subjects: dict[UUID, Subject] = {}
        try:
            subjects = await self._subjects.of(abouts)
            unseen = [each for each in sayings if not await self._may_say(each, subjects)]
        except DatabaseAway:  # nobody knows who may hear what: it is said again as long as it is done
            subjects, unseen = {}, [each for each in sayings if each.said.about is not None]
        for each in sayings:
            self._tell_of(each, subjects, is_nothing=each in unseen)
        for line in lines & self._hub.lines:
            self._catch_up(line, subjects)

    async def _may_say(self, saying: Saying, subjects: dict[UUID, Subject]) -> bool:
        """Whether there is what it is about, and its speaker sees it: also what is not on the device."""
        if saying.said.about is None:
            return True
        subject = subjects.get(saying.said.about)
        if subject is None or saying.speaker is None or saying.speaker.sees(subject.row):
            return subject is not None
        authority = self._store.authority
        return await self._store.look(
            lambda connection: authority.actor(saying.user_id, connection).sees(subject.row.kind, subject.keys)
        )

    def _tell_of(self, saying: Saying, subjects: dict[UUID, Subject], *, is_nothing: bool) -> None:
        said = msgspec.structs.replace(saying.said, user_id=saying.user_id, age_ms=0)
        if is_nothing:
            said = Presence(doing="", user_id=saying.user_id)
        self.presences.say(saying.user_id, said, saying.at_us)
        if saying.speaker is not None:
            self._store.say(PRESENCE, pack(said))
        before, now = self._heard.pop(saying.user_id, set()), set[Line]()
        if said.doing:
            now = {line for line in self._who_see(said, subjects) if line.user_id != saying.user_id}
            self._heard[saying.user_id] = now
            told = pack(msgspec.structs.replace(said, age_ms=self._age_ms(saying.at_us)))
            for line in now:
                line.send(told)
        self._end(before - now, saying.user_id)

    def _who_see(self, said: Presence, subjects: dict[UUID, Subject]) -> set[Line]:
        if said.about is None:
            return set(self._hub.lines)
        subject = subjects[said.about]
        return {line for line in self._hub.among(subject.names) if line.sees(subject.row)}

    def _catch_up(self, line: Line, subjects: dict[UUID, Subject]) -> None:
        for said, at_us in self.presences.all():
            if said.user_id is None or said.user_id == line.user_id:
                continue
            subject = None if said.about is None else subjects.get(said.about)
            if said.about is None or (subject is not None and line.sees(subject.row)):
                self._heard.setdefault(said.user_id, set()).add(line)
                line.send(pack(msgspec.structs.replace(said, age_ms=self._age_ms(at_us))))
            elif line in self._heard.get(said.user_id, ()):
                self._heard[said.user_id].discard(line)
                self._end({line}, said.user_id)

    def _end(self, lines: set[Line], user_id: UUID) -> None:
        if lines:
            told = pack(Presence(doing="", user_id=user_id))
            for line in lines:
                line.send(told)

    def _age_ms(self, at_us: int) -> int:
        return max(0, self._store.now_us() - at_us) // 1000
