"""What full-text search looks at in a record: said on the record itself, and read by both programs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Columns by their part: what it is called, who wrote it, what it says, and phone numbers, found by any of their ends."""

    title: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    at: str  # when it happened: newer ones are found first
    channel: str = ""  # of every record of the kind, where the kind is one

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, those with words first."""
        return tuple(dict.fromkeys((*self.title, *self.who, *self.body, *self.numbers)))

    @property
    def fields(self) -> frozenset[str]:
        """Those whose change may change what is found; that of any other leaves the index as it is."""
        return frozenset([*self.columns, self.at, "deleted_at"])
