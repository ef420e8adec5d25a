"""A phone that plays a script: for tests of the interface that need no wire."""

from collections.abc import Callable

import msgspec

from softphone.api import Act, Event, Hear, PhoneError


class ScriptedSoftphone:
    """Remembers every act in `acts`; `say` makes an event happen; `answers` gives what an act returns."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.answers: dict[type, object] = {}
        self._hearers: list[Hear] = []

    async def start(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to end."""

    def subscribe(self, hear: Hear) -> Callable[[], None]:
        """Hear every event until the returned function is called."""
        self._hearers.append(hear)
        return lambda: self._hearers.remove(hear)

    async def do(self, act: Act) -> msgspec.Raw:
        """Remember the act and give the scripted answer; a `PhoneError` among the answers is raised."""
        self.acts.append(act)
        answer = self.answers.get(type(act))
        if isinstance(answer, PhoneError):
            raise answer
        return msgspec.Raw(msgspec.json.encode(answer))

    def say(self, event: Event) -> None:
        """Let this happen now."""
        for hear in tuple(self._hearers):
            hear(event)
