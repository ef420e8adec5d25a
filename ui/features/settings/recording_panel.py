"""Which calls the workspace records, as somebody with the right to it sets it, for calls that begin later. Without Qt."""

import msgspec

from app.desk.access import LeaveOf
from app.desk.desk import Desk
from app.domain.tenants.commands import SetRecording
from app.domain.tenants.queries import WorkspaceCard
from app.domain.tenants.recording import RecordingRules
from app.kernel.observable import Observable
from app.kernel.words import tr

KEPT_DAYS = (7, 30, 90, 180, 365, 730, 1825, 3650)
YEAR = 365
HOW = {
    "never": "Never", "on_demand": "When the agent begins it", "always": "Always",
}  # fmt: skip


def how_options() -> list[tuple[str, str]]:
    """How calls of a direction can be recorded."""
    return [(each, tr(words)) for each, words in HOW.items()]


def days_words(days: int) -> str:
    """90 days, 2 years."""
    if days % YEAR:
        return tr("{0} days").replace("{0}", f"{days:,}")
    return tr("1 year") if days == YEAR else tr("{0} years").replace("{0}", str(days // YEAR))


def days_options(days: int) -> list[tuple[str, str]]:
    """For how long recordings can be kept, what is set now among them."""
    return [(str(each), days_words(each)) for each in sorted({*KEPT_DAYS, days})]


class RecordingPanel:
    """`rules`: as the server has them, and as they are shown."""

    def __init__(self, desk: Desk) -> None:
        self.rules: Observable[RecordingRules] = Observable(desk.recording)
        self.leave_of = LeaveOf(desk, "tenant:edit")
        self._desk = desk
        desk.workspace.subscribe(self._take)

    async def open(self) -> None:
        """Learn what one may change."""
        await self.leave_of.refresh()

    def _take(self, place: WorkspaceCard | None) -> None:
        if place is not None:
            self.rules.set(place.recording)

    async def change(self, **changes: str | int) -> None:
        """Set some of it; raises what the server refuses with."""
        wanted = msgspec.structs.replace(self.rules.value, **changes)
        if wanted == self.rules.value:
            return
        await self._desk.ask(SetRecording(**msgspec.structs.asdict(wanted)))
        self.rules.set(wanted)
