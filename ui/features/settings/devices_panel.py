"""The machines that one is signed in from, and for administrators those of everybody: without Qt."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.desk.desk import Desk
from app.desk.devices import DeviceCard, Devices, Reason
from app.desk.wording import kinds_word
from app.domain.users.queries import users
from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.texts import text_of
from app.kernel.words import tr
from ui.features.when import moment_text


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """One machine in words."""

    id: UUID
    name: str
    detail: str
    state: str
    state_text: str
    tone: str
    can_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """Deletions that were stopped, in words."""

    device: str
    title: str
    detail: str


class DevicesPanel:
    """`lines` of the person that is chosen; `problem` says why there are none."""

    def __init__(self, devices: Devices, desk: Desk) -> None:
        self.lines: Observable[tuple[DeviceLine, ...]] = Observable(())
        self.problem: Observable[str] = Observable("")
        self.people: Observable[tuple[tuple[UUID, str], ...]] = Observable(())
        self.holds: Observable[tuple[HoldLine, ...]] = Observable(())
        self._devices, self._desk = devices, desk
        self._whose: UUID | None = None

    async def open(self) -> None:
        """Whose devices one may see, and one's own."""
        me = self._desk.user_id

        def ask(reader: Reader) -> tuple[tuple[UUID, str], ...]:
            if not (reader.actor.may("device:read") and reader.actor.may("device:revoke")):
                return ()
            return tuple((each.id, each.name) for each in users(reader) if each.id != me)

        self.people.set(await self._desk.read(ask))
        await self.refresh()
        await self._look_for_holds()

    async def _look_for_holds(self) -> None:
        """Of everybody, for who may confirm them; one's own stand in the outbox."""
        if not self._desk.may("device:confirm"):
            return
        names = {each.id: each.name for each in await self._desk.read(users)}
        try:
            held = await self._devices.held()
        except PatchbayError:  # said above, where the devices would stand
            held = ()
        now = self._desk.now()
        text = tr("{0} of {1} {2}, stopped {3}")
        self.holds.set(
            tuple(
                HoldLine(
                    device=each.device, title=names.get(each.user_id, tr("somebody")),
                    detail=text.replace("{0}", f"{each.count:,}").replace("{1}", f"{each.total:,}")
                    .replace("{2}", kinds_word(each.kind)).replace("{3}", moment_text(each.held_at, now)),
                )
                for each in held
            )
        )  # fmt: skip

    async def allow(self, device: str) -> None:
        """Their person sends them from now on."""
        await self._devices.allow(device)
        await self._look_for_holds()

    async def choose(self, user_id: UUID | None) -> None:
        """Somebody else's, or one's own."""
        self._whose = user_id
        self.lines.set(())
        await self.refresh()

    async def refresh(self) -> None:
        """Ask the server again."""
        whose = self._whose
        try:
            cards = await self._devices.list(whose)
        except PatchbayError as error:
            self.problem.set(text_of(error))
            self.lines.set(())
            return
        if whose == self._whose:
            self.problem.set("")
            self.lines.set(tuple(line_of(each, self._desk.now()) for each in cards))

    async def end(self, device_id: UUID, reason: Reason) -> None:
        """For good."""
        await self._devices.revoke(device_id, reason, self._whose)
        await self.refresh()

    async def end_others(self, reason: Reason) -> None:
        """All but this one; all of somebody else's."""
        await self._devices.revoke_others(reason, self._whose)
        await self.refresh()


def line_of(card: DeviceCard, now: datetime) -> DeviceLine:
    """A machine in words."""
    words = {
        "signed_in": (tr("This device") if card.is_this_one else tr("Signed in"), "success"),
        "signed_out": (tr("Signed out"), "muted"),
        "revoked": (tr("Removed: erased at its next contact"), "warning"),
        "wiped": (tr("Removed and erased"), "muted"),
    }  # fmt: skip
    text, tone = words.get(card.state, (card.state, "muted"))
    detail = tr("Last contact {0} from {1} · first seen {2}")
    for place, value in enumerate((moment_text(card.last_seen, now), card.address, moment_text(card.first_seen, now))):
        detail = detail.replace(f"{{{place}}}", value or "–")
    return DeviceLine(
        id=card.id, name=card.name or tr("Unnamed computer"), detail=detail, state=card.state, state_text=text, tone=tone,
        can_end=card.state in {"signed_in", "signed_out"},
    )  # fmt: skip
