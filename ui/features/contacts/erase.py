"""Erasing a person for good: what will go, their name typed to confirm it, and having the server do it; without Qt."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

from app.desk.desk import Desk
from app.desk.rights import refusal_text
from app.desk.wording import kind_word, kinds_word
from app.domain.contacts.erasing import EraseContact, ErasurePreview
from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from app.kernel.words import tr

T = TypeVar("T")
Step = Literal["asking", "failed", "ready", "erasing", "done"]
UNSEEN = frozenset({"contact", "contact_identity", "conflict", "call_leg"})  # nobody counts these


class Asks(Protocol):
    """What this needs of the connection."""

    async def get(self, path: str, kind: type[T]) -> T:
        """The answer; raises what the server refuses with, and `ServerAway` when it is out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """How far it is. `lines`: what goes, in words; `is_confirmed`: the name was typed."""

    step: Step = "asking"
    name: str = ""
    merged: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    problem: str = ""
    is_confirmed: bool = False


class ErasePanel:
    """One person at a time. The server alone knows all that is held, and does it: nothing of it works offline."""

    def __init__(self, desk: Desk, rest: Asks) -> None:
        self.erasing: Observable[Erasing] = Observable(Erasing())
        self._desk, self._rest = desk, rest
        self._contact_id: UUID | None = None

    async def open(self, contact_id: UUID) -> None:
        """Ask what would go."""
        self._contact_id = contact_id
        self.erasing.set(Erasing())
        try:
            found = await self._rest.get(f"/contacts/{contact_id}/erasure", ErasurePreview)
        except PatchbayError as error:
            self._set(step="failed", problem=refusal_text(error.key, error.values))
            return
        if not found.name:
            problem = tr("The name is hidden from you. Only who sees it can confirm that it is this person.")
            self._set(step="failed", problem=problem)
            return
        self._set(step="ready", name=found.name, merged=tuple(found.merged), lines=_lines(found.counts))

    def type(self, typed: str) -> None:
        """The name, letter by letter but for case and blanks around it."""
        name = self.erasing.value.name
        self._set(is_confirmed=bool(name) and typed.strip().casefold() == name.strip().casefold())

    async def do(self) -> None:
        """For good; what the server refuses is told where it was asked for."""
        now = self.erasing.value
        if self._contact_id is None or now.step != "ready" or not now.is_confirmed:
            return
        self._set(step="erasing", problem="")
        try:
            await self._desk.ask(EraseContact(contact_id=self._contact_id))
        except PatchbayError as error:
            self._set(step="ready", problem=refusal_text(error.key, error.values))
        else:
            self._set(step="done")

    def _set(self, **changes: Any) -> None:
        now = self.erasing.value
        known = {field: getattr(now, field) for field in ("step", "name", "merged", "lines", "problem", "is_confirmed")}
        self.erasing.set(Erasing(**{**known, **changes}))


def _lines(counts: dict[str, int]) -> tuple[str, ...]:
    """ "12 messages"."""
    shown = [(count, kind) for kind, count in counts.items() if count and kind not in UNSEEN]
    return tuple(
        f"{count:,} {kind_word(kind) if count == 1 else kinds_word(kind)}" for count, kind in sorted(shown, reverse=True)
    )
