"""With whom a record is shared: what this device knows of it, and what the server knows beyond that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.desk.access import Asks
from app.desk.desk import Desk
from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.queries import ShareRow, shares
from app.domain.teams.queries import teams
from app.domain.users.queries import UserCard, users
from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from app.kernel.words import tr

Named = tuple[str, str]
USER, TEAM = "user:", "team:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """Somebody who sees the record by a share."""

    id: UUID
    whom: str  # "user:…" or "team:…"
    name: str
    is_team: bool
    may_edit: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All of it, as far as it is known. `is_whole`: the server said so."""

    lines: tuple[ShareLine, ...] = ()
    offered: tuple[Named, ...] = ()
    is_whole: bool = False


class SharesPanel:
    """Of one record; shares given here count at once, also without the server."""

    def __init__(self, desk: Desk, rest: Asks, kind: str, record_id: UUID) -> None:
        self.known: Observable[Known] = Observable(Known())
        self._desk, self._rest = desk, rest
        self._kind, self._record_id = kind, record_id
        self._far: list[ShareRow] | None = None  # what the server said last
        self._gone: set[UUID] = set()  # taken back since
        self._stop = desk.on_changed({"share", "user"}, Refresh(desk.tasks, self.refresh, name="shares").ask)

    def close(self) -> None:
        """Hear no more."""
        self._stop()

    async def open(self) -> None:
        """What is here, then what the server knows."""
        await self.refresh()
        try:
            self._far = await self._rest.get(f"/shares/of/{self._record_id}?kind={self._kind}", list[ShareRow])
        except PatchbayError:
            self._far = None  # away, or in trouble: what is here is shown, and said to be no more than that
        await self.refresh()

    async def refresh(self) -> None:
        """Put together again."""
        self.known.set(await self._desk.read(self._read))

    def _read(self, reader: Reader) -> Known:
        people, groups = {each.id: each for each in users(reader)}, {each.id: each.name for each in teams(reader)}
        here = {each.id: each for each in shares(reader, self._record_id, kind=self._kind)}
        found = {each.id: each for each in self._far or () if each.id not in self._gone} | here
        names = {f"{USER}{user_id}": each.name for user_id, each in people.items()}
        names |= {f"{TEAM}{team_id}": name for team_id, name in groups.items()}
        lines = tuple(line_of(each, names, self._desk.user_id) for each in found.values())
        taken = {each.whom for each in lines} | {f"{USER}{self._desk.user_id}"}
        offered = [(whom, name) for whom, name in names.items() if whom not in taken and is_offered(whom, people)]
        return Known(lines=tuple(sorted(lines, key=_place)), offered=in_groups(offered), is_whole=self._far is not None)

    async def share(self, whom: str, *, may_edit: bool) -> None:
        """With a person or a team; with those who have it already it changes what they may."""
        kind, _, key = whom.partition(":")
        named = {"user_id": UUID(key)} if f"{kind}:" == USER else {"team_id": UUID(key)}
        await self._desk.run(ShareRecord(record_kind=self._kind, record_id=self._record_id, may_edit=may_edit, **named))
        await self.refresh()

    async def unshare(self, share_id: UUID) -> None:
        """Take it back; one that others gave is taken back by the server."""
        here = await self._desk.read(lambda reader: {each.id for each in shares(reader, self._record_id, kind=self._kind)})
        await (self._desk.run if share_id in here else self._desk.ask)(UnshareRecord(share_id=share_id))
        self._gone.add(share_id)
        await self.refresh()


def is_offered(whom: str, people: Mapping[UUID, UserCard]) -> bool:
    """Teams, and people who still work here."""
    return whom.startswith(TEAM) or people[UUID(whom.removeprefix(USER))].is_active


def line_of(share: ShareRow, names: dict[str, str], me: UUID) -> ShareLine:
    """A share in words."""
    whom = f"{TEAM}{share.team_id}" if share.team_id else f"{USER}{share.user_id}"
    by = names.get(f"{USER}{share.owner_id}", "")
    return ShareLine(
        id=share.id, whom=whom, name=names.get(whom, tr("Somebody who is not here any more")), is_team=share.team_id is not None,
        may_edit=share.may_edit, by=tr("Shared by you") if share.owner_id == me else tr("Shared by {0}").replace("{0}", by),
    )  # fmt: skip


def in_groups(offered: Sequence[Named]) -> tuple[Named, ...]:
    """Teams first, then people, each by name."""
    return tuple(sorted(offered, key=lambda each: (not each[0].startswith(TEAM), each[1])))


def _place(line: ShareLine) -> tuple[bool, str]:
    return not line.is_team, line.name
