"""The button that locks what is shown, or unlocks it."""

from ui.widgets.buttons import IconButton


class LockButton(IconButton):
    """Only there for who may press it; others read by whom the record is locked."""

    def __init__(self, *, size: int = 17, box: int = 32) -> None:
        super().__init__("lock", "", size=size, box=box)
        self.set_name(self.tr("Lock"))
        self.hide()

    def show_lock(self, *, is_locked: bool, may_turn: bool) -> None:
        """What pressing it does from now on."""
        self.set_icon("lock-open" if is_locked else "lock")
        self.set_name(self.tr("Unlock") if is_locked else self.tr("Lock"))
        self.setVisible(may_turn)
