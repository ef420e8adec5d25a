"""In which order a timeline is read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID


class Dated(Protocol):
    """Something that happened at a time."""

    @property
    def at(self) -> datetime: ...
    @property
    def id(self) -> UUID: ...


D = TypeVar("D", bound=Dated)


def newest_first(entries: Iterable[D], limit: int) -> list[D]:
    """The newest of all, whatever they are; ids settle ties, so that two devices show the same order."""
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]
