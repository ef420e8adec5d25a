"""What ties people, roles, teams and territories to the frame: their sections in the settings, and the way there."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ui.console.placing import PlacingGlue
from ui.features.settings.section import Section
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console
    from ui.features.users.codes import CodesPanel
    from ui.features.users.viewmodel import UsersPanel


Shown = tuple[str, UUID, str]


class Named(Protocol):
    """What is open in a section; without an id it is yet to be made."""

    @property
    def id(self) -> UUID | None: ...

    @property
    def name(self) -> str: ...


class PeopleGlue(QObject):
    """People and access, among the settings; each section is built when it is first asked for."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console, self._placing = console, PlacingGlue(console)
        self._shown: dict[str, Callable[[], Shown | None]] = {}  # of each section that was built
        self._people: UsersPanel | None = None  # once their section was

    def sections(self) -> tuple[Section, ...]:
        """In the order in which one needs them."""
        tr = self.tr
        return (
            Section(
                id="users", group="people", title=tr("People"), icon="users", build=self._users,
                note=tr("Who works here and what they may do."),
                words=tr("users access permissions rights roles manager deactivate effective add invite password reset code"),
            ),
            Section(
                id="here", group="people", title=tr("Who is here"), icon="activity", build=self._here,
                note=tr("How colleagues stand and since when, and what they work on right now, as far as you see it."),
                words=tr("monitor presence state live watch supervisor force available away"),
                is_possible=lambda: self._console.core.desk.may("user:monitor"),
            ),
            Section(
                id="roles", group="people", title=tr("Roles"), icon="shield-check", build=self._roles,
                note=tr("Bundles of rights that people are given, and fields that they hide."),
                words=tr("rights permissions matrix level hidden read-only fields everybody baseline"),
            ),
            Section(
                id="teams", group="people", title=tr("Teams"), icon="building-2", build=self._teams,
                note=tr("Who works together, and so sees the same records."), words=tr("members groups"),
            ),
            Section(
                id="territories", group="people", title=tr("Territories"), icon="globe", build=self._territories,
                note=tr("Regions or segments, one below the other, and who looks after them."), words=tr("regions tree members"),
            ),
        )  # fmt: skip

    def _users(self) -> QWidget:
        from app.desk.access import AccessDesk
        from ui.features.users.view import UsersSection
        from ui.features.users.viewmodel import UsersPanel

        core = self._console.core
        self._people = panel = UsersPanel(core.desk, AccessDesk(core.rest), self._codes())
        self._shown["users"] = lambda: _named("user", panel.person.value)
        section = UsersSection(panel, self._console.run, self._console.messages, core.tasks)
        section.add_wanted.connect(self.add_person)
        return section

    def _codes(self) -> "CodesPanel":
        from app.desk.letting_in import LettingIn
        from ui.features.users.codes import CodesPanel

        core = self._console.core
        return CodesPanel(core.desk, LettingIn(core.rest), core.sign_in.profile.server_url)

    def add_person(self) -> None:
        """The sheet for somebody new; where the people are listed they stand as invited at once."""
        from ui.features.users.adding import AddingPanel
        from ui.features.users.adding_view import AddPersonSheet

        console = self._console
        panel = AddingPanel(console.core.desk, self._codes())
        sheet = AddPersonSheet(console.window, console.window.pane, panel, console.run)
        if (people := self._people) is not None:
            panel.codes.waiting.subscribe(lambda _: console.run(people.codes.refresh()))  # it has its code by then
        sheet.open()

    def _here(self) -> QWidget:
        from app.desk.monitor import MonitorDesk
        from ui.features.users.here import HerePanel
        from ui.features.users.here_view import HereSection

        core = self._console.core
        panel = HerePanel(core.desk, MonitorDesk(core.rest), core.syncer.on_presence)
        section = HereSection(panel, self._console.run, core.tasks)
        section.conversation_wanted.connect(self._console.open_conversation)
        return section

    def _roles(self) -> QWidget:
        from ui.features.roles.view import RolesSection
        from ui.features.roles.viewmodel import RolesPanel

        core = self._console.core
        panel = RolesPanel(core.desk)
        self._shown["roles"] = lambda: _named("role", panel.draft.value)
        return RolesSection(panel, self._console.run, self._console.messages, core.tasks)

    def _teams(self) -> QWidget:
        from ui.features.teams.view import TeamsSection
        from ui.features.teams.viewmodel import TeamsPanel

        panel = TeamsPanel(self._console.core.desk)
        self._shown["teams"] = lambda: _named("team", panel.team.value)
        return TeamsSection(panel, self._console.run, self._console.core.tasks)

    def _territories(self) -> QWidget:
        from ui.features.territories.view import TerritoriesSection
        from ui.features.territories.viewmodel import TerritoriesPanel

        panel = TerritoriesPanel(self._console.core.desk)
        self._shown["territories"] = lambda: _named("territory", panel.territory.value)
        return TerritoriesSection(panel, self._console.run, self._console.core.tasks)

    def shown(self, section: str) -> Shown | None:
        """The person, role, team or territory that is open in a section: its kind, its id and its name."""
        way = self._shown.get(section)
        return way() if way is not None else None

    def actions(self) -> list[Action]:
        """In the palette."""
        return [
            Action(
                id="people", title=self.tr("People & access"), group=self.tr("Go to"), keys="G, U", icon="users",
                run=lambda: self._console.open_settings("users"),
            ),
            Action(
                id="people.add", title=self.tr("Add person…"), group=self.tr("People & access"), icon="user-plus",
                run=self.add_person, is_possible=lambda: self._console.core.desk.may("user:create"),
            ),
            Action(
                id="here", title=self.tr("Who is here"), group=self.tr("Go to"), keys="G, W", icon="activity",
                run=lambda: self._console.open_settings("here"),
                is_possible=lambda: self._console.core.desk.may("user:monitor"),
            ),
            *self._placing.actions(),
        ]  # fmt: skip


def _named(kind: str, thing: Named | None) -> Shown | None:
    return (kind, thing.id, thing.name) if thing is not None and thing.id is not None else None
