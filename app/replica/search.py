"""The search index of this device: made a slice at a time once the rows are here, and kept equal to them from then on."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, Engine

from app.domain.search import building
from app.domain.search.entries import analysis_now, searched_kinds
from app.domain.search.index import Keeper
from app.domain.search.sqlite import SqliteIndex
from app.replica.tables import load, save

SLICE_CHANGED = 500  # rows that changed while it was being made


class SearchIndex:
    """Of one replica, on its one writing thread; where it was while it was being made is known to this object alone."""

    def __init__(self, tenant_id: UUID) -> None:
        self.share: float | None = None  # of what must be done, while it is being made
        self._tenant_id = tenant_id
        self._slices: building.Slices | None = None
        self._changed: set[tuple[str, bytes]] = set()

    def prepare(self, connection: Connection) -> None:
        """Begin it once all rows are here, unless it stands or is being made; before that, an empty one."""
        has_rows = load(connection, "is_indexed", default=False)
        if has_rows and (self.share is not None or is_built(connection)):
            return
        self._stop()
        building.empty(connection)
        save(connection, "search", 0)
        if has_rows:
            self._slices, self.share = building.slices(self._tenant_id), 0.0
            next(self._slices)

    def go_on(self, engine: Engine) -> bool:
        """Make the next slice, in its own transaction; whether there are more. An error ends it until the next pull."""
        if self._slices is None and not self._changed:
            return False
        try:
            with engine.begin() as connection:
                return self._go_on(connection)
        except BaseException:
            self._stop()
            raise

    def _go_on(self, connection: Connection) -> bool:
        if not load(connection, "is_indexed", default=False):  # it was begun, and then undone
            self._stop()
            return False
        if self._slices is not None:
            self.share = building.go_on(self._slices, connection)
            if self.share is None:
                self._slices, self.share = None, 1.0
        elif changed := [self._changed.pop() for _ in range(min(SLICE_CHANGED, len(self._changed)))]:
            self._keep(connection, changed)
        if self._slices is None and not self._changed:
            save(connection, "search", analysis_now())
            self.share = None
        return self.share is not None

    def build(self, connection: Connection) -> None:
        """All of it at once."""
        self._stop()
        building.build(connection, self._tenant_id)
        save(connection, "search", analysis_now())

    def refresh(self, connection: Connection, touches: Iterable[str]) -> bool:
        """These rows ("kind:id") were written or are gone: found by their new words, or no longer, from the same moment on.

        While the index is being made, from when it is; before the first download has ended, nothing is searched. Tells whether
        words of what is gone are still in the file: `join_some` takes them out.
        """
        searched, changed = frozenset(searched_kinds()), list[tuple[str, bytes]]()
        for touch in set(touches):
            kind, _, key = touch.partition(":")
            if kind in searched and key not in {"*", ""}:
                changed.append((kind, bytes.fromhex(key)))
        if self.share is not None:
            self._changed.update(changed)
        elif changed and is_built(connection):
            return self._keep(connection, changed)
        return False

    def join_some(self, connection: Connection, *, is_first: bool) -> bool:
        """A step of joining the parts of the index, of which older ones keep words of changed rows; whether there are more."""
        if is_built(connection):
            return SqliteIndex(connection).join_some(is_first=is_first)
        building.empty(connection)  # what an error has left of it
        return False

    def give_up(self, engine: Engine) -> None:
        """What is made of it so far goes; it is made after the next opening."""
        if self.share is not None:
            self._stop()
            with engine.begin() as connection:
                building.empty(connection)

    def _keep(self, connection: Connection, changed: Iterable[tuple[str, bytes]]) -> bool:
        by_kind: dict[str, list[bytes]] = {}
        for kind, key in changed:
            by_kind.setdefault(kind, []).append(key)
        index = SqliteIndex(connection, is_joined_later=True)
        Keeper(index, connection, self._tenant_id).refresh(by_kind)
        return index.is_unjoined

    def _stop(self) -> None:
        self._slices, self.share, self._changed = None, None, set()


def is_built(connection: Connection) -> bool:
    """Whether there is an index, made as this program makes it."""
    return bool(load(connection, "search", 0) == analysis_now())
