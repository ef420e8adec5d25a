"""The section for what is kept on this computer: its key, and when it locks."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.desk.custody import Custody
from app.desk.keys import DAY_US, REPLICA
from ui.bridge.acts import Run
from ui.features.settings.section import card, setting
from ui.widgets.buttons import Button
from ui.widgets.layout import column
from ui.widgets.text import label


class StorageSection(QWidget):
    """Shows what `Custody` says, and has it change the key."""

    def __init__(self, custody: Custody, run: Run) -> None:
        super().__init__()
        self._custody, self._run = custody, run
        self._age = label("", "body", "text2", tabular=True)
        self._lock = label("", "body", "text2", tabular=True)
        change = Button(self.tr("Change the key now"), "default", "key-round", height=30)
        change.clicked.connect(lambda: run(self._change(), self.tr("Everything here is encrypted with a new key.")))
        encryption = card(
            self.tr("Encryption"), self.tr("The key is changed by itself every 90 days, when you close Patchbay."),
            setting(self.tr("Age of the key"), "", self._age), setting(self.tr("New key"), "", change),
        )  # fmt: skip
        locking = card(
            self.tr("Lock"), self.tr("Your workspace decides after how many days without contact the data here is locked."),
            setting(self.tr("Locks after"), self.tr("Every contact with the server begins the count anew."), self._lock),
        )  # fmt: skip
        for each in (encryption, locking):
            each.setMaximumWidth(720)
        self.setLayout(column(encryption, locking, spacing=12))

    async def _change(self) -> None:
        await self._custody.change_key()
        self._show()

    def _show(self) -> None:
        keys = self._custody.keys
        days = (keys.server_us() - keys.made_us(REPLICA)) // DAY_US
        words = self.tr("Less than a day") if days < 1 else self.tr("1 day") if days == 1 else self.tr("{0} days")
        self._age.setText(words.replace("{0}", str(days)))
        self._lock.setText(self.tr("{0} days").replace("{0}", str(keys.lock_after_days)))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()
