"""Whether the phone tells how voices travel: as long as anybody wants to know, a call or a test."""

from collections.abc import Awaitable, Callable
from typing import Any

from softphone.api import WatchVoice


class VoiceWatch:
    """Asks the phone when the first one wants it and when the last one no longer does."""

    def __init__(self, do: Callable[[WatchVoice], Awaitable[Any]]) -> None:
        self._do = do
        self._wanted_by: set[str] = set()

    async def want(self, who: str, *, is_on: bool) -> None:
        """Want it, or no longer; raises `PhoneTrouble`, and is remembered all the same."""
        was_on = bool(self._wanted_by)
        if is_on:
            self._wanted_by.add(who)
        else:
            self._wanted_by.discard(who)
        if bool(self._wanted_by) is not was_on:
            await self._do(WatchVoice(is_on=not was_on))
