"""Signing in: one card, its problems beside its fields, and a way on without a server or a keyring."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget
from typing_extensions import override

from ui.shell.top_bar import Logo
from ui.widgets.buttons import Button
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row, scrolling
from ui.widgets.marks import IconView
from ui.widgets.text import label

WIDTH = 380


class SignInPage(QFrame):
    """`submitted`: server, workspace, e-mail, password, and the code with which it is chosen ("": it is known).

    `resumed`: go on with what is on this device.
    """

    submitted = Signal(str, str, str, str, str)
    resumed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "s0")
        self._server = TextField(self.tr("Server"), hint="https://patchbay.example")
        self._workspace = TextField(self.tr("Workspace"))
        self._email = TextField(self.tr("E-mail"))
        self._password = TextField(self.tr("Password"), is_password=True)
        self._code = TextField(self.tr("Code"), hint="ABCD-EFGH-JKLM-NPQR")
        self._again = TextField(self.tr("The same password again"), is_password=True)
        self._other = Button(self.tr("I have a code"), "link", "key-round", height=28)
        self._other.clicked.connect(lambda: self.use_code(is_used=not self.has_code))
        self._go = Button(self.tr("Sign in"), "primary", height=38, stretches=True)
        self._go.clicked.connect(self._submit)
        self._offline = Button(self.tr("Work offline with what is here"), "ghost", "cloud-off", height=32, stretches=True)
        self._offline.clicked.connect(self.resumed)
        self._offline.hide()
        self._problem = label("", "body", "danger", wraps=True)
        self._problem_box = framed(self._boxed("circle-alert", "danger", self._problem), "bad")
        self._notice = label("", "small", "text2", wraps=True)
        self._notice_box = framed(self._boxed("info", "info", self._notice), "soft")
        self._problem_box.hide()
        self._notice_box.hide()
        card = framed(
            column(
                row(Logo(left=0), None), label(self.tr("Sign in to Patchbay"), "title"), self._problem_box, self._server,
                self._workspace, self._email, self._code, self._password, self._again, self._notice_box, 4, self._go,
                row(None, self._other, None), self._offline,
                spacing=12, margins=(16, 28, 24, 28),
            ),
            "card", width=WIDTH,
        )  # fmt: skip
        self.setLayout(column(scrolling(_centred(card)), spacing=0))
        self.use_code(is_used=False)

    @property
    def has_code(self) -> bool:
        """Whether the password is chosen with a code."""
        return not self._code.isHidden()

    def use_code(self, *, is_used: bool) -> None:
        """Choose a password with a code, or sign in with the one that there is."""
        self._code.setVisible(is_used)
        self._again.setVisible(is_used)
        self._password.set_name(self.tr("New password") if is_used else self.tr("Password"))
        self._go.set_words(self.tr("Choose password and sign in") if is_used else self.tr("Sign in"))
        self._other.set_words(self.tr("I have a password") if is_used else self.tr("I have a code"))
        self.show_problem("")
        for field in self._fields():
            field.show_problem("")
        next((field for field in self._fields() if not field.text), self._password).input.setFocus()

    def _fields(self) -> list[TextField]:
        """Those that must be filled in."""
        known = [self._server, self._workspace, self._email]
        return [*known, self._code, self._password, self._again] if self.has_code else [*known, self._password]

    @staticmethod
    def _boxed(icon_name: str, tone: str, words: QWidget) -> QHBoxLayout:
        line = row(IconView(icon_name, tone, 16), spacing=8, margins=(8, 10))
        line.addWidget(words, 1)
        return line

    def fill(self, *, server: str, workspace: str, email: str, can_resume: bool) -> None:
        """What this device remembers; the first empty field gets the focus."""
        self._server.set_text(server)
        self._workspace.set_text(workspace)
        self._email.set_text(email)
        self._offline.setVisible(can_resume)
        fields = (self._server, self._workspace, self._email, self._password)
        next((field for field in fields if not field.text), self._password).input.setFocus()

    def show_problem(self, text: str) -> None:
        """Say why it did not go; "" takes it back."""
        self._go.set_loading(False)
        self._problem.setText(text)
        self._problem_box.setVisible(bool(text))

    def show_notice(self, text: str) -> None:
        """Say something that one should know."""
        self._notice.setText(text)
        self._notice_box.setVisible(bool(text))

    def _submit(self) -> None:
        missing = [field for field in self._fields() if not field.text.strip()]
        for field in missing:
            field.show_problem(self.tr("Write something here."))
        if not missing and self.has_code and self._again.text != self._password.text:
            self._again.show_problem(self.tr("The two are not the same."))
            missing = [self._again]
        if missing:
            missing[0].input.setFocus()
            return
        self.show_problem("")
        self._go.set_loading(True)
        code = self._code.text if self.has_code else ""
        self.submitted.emit(self._server.text, self._workspace.text, self._email.text, self._password.text, code)

    def code_used(self) -> None:
        """The password is chosen, and is the one to sign in with: the code would not be good a second time."""
        self._code.set_text("")
        self._again.set_text("")
        self.use_code(is_used=False)
        self._go.set_loading(True)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._submit()
        else:
            super().keyPressEvent(event)


def _centred(card: QWidget) -> QWidget:
    """To be scrolled: with a code, and what is wrong with it, the card is higher than a small window."""
    holder = QWidget()
    holder.setLayout(column(None, row(None, card, None), None, margins=8))
    return holder
