"""Choosing the tags of one record: those in use are offered as one types, what is new can be made."""

from dataclasses import dataclass
from uuid import UUID

from app.desk.desk import Desk
from app.desk.tagging import is_taggable, tagging, tags_of, typed_tags
from app.domain.search.tagged import TagCount, tags_in_use
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from app.kernel.words import tr

MOST_OFFERED, MOST_KNOWN = 8, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One line: a tag that the record has or may get."""

    tag: str
    count: int = 0
    is_on: bool = False
    is_new: bool = False

    @property
    def text(self) -> str:
        """What the line says."""
        return tr("New tag “{0}”").replace("{0}", self.tag) if self.is_new else self.tag


class TagPanel:
    """One record's tags; follows every change, from here or from the server."""

    def __init__(self, desk: Desk, kind: str, record_id: UUID) -> None:
        self.tags: Observable[tuple[str, ...]] = Observable(())
        self.offers: Observable[tuple[Offer, ...]] = Observable(())
        self._desk, self._kind, self._record_id = desk, kind, record_id
        self._known: tuple[TagCount, ...] = ()
        self._typed = ""
        self._refresh = Refresh(desk.tasks, self.refresh, name="tags")
        self._stop = desk.on_changed({kind}, self._refresh.ask, only=lambda: {kind: record_id})

    async def refresh(self) -> None:
        """Read them again, and which are in use."""

        def read(reader: Reader) -> tuple[tuple[str, ...], list[TagCount]]:
            """Those of its own kind first; what only others have may fit, too."""
            mine = tags_in_use(reader, kind=self._kind, limit=MOST_KNOWN)
            known = {each.tag for each in mine}
            others = [each for each in tags_in_use(reader, limit=MOST_KNOWN) if each.tag not in known]
            return tags_of(reader, self._kind, self._record_id), [*mine, *others]

        own, known = await self._desk.read(read)
        self._known = tuple(known)
        self.tags.set(own)
        self._offer()

    def type(self, text: str) -> None:
        """What stands in the field."""
        self._typed = " ".join(text.split()).lower()
        self._offer()

    def _offer(self) -> None:
        """Those that it has stand first while nothing is typed; what begins as typed before what only holds it."""
        own, counts = self.tags.value, {each.tag: each.count for each in self._known}
        words = [*own, *(tag for tag in counts if tag not in own)]
        if typed := self._typed:
            words = [word for word in words if typed in word]
            words.sort(key=lambda word: (word != typed, not word.startswith(typed)))
        offers = [Offer(tag=word, count=counts.get(word, 0), is_on=word in own) for word in words[:MOST_OFFERED]]
        if typed and typed not in words and is_taggable(typed):
            offers.append(Offer(tag=typed, is_new=True))
        self.offers.set(tuple(offers))

    async def toggle(self, tag: str) -> str:
        """Give it, or take it off; the words for what was done."""
        return await self.turn(remove=(tag,)) if tag in self.tags.value else await self.turn(add=(tag,))

    async def add_typed(self, text: str) -> str:
        """All that stands in the field, one after each comma."""
        return await self.turn(add=tuple(typed_tags(text)))

    async def turn(self, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> str:
        """Add and remove; the words for what was done."""
        await self._desk.run(tagging(self._kind, self._record_id, add=add, remove=remove))
        await self.refresh()
        return turned_words(add, remove)

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def turned_words(add: tuple[str, ...], remove: tuple[str, ...]) -> str:
    """What was done, for the line that says so."""
    if add:
        return tr("Tagged: {0}.").replace("{0}", ", ".join(add))
    return tr("Tag taken off: {0}.").replace("{0}", ", ".join(remove)) if remove else ""
