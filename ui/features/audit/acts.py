"""What one did on this device, latest first, each with its way back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.desk.desk import Desk
from app.desk.wording import kind_word
from app.kernel.columns import moment_from_us
from app.kernel.command import COMMANDS
from app.kernel.log import fields_to_json
from app.kernel.observable import Observable
from app.kernel.texts import text_for
from app.kernel.words import tr
from app.replica.outbox import Act
from ui.features.acts import act_words
from ui.features.audit.words import changes_words, cut
from ui.features.when import moment_text

SHOWN = 60
BY_ITSELF = frozenset({"conversation.mark_read", "call.log", "user.set_state"})  # nobody thinks of these as an act


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An act in words. `why_not`: why there is no way back; "" when there is one."""

    id: UUID
    what: str
    detail: str
    when: str
    state: str
    why_not: str

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        return ". ".join(part for part in (self.what, self.detail, self.when, self.state, self.why_not) if part)


class Acts(Protocol):
    """What this needs of the replica."""

    async def acts(self, limit: int) -> list[Act]:
        """The latest acts of this device."""


class ActsPanel:
    """Read anew after each change."""

    def __init__(self, desk: Desk, source: Acts) -> None:
        self.rows: Observable[tuple[Done, ...]] = Observable(())
        self._desk, self._source = desk, source

    async def refresh(self) -> None:
        """Read them."""
        now = self._desk.now()
        found = await self._source.acts(SHOWN)
        self.rows.set(tuple(done_of(each, now) for each in found if each.name not in BY_ITSELF))

    async def undo(self, command_id: UUID) -> None:
        """Take one back; raises the reason in words when something newer stands on it."""
        await self._desk.undo(command_id)
        await self.refresh()


def done_of(act: Act, now: datetime) -> Done:
    """An act in words."""
    is_new = act.changes[0].operation == "insert" if act.changes else False
    first = act.changes[0] if act.changes else None
    fields = {name: values for name, values in fields_to_json(first).items() if not name.endswith("_id")} if first else {}
    told = changes_words(fields, now, is_new=is_new)
    detail = "; ".join(after if is_new else f"{field}: {before} → {after}" for field, before, after in told[:2])
    states = {"waiting": tr("waits for the server"), "rejected": tr("refused by the server")}
    state = tr("taken back") if act.is_undone else states.get(act.state, "")
    return Done(
        id=act.command_id, what=act_words(act.name), detail=cut(detail or (kind_word(first.kind) if first else "")),
        when=moment_text(moment_from_us(act.acted_us), now), state=state, why_not=_why_not(act),
    )  # fmt: skip


def _why_not(act: Act) -> str:
    kind = COMMANDS.get(act.name)
    if act.is_undone:
        return tr("It was taken back.")
    if act.state == "rejected":
        return text_for(act.error, {}) if act.error else tr("It was refused.")
    if kind is not None and kind.no_undo:
        return tr(kind.no_undo)
    return "" if act.changes else tr("It changed nothing.")
