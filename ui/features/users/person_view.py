"""One of the people: what they are called, their roles, whom they are below, and below that what they may do."""

from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.desk.access import Leave
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Choice as Answer
from ui.bridge.messages import Messages, Question
from ui.features.users.access_view import AccessCard
from ui.features.users.code_card import CodeCard
from ui.features.users.viewmodel import Held, Person, UsersPanel
from ui.widgets.buttons import Button
from ui.widgets.choices import Switch
from ui.widgets.fields import Choice
from ui.widgets.layout import clear, column, framed, row
from ui.widgets.marks import AvatarView, Chip, IconView
from ui.widgets.menus import Menu
from ui.widgets.sub_page import SubPage
from ui.widgets.text import ElidedLabel, label


class PersonPage(SubPage):
    """Leads back to everybody."""

    def __init__(self, panel: UsersPanel, run: Run, messages: Messages) -> None:
        super().__init__()
        self._panel, self._run, self._messages = panel, run, messages
        self._avatar, self._name, self._email = AvatarView(size=44), ElidedLabel("", "title"), ElidedLabel("", "small", "muted")
        self._state = Chip("", "muted")
        self._active = Switch(self.tr("May sign in"))
        self._active.clicked.connect(lambda: run(self._switch()))
        self._roles, self._teams = column(spacing=2), column(spacing=4)
        self._give = Button(self.tr("Give a role"), icon_name="plus", height=28, trailing="chevron-down")
        self._give.clicked.connect(self._offer_roles)
        self._manager = Choice(self.tr("Manager"))
        self._manager.activated.connect(lambda _: run(self._choose_manager()))
        self._told = label("", "small", "warning", wraps=True)
        self._lay_out()
        bind(self, panel.person, self._show)
        bind(self, panel.leave_of.leave, self._show_leave)

    def _lay_out(self) -> None:
        back = self.way_back(self.tr("Everybody"))
        who = row(self._avatar, spacing=14)
        who.addLayout(column(None, self._name, self._email, None, spacing=1), 1)
        who.addWidget(self._state)
        who.addSpacing(10)
        who.addWidget(label(self.tr("May sign in"), "body", "text2"))
        who.addWidget(self._active)
        roles_head = row(spacing=12)
        roles_head.addWidget(label(self.tr("Roles"), "h1"), 1)
        roles_head.addWidget(self._give)
        about = self.tr("Sees what the person owns, and what those below them own, where a role reaches as far as the team.")
        place = column(
            label(self.tr("Manager"), "h1"), label(about, "small", "muted", wraps=True), self._manager, 6,
            label(self.tr("Teams"), "h1"), self._teams, None, spacing=6, margins=16,
        )  # fmt: skip
        pair = row(spacing=12)
        pair.addWidget(framed(column(roles_head, self._roles, None, spacing=10, margins=16), "card"), 1)
        pair.addWidget(framed(place, "card"), 1)
        self.access = AccessCard(self._panel, self._run)
        self.code = CodeCard(self._panel, self._run, self._messages)
        self.setLayout(column(row(back, None), who, self._told, self.code, pair, self.access, spacing=14))

    @override
    def leave(self) -> None:
        self._run(self._panel.open(None))

    def _show(self, person: Person | None) -> None:
        if person is None:
            return
        self.setAccessibleName(person.sentence)
        self._avatar.show_person(person.name)
        self._name.set_text(person.name)
        self._email.set_text(person.email)
        self._state.show_text(person.state_words, "text2" if person.is_active else "warning")
        self._active.setChecked(person.is_active)
        clear(self._roles)
        for held in person.roles:
            self._roles.addWidget(self._role(held))
        clear(self._teams)
        words = ", ".join(person.teams) or self.tr("In no team. Members are chosen under Teams.")
        self._teams.addWidget(label(words, "body", "text" if person.teams else "muted", wraps=True))
        offered = [(str(each.id), each.name) for each in self._panel.offered_managers()]
        self._manager.fill([("", self.tr("Nobody")), *offered], str(person.manager_id or ""))
        self._show_leave(self._panel.leave_of.leave.value)

    def _role(self, held: Held) -> QWidget:
        line = row(IconView("users" if held.is_baseline else "shield-check", "text2", 16, box=28, soft="inset"), spacing=10)
        line.addWidget(ElidedLabel(held.name, "strong"), 1)
        if held.is_baseline:
            line.addWidget(Chip(self.tr("Everybody has it"), "muted"))
        else:
            take = Button(self.tr("Take away"), "ghost", height=26)
            take.setAccessibleName(self.tr("Take the role {0} away").replace("{0}", held.name))
            take.setEnabled(self._may_grant())
            said = self.tr("{0} taken away.").replace("{0}", held.name)
            take.clicked.connect(lambda: self._run(self._panel.revoke(held.id), said, undo=True))
            line.addWidget(take)
        return framed(line)

    def _may_grant(self) -> bool:
        return self._panel.leave_of.leave.value.may("role:grant")

    def _show_leave(self, leave: Leave) -> None:
        self._told.setText(leave.why_not)
        self._told.setVisible(bool(leave.why_not))
        for widget, right in ((self._give, "role:grant"), (self._manager, "user:edit"), (self._active, "user:edit")):
            widget.setEnabled(leave.may(right))
            widget.setAccessibleDescription("" if widget.isEnabled() else leave.why_not)
        for take in self.findChildren(Button):
            if take.text() == self.tr("Take away"):
                take.setEnabled(self._may_grant())

    def _offer_roles(self) -> None:
        menu, offered = Menu(self), self._panel.offered_roles()
        for card in offered:
            menu.add_choice(card.name, partial(self._grant, card.id, card.name))
        if not offered:
            menu.add_words(self.tr("They have every role there is"))
        menu.open_under(self._give)

    def _grant(self, role_id: UUID, name: str) -> None:
        self._run(self._panel.grant(role_id), self.tr("{0} given.").replace("{0}", name), undo=True)

    async def _choose_manager(self) -> None:
        chosen = self._manager.value
        await self._panel.set_manager(UUID(chosen) if chosen else None)
        self._messages.done(self.tr("Manager set."), can_undo=True)

    async def _switch(self) -> None:
        """Who is not let in any more loses what is on their devices: that is asked first."""
        person, is_on = self._panel.person.value, self._active.isChecked()
        if person is None:
            return
        if not is_on and await self._messages.ask(self._question(person.name)) != "off":
            self._active.setChecked(True)
            return
        await self._panel.set_active(is_active=is_on)
        words = self.tr("{0} may sign in.") if is_on else self.tr("{0} is deactivated.")
        self._messages.done(words.replace("{0}", person.name), can_undo=True)

    def _question(self, name: str) -> Question:
        return Question(
            title=self.tr("Deactivate {0}?").replace("{0}", name),
            text=self.tr(
                "Their devices are signed out and the data on them is erased at the next contact. What they did stays; their "
                "records keep their owner until somebody assigns them."
            ),
            choices=(
                Answer(id="keep", text=self.tr("Leave as it is")),
                Answer(id="off", text=self.tr("Deactivate"), kind="dangerline"),
            ),
            safe="keep",
        )  # fmt: skip
