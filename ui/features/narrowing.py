"""What narrows a list besides the words that are looked for: a tag, an owner, a state; and what there is to choose from."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from app.desk.desk import Desk
from app.domain.search.tagged import tags_in_use
from app.domain.users.queries import users
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.words import tr

Options = tuple[tuple[str, str], ...]
MOST_TAGS = 100
NOBODY = "nobody"


class Narrow:
    """One of them: `value` is the id of what is chosen of `options` (ids with their words), the first of which is the usual."""

    def __init__(self, name: str, icon: str, options: Options) -> None:
        self.name, self.icon, self.usual = name, icon, options[0][0]
        self.value: Observable[str] = Observable(self.usual)
        self.options: Observable[Options] = Observable(options)

    @property
    def words(self) -> str:
        """What is chosen, as it is shown."""
        return dict(self.options.value).get(self.value.value, "")

    @property
    def is_usual(self) -> bool:
        """Whether nothing else was chosen."""
        return self.value.value == self.usual


class Narrowing:
    """For one list; `hear` is told of each choice. The tags and people are read again with the first page after they changed."""

    def __init__(self, desk: Desk, kind: str, hear: Callable[[], None], *, states: Options = (("", ""),)) -> None:
        self.tag = Narrow(tr("Tag"), "tag", (("", tr("Any tag")),))
        self.owner = Narrow(tr("Owner"), "user-round", (("", tr("Anybody's")),))
        self.state = Narrow(tr("State"), "circle-dot", states)
        self._desk, self._kind = desk, kind
        self._is_old = True
        self._stop = desk.on_changed({kind, "user"}, self._changed)
        for part in self.parts:
            part.value.subscribe(lambda _: hear())

    @property
    def parts(self) -> Sequence[Narrow]:
        """What there is to choose, in its order."""
        return (self.tag, self.owner, self.state)

    @property
    def is_usual(self) -> bool:
        """Whether the list shows all that it can."""
        return all(part.is_usual for part in self.parts)

    @property
    def owner_id(self) -> UUID | None:
        """Whose records are wanted; nothing where it is all the same, or nobody's are."""
        return None if self.owner.value.value in {"", NOBODY} else UUID(hex=self.owner.value.value)

    @property
    def is_unowned(self) -> bool:
        """Whether nobody's records are wanted."""
        return self.owner.value.value == NOBODY

    def clear(self) -> None:
        """All of the list again."""
        for part in self.parts:
            part.value.set(part.usual)

    def _changed(self) -> None:
        self._is_old = True

    def offer_soon(self) -> None:
        """Read what there is to choose from, when it is not known."""
        if self._is_old:
            self._is_old = False
            self._desk.tasks.start(self.offer(), name="what narrows a list")

    async def offer(self) -> None:
        """Read it; what is chosen stays among it."""
        me = self._desk.user_id

        def read(reader: Reader) -> tuple[list[str], list[tuple[str, str]]]:
            found = [each.tag for each in tags_in_use(reader, kind=self._kind, limit=MOST_TAGS)]
            chosen = self.owner_id
            people = [each for each in users(reader) if each.id != me and (each.is_active or each.id == chosen)]
            return found, [(each.id.hex, each.name) for each in people]

        tags, people = await self._desk.read(read)
        named = sorted({*tags, self.tag.value.value} - {""})
        self.tag.options.set((("", tr("Any tag")), *((tag, tag) for tag in named)))
        self.owner.options.set((("", tr("Anybody's")), (me.hex, tr("Mine")), (NOBODY, tr("Nobody's")), *people))

    def exported(self) -> dict[str, Any]:
        """Tag and owner, as the door for exports takes them."""
        wanted: dict[str, Any] = {"tag": self.tag.value.value, "owner_id": self.owner_id, "is_unowned": self.is_unowned}
        return {name: value for name, value in wanted.items() if value}

    def close(self) -> None:
        """Hear no more."""
        self._stop()
