"""A phone account in a sheet over the pane, new or known: what is wrong is said at its field."""

from dataclasses import replace

from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.desk.rights import problem_text
from app.kernel.errors import BadValue
from ui.bridge.acts import Run
from ui.features.settings.account_more import MoreFields
from ui.features.settings.accounts_panel import AccountsPanel, Draft, with_transport
from ui.features.settings.section import named, pair
from ui.shell.main_window import MainWindow
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import label

WIDTH, TOP = 520, 96
TRANSPORTS = ("tcp", "tls", "udp")
SRTP = ("off", "optional", "mandatory")


class AccountSheet(PaneSheet):
    """Escape puts it away and keeps nothing; Ctrl and Return saves it."""

    def __init__(self, window: QWidget, panel: AccountsPanel, run: Run, draft: Draft) -> None:
        pane = window.pane if isinstance(window, MainWindow) else window
        super().__init__(window, pane, WIDTH, TOP, stays=True)
        self._panel, self._run, self._draft = panel, run, draft
        self.more, is_new = MoreFields(), not draft.id
        self._fields = {
            "name": TextField(self.tr("Name"), hint=self.tr("as the user")), "user": TextField(self.tr("User")),
            "domain": TextField(self.tr("Domain"), hint="pbx.example.com"),
            "proxy_host": TextField(self.tr("Proxy"), hint=self.tr("as the domain")), "proxy_port": TextField(self.tr("Port")),
            "password": TextField(self.tr("Password"), hint="" if is_new else self.tr("unchanged"), is_password=True),
            **self.more.fields,
        }  # fmt: skip
        self._transport, self._srtp = Choice(self.tr("Transport")), Choice(self.tr("Encrypted voice"))
        self._udp = label(
            self.tr("UDP: one very large message can end the phone. It starts again by itself; TCP or TLS is safer."),
            "small", "warning", wraps=True,
        )  # fmt: skip
        title = self.tr("New account") if is_new else self.tr("Edit account")
        self.setAccessibleName(title)
        self.save = Button(self.tr("Save and sign in"), "primary", keys=("Ctrl", "↵"), height=34)
        self.save.clicked.connect(self._save)
        head = row(label(title, "title"), None, self.closing(), margins=(16, 14, 8, 20))
        foot = framed(row(None, self.cancelling(), self.save, margins=(12, 16)), "foot")
        self.hold(column(head, self._body(), foot, spacing=0))
        self._show(draft)
        self.more.open(is_open=any(field.text for field in self.more.fields.values()))
        self.more.toggle.clicked.connect(self.settle)
        self._transport.activated.connect(lambda _: self._show(with_transport(self.draft(), self._transport.value)))

    def _body(self) -> QWidget:
        self._transport.fill([(each, each.upper()) for each in TRANSPORTS], self._draft.transport)
        words = (self.tr("Off"), self.tr("When the other side can"), self.tr("Always"))
        self._srtp.fill(list(zip(SRTP, words, strict=True)), self._draft.srtp)
        field = self._fields
        return framed(
            column(
                field["name"], pair(field["user"], field["domain"]), field["password"],
                pair(field["proxy_host"], field["proxy_port"]),
                pair(named(self.tr("Transport"), self._transport), named(self.tr("Encrypted voice"), self._srtp)), self._udp,
                self.more,
                spacing=12, margins=(4, 20, 16, 20),
            )
        )  # fmt: skip

    def field(self, name: str) -> TextField:
        """One of the fields."""
        return self._fields[name]

    def draft(self) -> Draft:
        """What stands in the fields."""
        typed = {name: field.text for name, field in self._fields.items() if name != "password"}
        return replace(self._draft, srtp=self._srtp.value, **typed)

    def _show(self, draft: Draft) -> None:
        """Fill the fields in; the transport is remembered, so that another one can bring its port."""
        self._draft = draft
        for name, field in self._fields.items():
            if name != "password":
                field.set_text(getattr(draft, name))
        self._udp.setVisible(draft.transport == "udp")
        self.more.show_transport(draft.transport)
        self.settle()

    def open(self, *, at_password: bool = False) -> None:
        """Show it over the pane, with the caret where something is missing."""
        self.rise()
        first = "password" if at_password else "name" if not self._draft.id else "user"
        self._fields[first].input.setFocus()

    def _save(self) -> None:
        found = self._panel.problems(self.draft())
        for name, field in self._fields.items():
            field.show_problem(found.get(name, ""))
        if self.more.fields.keys() & found.keys():
            self.more.open(is_open=True)
        self.settle()
        if found:
            self._fields[next(name for name in self._fields if name in found)].input.setFocus()
        else:
            self._run(self._keep())

    async def _keep(self) -> None:
        try:
            await self._panel.save(self.draft(), self._fields["password"].text)
        except BadValue as error:
            name = str(error.values.get("field"))
            if name not in self._fields:
                raise
            self._fields[name].show_problem(problem_text(error))
            return
        if isValid(self):  # Escape may have been quicker
            self.leave()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._save()
        else:
            super().keyPressEvent(event)
