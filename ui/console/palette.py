"""The palette: search, or run an act; open over whatever is shown."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.shell.palette import CommandPalette

if TYPE_CHECKING:
    from ui.console.console import Console


class PaletteGlue(QObject):
    """Opens it, one at a time."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self.shown: CommandPalette | None = None

    def open(self) -> None:
        """Search, or run an act."""
        self.open_with("", only_records=False)

    def search(self) -> None:
        """Search alone."""
        self.open_with("", only_records=True)

    def open_with(self, typed: str, *, only_records: bool) -> None:
        """With this typed into it."""
        if self.shown is not None:
            return
        console = self._console
        call = console.core.calls.current
        context = self.tr("Call with {0}").replace("{0}", call.who) if call is not None else ""
        self.shown = CommandPalette(
            console.window, console.window.actions_known, console.finder.find, console.core.tasks, pane=console.window.pane,
            context=context, only_records=only_records,
        )  # fmt: skip
        self.shown.closed.connect(self._closed)
        self.shown.open()
        self.shown.input.setText(typed)

    def close(self) -> None:
        """Put it away, if it is open."""
        if self.shown is not None:
            self.shown.leave()

    def _closed(self) -> None:
        self.shown = None
