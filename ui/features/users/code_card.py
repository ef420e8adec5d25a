"""On somebody's page: how it stands with their password, and a code for another one."""

from PySide6.QtWidgets import QFrame

from app.desk.access import Leave
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Choice, Messages, Question
from ui.features.users.code_view import CodeView
from ui.features.users.codes import CREATE, RESET
from ui.features.users.viewmodel import Person, UsersPanel
from ui.widgets.buttons import Button
from ui.widgets.layout import column, row
from ui.widgets.text import label


class CodeCard(QFrame):
    """Follows whoever's page is open."""

    def __init__(self, panel: UsersPanel, run: Run, messages: Messages) -> None:
        super().__init__()
        self._panel, self._run, self._messages = panel, run, messages
        self.setProperty("role", "card")
        self._words = label("", "small", "muted", wraps=True)
        self.make, self.cancel = Button(self.tr("New code"), icon_name="key-round", height=28), Button(
            self.tr("Take the code back"), "ghost", height=28
        )  # fmt: skip
        self.make.clicked.connect(lambda: run(self._make()))
        self.cancel.clicked.connect(self._cancel)
        head = row(spacing=12)
        head.addLayout(column(label(self.tr("Password"), "h1"), self._words, spacing=1), 1)
        head.addWidget(self.cancel)
        head.addWidget(self.make)
        self.setLayout(column(head, CodeView(panel.codes), spacing=12, margins=16))
        bind(self, panel.person, lambda _: self._show())
        bind(self, panel.codes.waiting, lambda _: self._show())
        bind(self, panel.leave_of.leave, lambda _: self._show())

    def _show(self) -> None:
        person, leave = self._panel.person.value, self._panel.leave_of.leave.value
        self.setVisible(person is not None and CREATE in leave.rights)
        if person is not None:
            is_invited = self._panel.codes.is_invited(person.id)
            known = person.id in self._panel.codes.waiting.value
            self._words.setText(self._said(person, leave))
            self.make.set_words(self.tr("New code") if is_invited else self.tr("Reset password…"))
            self.make.setEnabled(person.is_active and leave.may(CREATE) and (is_invited or leave.may(RESET)))
            self.cancel.setVisible(known)
            self.cancel.setEnabled(self.make.isEnabled())

    def _said(self, person: Person, leave: Leave) -> str:
        if not leave.is_live:
            return self.tr("The server knows. Connect first.")
        return self._panel.codes.words_of(person.id)

    async def _make(self) -> None:
        """Whose password is to be another one is asked about first: with the code, somebody else comes in as them."""
        person = self._panel.person.value
        if person is None:
            return
        if not self._panel.codes.is_invited(person.id) and await self._messages.ask(self._question(person.name)) != "make":
            return
        await self._panel.codes.make(person.id, person.name)

    def _question(self, name: str) -> Question:
        return Question(
            title=self.tr("Let {0} choose a new password?").replace("{0}", name),
            text=self.tr(
                "You get a code to give to them. The password that they have stays good until they use it; then all their "
                "devices are signed out, and lose nothing."
            ),
            choices=(
                Choice(id="keep", text=self.tr("Leave as it is")),
                Choice(id="make", text=self.tr("Make the code"), kind="primary"),
            ),
            safe="keep", icon="key-round",
        )  # fmt: skip

    def _cancel(self) -> None:
        if (person := self._panel.person.value) is not None:
            self._run(self._panel.codes.cancel(person.id), self.tr("The code is good no more."))
