"""Who hears of a change: an index from scope keys to connections, and what each of them knows already."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.protocol.codec import pack
from app.protocol.cursor import Cursor
from app.protocol.live import News, Poke
from server.database.batch import Committed, Row
from server.sync.changes import Glass, blocks_for, version_of

REMEMBERED = 256  # commits that a console may be behind and still be found to have missed nothing


@dataclass(eq=False, slots=True)
class Line:
    """One console's connection."""

    user_id: UUID
    device: str
    glass: Glass
    send: Callable[[bytes], None]
    version: int = 0  # the change number at which it stands
    is_current: bool = False  # every commit since that was looked at, and none concerned it
    is_sure: bool = False  # nothing happened since the glass was made that may let its person see less
    doubts: int = 0  # how often something did
    is_asked: bool = True  # it pulls, and says where it stands then: whatever happens meanwhile is looked at there

    def sees(self, row: Row) -> bool:
        """Whether a record as it is now may be spoken of here."""
        return self.is_sure and self.glass.shows(row)


class Hub:
    """One tenant's connections; used on the event loop only, never waits."""

    def __init__(self) -> None:
        self.lines: set[Line] = set()
        self._index: dict[UUID | str, set[Line]] = {}  # by keys, ids of pinned roots, and kinds that are seen as a whole
        self._last: int | None = None  # the newest change number told of
        self._recent: deque[Committed] = deque(maxlen=REMEMBERED)

    def join(self, line: Line) -> None:
        """Hear from now on."""
        self.lines.add(line)
        for key in line.glass.subjects:
            self._index.setdefault(key, set()).add(line)

    def leave(self, line: Line) -> None:
        """Hear no more."""
        self.lines.discard(line)
        for key in line.glass.subjects:
            among = self._index.get(key, set())
            among.discard(line)
            if not among:
                self._index.pop(key, None)

    def resight(self, line: Line, glass: Glass) -> None:
        """The person sees something else now, or wants something else on the device."""
        if glass.sight == line.glass.sight:
            line.glass = glass
        else:
            self.leave(line)
            line.glass = glass
            self.join(line)

    def standing(self, line: Line, cursor: Cursor) -> None:
        """The console says where it stands: poke it when it may have missed something."""
        line.version = cursor.version
        line.is_current = cursor.place is None and cursor.sight == line.glass.sight and self._missed_nothing(line)
        if not line.is_current:
            self.poke([line])

    def _missed_nothing(self, line: Line) -> bool:
        version = line.version
        if self._last is None or version >= self._last:
            return True
        if not self._recent or self._recent[0].from_version > version:
            return False
        return not any(told.to_version > version and _concerns(told, line) for told in self._recent)

    def among(self, subjects: Iterable[UUID | str]) -> set[Line]:
        """Those who look through one of these."""
        return set[Line]().union(*(self._index.get(key, ()) for key in subjects))

    def doubt(self, lines: Iterable[Line]) -> None:
        """Their people may see less now: until they say where they stand, nothing is certain."""
        for line in lines:
            line.is_sure = False
            line.doubts += 1

    def misses(self, told: Committed) -> bool:
        """Whether something was committed before it that nobody told."""
        return self._last is not None and told.from_version != self._last

    def hear(self, told: Committed) -> set[Line]:
        """Take note of a commit; those whom it concerns, if it can be told them row by row."""
        is_gap = self.misses(told)
        self._last = max(told.to_version, self._last or 0)
        if is_gap:
            self._recent.clear()
        self._recent.append(told)
        if is_gap or told.is_actor_changed:
            self.doubt(self.lines)
            self.poke(self.lines)
            return set()
        concerned = self.among(_subjects(told))
        if told.is_scope_changed:
            self.doubt(self.among(told.roots))  # a pin shows a record only as long as its person sees it
            self.poke(concerned)
            return set()
        if told.is_woken:
            self.poke(line for line in concerned if line.glass.sight.floor)  # what is below it may not be on those devices
        self.poke(line for line in concerned if not line.is_current)
        return {line for line in concerned if line.is_current and line.version < told.to_version}

    def tell(self, lines: Iterable[Line], rows: list[Row] | None, until: int, server_us: int) -> None:
        """Send the rows to those who stand where they begin, and a poke when they are too many."""
        behind = [line for line in lines if line.is_current and line.version < until]  # others were poked, or have pulled
        if rows is None:
            self.poke(behind)
            return
        written: dict[object, bytes] = {}  # many see the same of it from the same place
        through: dict[tuple[Glass, int], bytes] = {}
        for line in behind:
            place = (line.glass, line.version)
            told = through.get(place)
            if told is None:
                told = through[place] = _news(line, rows, until, server_us, written)
            line.version = until
            line.send(told)

    def poke(self, lines: Iterable[Line]) -> None:
        """Have them pull; until they say where they stand they are told no rows, nor to pull once more."""
        poke = pack(Poke(version=self._last or 0))
        for line in list(lines):
            line.is_current = False
            if not line.is_asked:
                line.is_asked = True
                line.send(poke)

    def noticed(self, version: int) -> None:
        """Somebody committed up to here: nothing is known of it but its number, which those may know who have just pulled."""
        if self._last is None or version > self._last:
            self._last = version
            self._recent.clear()
            behind = [line for line in self.lines if line.version < version]
            self.doubt(behind)
            self.poke(behind)


def _news(line: Line, rows: list[Row], until: int, server_us: int, written: dict[object, bytes]) -> bytes:
    """What somebody sees of the rows that is newer than what is there: a row may be as an older change left it."""
    seen = tuple([
        place for place, row in enumerate(rows) if version_of(row) > line.version and line.glass.shows(row)
    ])  # fmt: skip
    same = (line.version, seen, line.glass.hidden)
    if same not in written:
        blocks = blocks_for([rows[place] for place in seen], line.glass)
        written[same] = pack(News(start=line.version, end=until, server_us=server_us, blocks=blocks))
    return written[same]


def _concerns(told: Committed, line: Line) -> bool:
    return told.is_actor_changed or not _subjects(told).isdisjoint(line.glass.subjects)


def _subjects(told: Committed) -> frozenset[UUID | str]:
    """What a commit is about, as the index has it."""
    return frozenset([*told.keys, *told.roots, *told.kinds])
