"""The one door through which the program speaks to the person."""

from PySide6.QtCore import QObject, Signal


class Messages(QObject):
    """Views and acts say what happened; the shell shows it. Never a dialog that stops everything."""

    said_done = Signal(str, bool)  # text, and whether it can be undone
    said_problem = Signal(str)

    def done(self, text: str, *, can_undo: bool = False) -> None:
        """It went well."""
        self.said_done.emit(text, can_undo)

    def problem(self, text: str) -> None:
        """It did not, and why."""
        self.said_problem.emit(text)
