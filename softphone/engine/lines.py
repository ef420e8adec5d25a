"""The calls that are on, each on a line or, a test, on none; and those that ended, until it is safe to let them go."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from softphone.api import PhoneError
from softphone.engine.calls import Line, NativeCall

LINES: Final = 2


class Lines:
    """Calls by the id that others know them by; `all_ended` is set when the last one is gone."""

    def __init__(self) -> None:
        self.all_ended = asyncio.Event()
        self._on: dict[int, Line] = {}
        self._ended: list[NativeCall] = []  # kept until the end: never collected while the library may still use them
        self._next_id = 0

    def __iter__(self) -> Iterator[Line]:
        return iter(list(self._on.values()))

    def __len__(self) -> int:
        return len(self._on)

    def add(self, native: NativeCall, account_id: str, sip_call_id: str, number: str, direction: Any, place: int) -> Line:
        """A call that begins."""
        self._next_id += 1
        state: Any = "ringing" if direction == "in" else "dialling"
        line = Line(
            native=native, account=account_id, call_id=self._next_id, sip_call_id=sip_call_id, number=number,
            direction=direction, line=place, state=state,
        )  # fmt: skip
        self._on[line.call_id] = line
        self.all_ended.clear()
        return line

    def free_place(self) -> int | None:
        """The first line that nobody talks on."""
        taken = {line.line for line in self}
        return next((place for place in range(1, LINES + 1) if place not in taken), None)

    def find(self, call_id: int) -> Line:
        """A call that is on; `PhoneError` if it is not."""
        if call_id not in self._on:
            raise PhoneError("that call has ended")
        return self._on[call_id]

    def of(self, native: NativeCall) -> Line | None:
        """The call that a native object is."""
        return next((line for line in self if line.native is native), None)

    def is_busy_at(self, account_id: str) -> bool:
        """Whether a call of this account is on."""
        return any(line.account == account_id for line in self)

    def end(self, line: Line) -> None:
        """A call is over."""
        self._on.pop(line.call_id)
        line.audio = None
        self.keep_ended(line.native)
        if not self._on:
            self.all_ended.set()

    def keep_ended(self, native: NativeCall) -> None:
        """One that never came to a line."""
        self._ended.append(native)

    def tidy(self) -> None:
        """Let ended calls go while none is on."""
        if not self._on:
            self._ended.clear()

    def clear(self) -> None:
        """Let every native call go."""
        self._on.clear()
        self._ended.clear()
