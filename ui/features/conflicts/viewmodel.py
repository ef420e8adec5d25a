"""Two acts that met in one field, as a decision: values side by side, who and when, and what was joined."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from app.desk.desk import Desk
from app.desk.tagging import turn_text
from app.desk.wording import field_word, kind_word, language_word
from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import ConflictCard, Met, conflicts
from app.domain.conflicts.rules import Choice
from app.kernel.errors import NotHere
from app.kernel.loss import Joined
from app.kernel.observable import Observable
from app.kernel.set_words import Turn, in_order, turn_of
from app.kernel.words import tr
from ui.features.when import moment_text

KINDS = {"conflict", "contact", "account", "conversation", "task", "note", "call"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of them: its values, one a field; `result` is what its button says."""

    choice: Choice
    title: str
    who: str
    values: tuple[tuple[str, str], ...]  # name of the field ("" when there is one only), value
    result: str
    is_possible: bool = True

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        values = ", ".join(f"{name} {value}".strip() for name, value in self.values)
        return f"{self.title}: {values}. {self.who}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedLine:
    """A field that was kept without asking; what each changed in it, where both did."""

    name: str
    value: str
    by: str
    both: tuple[tuple[str, str], ...] = ()  # who, what


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All that the dialog says."""

    id: UUID
    question: str
    about: str
    sides: tuple[Side, ...]  # the first that is possible is recommended
    hint: str
    joined: tuple[JoinedLine, ...]


class ConflictPanel:
    """The person's open decisions and the one that is shown; works without the server."""

    def __init__(self, desk: Desk) -> None:
        self.cards: Observable[tuple[ConflictCard, ...]] = Observable(())
        self.decision: Observable[Decision | None] = Observable(None)
        self._desk = desk
        self._wanted: UUID | None = None
        self._is_open = False
        self._stop = desk.on_changed(KINDS, lambda: desk.tasks.start(self.refresh(), name="conflicts"))

    async def refresh(self) -> None:
        """Read them again; what is shown follows."""
        self.cards.set(tuple(await self._desk.read(conflicts)))
        if self._is_open:
            self._show()

    async def open(self, conflict_id: UUID | None = None) -> None:
        """Show this one, or the oldest; one that is gone means it was settled elsewhere."""
        self._is_open, self._wanted = True, conflict_id
        await self.refresh()

    def later(self) -> None:
        """Not now: it stays in the outbox."""
        self._is_open = False
        self.decision.set(None)

    async def settle(self, choice: Choice) -> str:
        """Decide what is shown and go on to the next; the words for what was done."""
        decision = self.decision.value
        if decision is None:
            raise NotHere(kind="conflict", id="")
        await self._desk.run(SettleConflict(conflict_id=decision.id, choice=choice))
        self._wanted = None
        await self.refresh()
        side = next(each for each in decision.sides if each.choice == choice)
        return tr("{0}: {1}.").replace("{0}", side.result).replace("{1}", ", ".join(value for _, value in side.values)[:60])

    def _show(self) -> None:
        cards = self.cards.value
        place = next((place for place, card in enumerate(cards) if card.id == self._wanted), 0 if cards else None)
        if place is None:
            self.later()
        else:
            self._wanted = cards[place].id
            self.decision.set(decision_of(cards[place], place, len(cards), self._desk.user_id, self._desk.now()))

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def decision_of(card: ConflictCard, place: int, count: int, me: UUID, now: datetime) -> Decision:
    """A conflict in words; `now` carries the person's zone."""
    fields = field_word(card.met[0].field) if len(card.met) == 1 else kind_word(card.record_kind)
    is_mine_too = card.mine_by == card.theirs_by
    asked = tr("You changed this {0} on two devices") if is_mine_too else tr("Two people changed this {0}")
    is_set = all(each.mine_turn is not None for each in card.met)
    if is_set and len(card.met) == 1:
        asked = tr("You changed these {0} on two devices") if is_mine_too else tr("Two people changed these {0}")
    number = tr("decision {0} of {1}").replace("{0}", str(place + 1)).replace("{1}", str(count)) if count > 1 else ""
    about = " · ".join(part for part in (card.title, kind_word(card.record_kind), number) if part)

    def who(user_id: UUID, at: datetime) -> str:
        name = tr("you") if user_id == me else card.names.get(str(user_id), tr("somebody"))
        return f"{name}, {moment_text(at, now)}"

    def values(which: str) -> tuple[tuple[str, str], ...]:
        named = len(card.met) > 1
        return tuple((field_word(each.field) if named else "", _value_text(each, which, card, now)) for each in card.met)

    both = Side(choice="both", title=tr("Both"), who=tr("every word that either has"), values=values("both"),
                result=tr("Keep both"), is_possible=card.is_here)  # fmt: skip
    sides = (
        *([both] if is_set else []),
        Side(choice="mine", title=tr("Mine"), who=who(card.mine_by, card.mine_at), values=values("mine"), result=tr("Keep mine"),
             is_possible=card.is_here),
        Side(choice="theirs", title=tr("Theirs"), who=who(card.theirs_by, card.theirs_at), values=values("theirs"),
             result=tr("Keep theirs")),
        Side(choice="original", title=tr("Original"), who=tr("before both"), values=values("original"),
             result=tr("Back to the original"), is_possible=card.is_here),
    )  # fmt: skip
    joined = tuple(_joined_line(list(acts), card.names, me, now) for _, acts in groupby(card.joined, lambda each: each.field))
    question = asked.replace("{0}", fields)
    return Decision(id=card.id, question=question, about=about, sides=sides, hint=_hint(card), joined=joined)


def _joined_line(acts: Sequence[Joined], names: dict[str, str], me: UUID, now: datetime) -> JoinedLine:
    """One field; the last act left what stands there."""
    last, turns = acts[-1], dict[UUID, Turn]()
    for each in acts if len(acts) > 1 else ():
        turns[each.by] = turns.get(each.by, Turn()).then(turn_of(each.before, each.after))
    people = [(tr("you") if by == me else names.get(str(by), tr("somebody")), turn_text(turn)) for by, turn in turns.items()]
    return JoinedLine(
        name=field_word(last.field), value=field_text(last.field, last.after, names, now),
        by=tr("yours") if last.by == me else names.get(str(last.by), tr("somebody")),
        both=tuple(people) if len(people) > 1 else (),
    )  # fmt: skip


def _value_text(met: Met, which: str, card: ConflictCard, now: datetime) -> str:
    """What a field holds; of a set what either act added and removed, and what both come to."""
    turn = {"mine": met.mine_turn, "theirs": met.theirs_turn}.get(which)
    if turn is not None:
        return turn_text(turn) or tr("(empty)")
    value = in_order((*met.mine, *met.theirs)) if which == "both" and met.mine_turn is not None else getattr(met, which, None)
    return field_text(met.field, value, card.names, now)


def field_text(field: str, value: Any, names: dict[str, str], now: datetime) -> str:
    """The value of this field as people read it."""
    return language_word(value) if field == "language" and value else value_text(value, names, now)


def value_text(value: Any, names: dict[str, str], now: datetime) -> str:
    """A field's value as people read it."""
    if value is None or value == "":
        return tr("(empty)")
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, str) and ID.fullmatch(value):
        return names.get(value, tr("not shown to you"))
    if isinstance(value, str) and MOMENT.match(value):
        return moment_text(datetime.fromisoformat(value), now)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or tr("(empty)")
    return str(value)


def _hint(card: ConflictCard) -> str:
    if not card.is_here:
        return tr("It was deleted meanwhile, or is out of your sight: it can only be left as it is.")
    if card.is_changed_since:
        return tr("It was changed again since. Theirs is what stands there now.")
    first = card.met[0]
    if len(card.met) > 1 or not (isinstance(first.mine, str) and isinstance(first.theirs, str)):
        return ""
    return difference_text(first.mine, first.theirs)


def difference_text(mine: str, theirs: str) -> str:
    """What two texts that look alike differ in; "" when one sees it."""
    if mine.split() == theirs.split():
        return tr("They differ only in spaces.")
    if mine.casefold() == theirs.casefold():
        return tr("They differ only in capital letters.")
    apart = [place for place, (one, other) in enumerate(zip(mine, theirs, strict=False)) if one != other]
    if len(mine) == len(theirs) and len(apart) == 2 and apart[1] == apart[0] + 1:
        one, other = apart
        if mine[one] == theirs[other] and mine[other] == theirs[one]:
            return tr("Two neighbours are swapped. One is probably a typing slip.")
    return ""
