"""What few accounts need, folded away below the fields of the sheet: who signs in, who is shown, and who is believed on TLS."""

from PySide6.QtWidgets import QFileDialog, QWidget

from ui.features.settings.section import pair
from ui.widgets.buttons import Button
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.text import label


class MoreFields(QWidget):
    """One line until it is asked for; open from the beginning where something is filled in."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = {
            "auth_user": TextField(self.tr("Sign-in name"), hint=self.tr("as the user")),
            "display_name": TextField(self.tr("Shown to who is called"), hint=self.tr("nothing")),
            "ca_file": TextField(self.tr("File of authorities (PEM)"), hint=self.tr("those that this computer knows")),
        }
        self.toggle = Button(self.tr("More"), "ghost", height=30)
        self.toggle.clicked.connect(lambda: self.open(is_open=not self.is_open))
        self.choose = Button(self.tr("Choose…"), height=32)
        self.choose.clicked.connect(self._choose)
        line = row(spacing=12)
        line.addWidget(self.fields["ca_file"], 1)
        line.addLayout(column(label(" ", "small_strong"), self.choose, None, spacing=4))  # level with the input
        self._authorities = framed(line)
        self._body = framed(column(pair(self.fields["auth_user"], self.fields["display_name"]), self._authorities, spacing=12))
        self.setLayout(column(row(self.toggle, None), self._body, spacing=8))
        self.open(is_open=False)

    @property
    def is_open(self) -> bool:
        """Whether the fields are shown."""
        return not self._body.isHidden()

    def open(self, *, is_open: bool) -> None:
        """Show the fields, or fold them away."""
        self._body.setVisible(is_open)
        self.toggle.set_icon("chevron-down" if is_open else "chevron-right")
        self.toggle.setAccessibleDescription(self.tr("open") if is_open else self.tr("folded"))

    def show_transport(self, transport: str) -> None:
        """Only TLS asks whom to believe."""
        self._authorities.setVisible(transport == "tls")

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("File of authorities"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Certificates (*.pem *.crt *.cer)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.take_file)
        dialog.open()

    def take_file(self, path: str) -> None:
        """One was chosen."""
        self.fields["ca_file"].set_text(path)
        self.fields["ca_file"].show_problem("")
